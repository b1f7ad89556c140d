"""Parcels and skus for tests."""

from itertools import count

from orders.fulfilment.models import Product, Sku
from orders.fulfilment.services import assign_number, merge_orders, plan_waybill
from tests.factories import NOON, make_line, make_order, make_recipient

NUMBER = "SF1234567890123"
_serial = count(1)


def make_product(store, **values):
    return Product.objects.create(store=store, code=f"P{next(_serial):05}", title="真丝连衣裙", **values)


def make_sku(store, *, on_hand=None, product=None, **values):
    """Make a sku; it is counted when it says what is on hand."""
    code = values.pop("code", f"SKU{next(_serial):05}")
    if on_hand is not None:
        values |= {"on_hand": on_hand, "counted_at": NOON}
    return Sku.objects.create(store=store, product=product or make_product(store), code=code, **values)


def make_parcel(store, number=NUMBER, *, orders=1, name="张三", sku=None, skus=(), **values):
    """Make a numbered waybill of orders to one recipient; each has a line of each sku, or one that is not listed."""
    made = [make_order(store=store, lines=0 if sku or skus else 1, **values) for _ in range(orders)]
    for order in made:
        make_recipient(order=order, name=name)
        for position, one in enumerate(skus or [sku] if sku or skus else [], start=1):
            make_line(order=order, position=position, sku_code=one.code)
    plan = merge_orders if orders > 1 else plan_waybill
    waybill = plan(store=store, order_ids=[order.pk for order in made], courier="SF", actor=None, at=NOON)
    return assign_number(store=store, waybill_id=waybill.pk, number=number, actor=None, at=NOON)
