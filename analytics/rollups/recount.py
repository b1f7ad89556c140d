"""The rollups counted again from the orders, in Python and order by order: shares no SQL with what it checks."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from django.utils import timezone

from aftersales.topics.models import TopicMention
from aftersales.topics.statuses import Verdict
from analytics.models import DailySales, HourlySales, PaymentSales, ProductSales, ProvinceSales, TopicDay
from analytics.rollups.recount_refunds import count_refunds
from analytics.rollups.recount_weeks import count_weeks
from analytics.rollups.tally import Recount
from backoffice.common.clock import day_bounds, day_start
from orders.core.models import Order, OrderLine


class PaidOrder(NamedTuple):
    pk: int
    store_id: int
    paid_at: datetime
    gross_paid: Decimal
    refunded: Decimal
    piece_count: int
    gift_count: int
    buyer_id: int | None
    province: str
    payment_method: str


class Line(NamedTuple):
    order_id: int
    pk: int
    title_id: int
    product_id: str
    sku_code: str
    quantity: int
    price: Decimal | None
    paid: Decimal | None
    refunded: Decimal
    is_gift: bool


def recount(stores: Sequence[int], first: date, last: date) -> Recount:
    """Count the days from first to last, both included."""
    result = Recount()
    start, end = day_start(first), day_bounds(last)[1]
    _count_placed(result, stores, start, end)
    _count_topics(result, stores, first, last)
    count_refunds(result, stores, start, end)
    count_weeks(result, stores, first, last)
    lines = _lines_by_order(stores, start, end)
    for order in _paid_orders(stores, start, end):
        _count_paid(result, order)
        _count_products(result, order, lines.get(order.pk, []))
    for sums in result.tables[DailySales].values():
        sums["buyer_ids"] = sorted(sums.get("buyer_ids", set()))
        sums["buyer_count"] = len(sums["buyer_ids"])
    return result


def _paid_orders(stores: Sequence[int], start: datetime, end: datetime) -> Iterator[PaidOrder]:
    orders = Order.objects.filter(store__in=stores, paid_at__gte=start, paid_at__lt=end)

    yield from (PaidOrder(*row) for row in orders.values_list(*PaidOrder._fields))


def _lines_by_order(stores: Sequence[int], start: datetime, end: datetime) -> dict[int, list[Line]]:
    lines = OrderLine.objects.filter(order__store__in=stores, order__paid_at__gte=start, order__paid_at__lt=end)
    lines = lines.exclude(is_gift=True, key__startswith="gift:")
    rows = (Line(*row) for row in lines.order_by("order_id", "title_id", "pk").values_list(*Line._fields))
    return {order_id: list(group) for order_id, group in groupby(rows, key=lambda line: line.order_id)}


def _count_placed(result: Recount, stores: Sequence[int], start: datetime, end: datetime) -> None:
    orders = Order.objects.filter(store__in=stores, placed_at__gte=start, placed_at__lt=end)
    for store_id, placed_at, paid_at in orders.values_list("store_id", "placed_at", "paid_at"):
        key = (store_id, timezone.localdate(placed_at))
        result.add(DailySales, key, placed_count=1, unpaid_count=int(paid_at is None))


def _count_topics(result: Recount, stores: Sequence[int], first: date, last: date) -> None:
    mentions = TopicMention.objects.filter(store__in=stores, day__range=(first, last))
    fields = ("store_id", "day", "title_id", "topic_id", "source", "is_negative", "verdict")
    for *key, is_negative, verdict in mentions.values_list(*fields).iterator():
        if verdict == Verdict.REJECTED:
            continue
        store_id, day, title_id, topic_id, source = key
        result.add(
            TopicDay, (store_id, day, title_id or 0, topic_id, source), mention_count=1,
            negative_count=int(is_negative), confirmed_count=int(verdict == Verdict.CONFIRMED),
        )  # fmt: skip


def _count_paid(result: Recount, order: PaidOrder) -> None:
    paid_at = timezone.localtime(order.paid_at)
    day_key = (order.store_id, paid_at.date())
    sums = {
        "order_count": 1, "piece_count": order.piece_count - order.gift_count, "gross_paid": order.gross_paid,
        "refunded": order.refunded,
    }  # fmt: skip
    result.add(DailySales, day_key, **sums, refunded_count=int(order.refunded > 0))
    result.tables[DailySales][day_key].setdefault("buyer_ids", set()).update({order.buyer_id} - {None})
    result.add(HourlySales, (*day_key, paid_at.hour), **sums)
    result.add(ProvinceSales, (*day_key, order.province), **sums)
    result.add(PaymentSales, (*day_key, order.payment_method), **sums)


def _count_products(result: Recount, order: PaidOrder, lines: list[Line]) -> None:
    day_key = (order.store_id, timezone.localdate(order.paid_at))
    weights = _weights(lines)
    refund_weights = [_fen(line.refunded) for line in lines]
    paid = split_fen(_fen(order.gross_paid), weights)
    refunded = split_fen(_fen(order.refunded), refund_weights if sum(refund_weights) else weights)
    titles: set[int] = set()
    for line, paid_fen, refunded_fen in zip(lines, paid, refunded, strict=True):
        result.add(
            ProductSales, (*day_key, line.title_id, line.product_id, line.sku_code),
            line_count=1, order_count=int(line.title_id not in titles), piece_count=line.quantity,
            gross_paid=_yuan(paid_fen), refunded=_yuan(refunded_fen),
        )  # fmt: skip
        titles.add(line.title_id)


def _weights(lines: Sequence[Line]) -> list[int]:
    """Return in what proportion an order's money belongs to its lines; analytics.rollups.product_sales says why."""
    if all(line.paid is not None for line in lines) and any(line.paid for line in lines):
        return [_fen(line.paid) for line in lines]
    if all(line.price is not None for line in lines) and any(line.price for line in lines if not line.is_gift):
        return [0 if line.is_gift else _fen(line.price) * line.quantity for line in lines]
    return [line.quantity for line in lines]


def split_fen(amount: int, weights: Iterable[int]) -> list[int]:
    """Split an amount in proportion, by differences of the rounded running sums (half up), so that it sums exactly."""
    weights = list(weights)
    total, upto, given, parts = sum(weights), 0, 0, []
    for weight in weights:
        upto += weight
        reached = (2 * amount * upto + total) // (2 * total)
        parts.append(reached - given)
        given = reached
    return parts


def _fen(amount: Decimal | None) -> int:
    return int((amount or Decimal(0)) * 100)


def _yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)
