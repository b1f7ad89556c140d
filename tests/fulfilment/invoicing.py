"""Invoice requests for tests."""

from decimal import Decimal

from orders.core.models import Order
from orders.core.services import agree_wish, bump, lock_order
from orders.fulfilment.models import InvoiceRequest
from orders.fulfilment.services.invoices import (
    issue_invoice,
    request_invoice,
)
from orders.fulfilment.services.stock import settle_due
from tests.factories import NOON
from tests.fulfilment.test_tax_numbers import GOOD

COMPANY = "某某贸易有限公司"


def ask(order, title=COMPANY, tax_number=GOOD, **values):
    values = {"actor": None, "at": NOON} | values
    return request_invoice(store=order.store, order_id=order.pk, title=title, tax_number=tax_number, **values)


def act(service, request, **values):
    values = {"actor": None, "at": NOON} | values
    return service(store=request.store, invoice_id=request.pk, **values)


def issued(order, number="25440000000000000001", **values):
    return act(issue_invoice, ask(order, **values), invoice_number=number)


def refund(order, amount):
    Order.objects.filter(pk=order.pk).update(refunded=Decimal(amount))


def events(order):
    return list(order.events.order_by("pk").values_list("kind", flat=True))


def live(order):
    return InvoiceRequest.objects.exclude(state="void").get(order=order)


def wish(order, text="", **data):
    locked = lock_order(store=order.store, order_id=order.pk)
    made = agree_wish(locked, kind="invoice", text=text, data=data, note_version=1, actor=None, at=NOON)
    bump(locked, NOON, "wish_kinds")
    return made


def settle(order):
    settle_due(store=order.store, at=NOON)
    order.refresh_from_db()
