"""Rows that tests of stock share."""

from orders.core.models import Order
from orders.fulfilment.models import Product, Sku, StockMovement
from orders.fulfilment.services.stock import count_stock, settle_due
from tests.factories import NOON, make_order


def make_sku(*, store, code="A", on_hand=None, product=None, **values):
    """Make a sku of a product of the same code; with `on_hand` it is counted."""
    product = (
        product or Product.objects.get_or_create(store=store, code=f"P-{code}", defaults={"title": "真丝连衣裙"})[0]
    )
    sku = Sku.objects.create(store=store, product=product, code=code, **values)
    if on_hand is None:
        return sku
    return count_stock(store=store, sku_id=sku.pk, counted=on_hand, actor=None, at=NOON)


def make_order_of(store, *codes, quantity=1, **values):
    """Make a paid order with a line for each merchant code."""
    order = make_order(store=store, lines=len(codes), **values)
    for line, code in zip(order.lines.order_by("position"), codes, strict=True):
        line.sku_code, line.quantity = code, quantity
        line.save(update_fields=["sku_code", "quantity"])
    return order


def settle_all(store, at=NOON):
    return settle_due(store=store, at=at)


def on_shelf(sku):
    """Return (on hand, reserved) as stored, after making sure that the ledger sums to it."""
    sku.refresh_from_db()
    moves = StockMovement.objects.filter(sku=sku).order_by("pk")
    sums = (sum(m.on_hand_change for m in moves), sum(m.reserved_change for m in moves))
    assert sums == (sku.on_hand, sku.reserved)
    return sums


def fresh(order):
    return Order.objects.get(pk=order.pk)
