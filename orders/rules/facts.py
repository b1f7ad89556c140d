"""What the conditions of rules ask about an order, loaded for many orders with a fixed number of statements."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from backoffice.common.access import Right
from backoffice.common.models import Store
from backoffice.common.queries import people_at_work
from orders.core.models import Hold, Order, OrderEvent, OrderLine
from orders.core.statuses import EventKind, HoldKind, RefundStatus
from orders.fulfilment.queries.skus import short_orders
from orders.notes.models import BuyerNote

REFUND_WINDOW = timedelta(days=180)
_PERCENT = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One order as the conditions see it. None, or an empty set of words, is not known: then no condition fits."""

    order_id: int
    number: str
    version: int
    amount: Decimal
    pieces: int
    titles: frozenset[str]
    codes: frozenset[str]
    has_note: str  # yes or no
    note_types: frozenset[str]
    stock: str  # short or enough
    province: str | None
    buyer_refunds: int | None
    minute: int  # of the day in settings.TIME_ZONE, when the rules look
    staff: int
    payment: str | None
    flag: str
    paid_share: Decimal | None  # in percent of the list price
    is_taken_back: bool  # by a person, after it had been accepted
    released: frozenset[str]  # names of the rules whose hold a person released
    released_holds: frozenset[tuple[str, str]]  # kind and reason of those holds
    hold_kinds: frozenset[str]


def load_facts(store: Store, orders: Sequence[Order], at: datetime) -> list[Facts]:
    """Return the facts of these orders of the store, in their order."""
    loaded = _Loaded(store, orders, at)
    local = timezone.localtime(at)
    minute = local.hour * 60 + local.minute
    return [loaded.facts(order, minute) for order in orders]


class _Loaded:
    def __init__(self, store: Store, orders: Sequence[Order], at: datetime) -> None:
        ids = [order.pk for order in orders]
        self.lines = _lines(ids)
        self.short = short_orders(ids)
        self.notes = dict(BuyerNote.objects.filter(order__in=ids).values_list("order_id", "types"))
        self.refunds = _refunds(orders, at)
        self.released = _released(ids)
        self.taken_back = set(
            OrderEvent.objects.filter(
                order__in=ids, kind=EventKind.UNACCEPTED, actor__isnull=False
            ).values_list("order_id", flat=True)
        )  # fmt: skip
        self.staff = sum(Right.WORK_ORDERS in member.rights for member in people_at_work(store, at))

    def facts(self, order: Order, minute: int) -> Facts:
        lines, released = self.lines[order.pk], self.released[order.pk]
        return Facts(
            order_id=order.pk,
            number=order.number,
            version=order.version,
            amount=order.paid,
            pieces=order.piece_count,
            titles=frozenset(line.title.text.casefold() for line in lines),
            codes=frozenset(line.sku_code.casefold() for line in lines if line.sku_code),
            has_note="yes" if order.note_state or order.pk in self.notes else "no",
            note_types=frozenset(self.notes.get(order.pk, ())),
            stock="short" if order.pk in self.short or HoldKind.OUT_OF_STOCK in order.hold_kinds else "enough",
            province=order.province or None,
            buyer_refunds=self._refunds_of(order),
            minute=minute,
            staff=self.staff,
            payment=order.payment_method or None,
            flag=str(order.flag),
            paid_share=paid_share(order, lines),
            is_taken_back=order.pk in self.taken_back,
            released=frozenset(hold.rule for hold in released),
            released_holds=frozenset((hold.kind, hold.reason) for hold in released),
            hold_kinds=frozenset(order.hold_kinds),
        )

    def _refunds_of(self, order: Order) -> int | None:
        """Count the buyer's other refunded orders."""
        if order.buyer_id is None:
            return None
        return len(self.refunds[order.buyer_id] - {order.pk})


def _lines(ids: Sequence[int]) -> dict[int, list[OrderLine]]:
    found: dict[int, list[OrderLine]] = defaultdict(list)
    lines = OrderLine.objects.filter(order__in=ids).select_related("title")
    for line in lines.only("order_id", "sku_code", "price", "quantity", "title__text"):
        found[line.order_id].append(line)
    return found


def _refunds(orders: Sequence[Order], at: datetime) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    buyers = {order.buyer_id for order in orders if order.buyer_id is not None}
    refunded = Order.objects.filter(
        Q(refund_status__in=[RefundStatus.OPEN, RefundStatus.SUCCEEDED]) | Q(refunded__gt=0),
        buyer__in=buyers,
        placed_at__gte=at - REFUND_WINDOW,
    )
    for buyer_id, order_id in refunded.values_list("buyer_id", "pk"):
        found[buyer_id].add(order_id)
    return found


def _released(ids: Sequence[int]) -> dict[int, list[Hold]]:
    """Return the holds of rules that people released."""
    found: dict[int, list[Hold]] = defaultdict(list)
    holds = Hold.objects.filter(order__in=ids, released_at__isnull=False, released_by__isnull=False)
    for hold in holds.exclude(rule="").only("order_id", "rule", "kind", "reason"):
        found[hold.order_id].append(hold)
    return found


def paid_share(order: Order, lines: Sequence[OrderLine]) -> Decimal | None:
    """Return what was paid for the goods in percent of their list price; None where a price is not known."""
    prices = [line.price * line.quantity for line in lines if line.price is not None]
    listed = sum(prices, Decimal(0))
    if not listed or len(prices) < len(lines):
        return None
    return _PERCENT * max(order.gross_paid - order.postage, Decimal(0)) / listed
