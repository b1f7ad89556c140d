"""A morning's backlog: a hundred mixed orders that await shipment, made through the services that make them so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from backoffice.common.models import Store
from orders.core.models import Order
from orders.core.services import set_refund_facts
from orders.core.statuses import Acceptance, RefundStatus
from orders.notes.services import recognise_notes, record_note
from orders.rules.services import review_orders
from tests.factories import NOON, make_order
from tests.rules.making import condition, make_rule

PLAIN_NOTES = ("发顺丰", "礼盒装", "刻字：小满", "不要放小票", "请尽快发货")  # three orders each
INCOMPLETE_NOTES = ("要刻字", "要刻字，谢谢", "要刻字，急用", "要刻字哦", "要刻字，送人的")
NUMBER = "770000000{:03}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """All orders by their deadlines, and the ones with something to them."""

    orders: Sequence[Order]
    noted: Sequence[Order]
    incomplete: Sequence[Order]
    held: Sequence[Order]
    refunding: Sequence[Order]

    def table(self) -> str:
        """Return what the courier's program gives: a parcel number for every order."""
        return "\n".join(f"{order.number}\tSF{at:013}" for at, order in enumerate(self.orders, start=1))


def make_backlog(store: Store) -> Backlog:
    """Make 100 orders: 20 with notes, 8 that a rule holds, 4 with open refunds, 40 that a rule accepts, 28 plain."""
    make_rule(condition("amount", "at_least", "500.00"), store=store, name="Dear orders", action="hold")
    make_rule(condition("note", "is", "no"), condition("amount", "at_most", "100.00"), store=store, name="Small ones")
    orders = [_order(store, at) for at in range(100)]
    noted, held, refunding = orders[0:100:5], orders[1:80:10], orders[2:80:20]
    for order, text in zip(noted, [*PLAIN_NOTES * 3, *INCOMPLETE_NOTES], strict=True):
        record_note(order=order, text=text, at=NOON)
    for order in refunding:
        set_refund_facts(
            store=store, order_id=order.pk, status=RefundStatus.OPEN, refunded=Decimal(0), actor=None, at=NOON
        )
    Order.objects.filter(pk__in=[order.pk for order in held]).update(paid=600, gross_paid=600)
    small = [order for order in orders if order not in {*noted, *held, *refunding}][:40]
    Order.objects.filter(pk__in=[order.pk for order in small]).update(paid=90, gross_paid=90)
    recognise_notes(store=store, at=NOON)
    review_orders(store=store, at=NOON)
    return Backlog(orders=orders, noted=noted, incomplete=noted[15:], held=held, refunding=refunding)


def _order(store: Store, at: int) -> Order:
    return make_order(
        store=store,
        number=NUMBER.format(at),
        paid=Decimal(200),
        acceptance=Acceptance.UNREVIEWED,
        placed_at=NOON - timedelta(hours=30) + timedelta(minutes=at),
    )
