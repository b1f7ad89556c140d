"""Acts posted as the page posts them."""

import json

HTMX = {"HX-Request": "true"}


def post(client, order, act, data=None, query="", **headers):
    return client.post(f"/orders/{order.number}/{act}/{query}", data or {}, headers=headers)


def toast(response):
    return json.loads(response.headers["HX-Trigger"])["toast"]["toasts"][0]
