"""A scan station for tests."""

import re

from django.urls import reverse

from tests.factories import make_order, make_recipient

URL = reverse("fulfilment:scan")
OTHER = "SF9876543210987"


class Station:
    """A browser at the station: keeps the hidden fields of the last answer."""

    def __init__(self, client, *, htmx=True):
        self.client, self.headers = client, {"HX-Request": "true"} if htmx else {}
        self.fields, self.html = {}, ""
        self._read(client.get(URL))

    def _read(self, response):
        assert response.status_code == 200
        self.html = response.content.decode()
        names = ("target", "pending", "counted", "issued")
        self.fields = {name: re.search(f'name="{name}" value="([^"]*)"', self.html)[1] for name in names}

    def scan(self, text):
        self._read(self.client.post(URL, {**self.fields, "text": text}, headers=self.headers))
        return self.tone, self.title

    def scan_twice(self, text):
        """Send one form two times, as an impatient finger does."""
        fields = dict(self.fields)
        self.client.post(URL, {**fields, "text": text}, headers=self.headers)
        self._read(self.client.post(URL, {**fields, "text": text}, headers=self.headers))
        return self.tone, self.title

    @property
    def tone(self):
        return re.search(r'data-tone="(\w*)"', self.html)[1]

    @property
    def title(self):
        return re.search(r'class="scan-title">([^<]*)<', self.html)[1]

    @property
    def text(self):
        found = re.search(r'class="scan-text">([^<]*)<', self.html)
        return found[1] if found else ""

    @property
    def is_empty(self):
        return not self.fields["target"]

    @property
    def shipped_today(self):
        return re.search(r'data-shipped-today="(\d+)"', self.html)[1]


def order_to(store, name="张三", **values):
    order = make_order(store=store, **values)
    make_recipient(order=order, name=name)
    return order
