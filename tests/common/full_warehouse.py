"""A store whose pages of stock, shipping, parcels, invoices, messages and the platform all have something to say."""

from datetime import timedelta
from random import Random
from typing import Any

from django.test import Client

from backoffice.common.models import Store, User
from orders.core import services
from orders.core.models import Order
from orders.core.statuses import OrderStatus
from orders.fulfilment.models import Shortage, Waybill, WaybillLine
from orders.fulfilment.services.checks import tick_check
from orders.fulfilment.services.gifts import GiftValues, save_gift_rule, switch_gift_rule
from orders.fulfilment.services.shortages import decide_shortage, offer_solution
from orders.fulfilment.services.stock import settle_due
from orders.fulfilment.statuses import ShortageSolution, WaybillState
from orders.intake.demo.invoices import furnish_invoices
from orders.intake.demo.traces import furnish_traces
from orders.intake.demo.waybills import furnish_waybills
from tests.factories import NOON, make_order, make_recipient
from tests.fulfilment.stocking import make_order_of, make_sku


def fill_warehouse(store: Store, boss: User, client: Client) -> None:
    """Fill the shelves, promise what lies there, plan and follow parcels, and send some acts to a platform."""
    client.post("/settings/platform/", PLATFORM)
    write_stock(store, boss)
    settle_shortages(store, boss)
    furnish_waybills(store, NOON, Random(1))
    work_on_parcels(store, boss, client)
    sent = [make_order(store=store, status=status) for status in (OrderStatus.SHIPPED, OrderStatus.COMPLETED) * 4]
    for order in sent:
        make_recipient(order=order)
    client.post("/settings/messages/switch/", {"on": "1"})
    furnish_invoices(store, NOON, Random(1))
    furnish_traces(store, NOON + timedelta(days=1))
    client.post("/orders/shipping/scan/", {"text": "999999"})


PLATFORM = {
    "gateway": "https://eco.taobao.com/router/rest", "app_key": "12345", "secret": "s" * 32, "session": "t" * 32,
    "sign_method": "md5", "pulls_orders": "on", "sends_acts": "on",
}  # fmt: skip


def write_stock(store: Store, boss: User) -> None:
    make_sku(store=store, code="A-1", on_hand=1, spec="白色", location="A-01", safety_stock=5, needs_check=True)
    make_sku(store=store, code="A-2", on_hand=9, spec="黑色")
    make_sku(store=store, code="A-3")
    gift = make_sku(store=store, code="ZP-1", on_hand=1, spec="杯垫")
    values = GiftValues(name="满赠杯垫", gift_id=gift.pk, starts_at=NOON - timedelta(days=9), product_codes=["A-2"])
    rule = save_gift_rule(store=store, values=values, actor=boss, at=NOON)
    switch_gift_rule(store=store, rule_id=rule.pk, is_active=True, actor=boss, at=NOON)
    for codes in (("A-1", "A-2"), ("A-2",), ("A-1",), ("A-1",), ("A-1",)):
        make_recipient(order=make_order_of(store, *codes, quantity=2))
    while settle_due(store=store, at=NOON):
        pass


def settle_shortages(store: Store, boss: User) -> None:
    call: dict[str, Any] = {"store": store, "actor": boss, "at": NOON}
    ways = [
        {"solution": ShortageSolution.REFUND, "answer": "退款吧"},
        {"solution": ShortageSolution.WAIT, "answer": "可以等", "expected_on": NOON.date() + timedelta(days=3)},
    ]
    shorts = list(Shortage.objects.filter(store=store, line__is_gift=False).order_by("pk"))
    for shortage, way in zip(shorts, ways, strict=False):
        decide_shortage(**call, order_id=shortage.order_id, shortage_id=shortage.pk, **way)
    for shortage in shorts[len(ways) : len(ways) + 1]:
        solution = ShortageSolution.WAIT
        offer_solution(**call, order_id=shortage.order_id, shortage_id=shortage.pk, solution=solution)


def work_on_parcels(store: Store, boss: User, client: Client) -> None:
    """Merge, split, void and scan, as far as the orders allow it."""
    for line in WaybillLine.objects.filter(waybill__store=store, line__sku_code="A-1"):
        tick_check(store=store, order_id=line.order_id, line_id=line.line_id, kind="spec", actor=boss, at=NOON)
    numbered = Waybill.objects.filter(store=store, state=WaybillState.PRINTED).order_by("pk")
    for waybill in numbered[:2]:
        client.post("/orders/shipping/scan/", {"text": waybill.number})
    rest = [
        str(pk) for pk in Waybill.objects.filter(store=store, state=WaybillState.DRAFT).values_list("pk", flat=True)
    ]
    client.post("/orders/shipping/bulk/", {"act": "number", "tab": "number", "selected": rest})
    for order in Order.objects.filter(store=store, status=OrderStatus.PENDING_SHIPMENT).order_by("pk")[:1]:
        services.add_remark(store=store, order_id=order.pk, actor=boss, at=NOON, text="先放着")
