"""A case of the page tests, and acts on it as its dialogs send them."""

import re

from django.core.files.uploadedfile import SimpleUploadedFile

from orders.core.statuses import OrderStatus
from tests.factories import make_order
from tests.refunds.cases import make_case
from tests.refunds.filling import PIXEL

PATH = "/aftersales/refunds/"
HTMX = {"HX-Request": "true"}


def case_of(store, **values):
    order = make_order(store=store, status=OrderStatus.SHIPPED)
    return make_case(order=order, line=order.lines.first(), **{"number": "R100", **values})


def picture(name="proof.png"):
    return SimpleUploadedFile(name, PIXEL, content_type="image/png")


def act(client, name, data=None, *, number="R100", query="", **headers):
    return client.post(f"{PATH}{number}/{name}/{query}", {"version": "1", **(data or {})}, headers=HTMX | headers)


def errors_of(response):
    return re.findall(r'field-error"[^>]*><span[^>]*></span>([^<]*)<', response.content.decode())
