"""Reads of orders that several apps need; every one starts from a store."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, QuerySet, Value
from django.utils.translation import gettext as _

from backoffice.common.masking import normalise_name, normalise_phone
from backoffice.common.models import Store
from backoffice.common.sealing import blind_indexes
from orders.core.models import Order, OrderDiscount, OrderEvent, OrderLine, ProductTitle, Recipient
from orders.core.pieces import PIECE, Holds, pieces_of
from orders.core.recipients import NAME, PHONE, PHONE_TAIL, TAIL_DIGITS
from orders.core.statuses import OPEN_STATUSES, OrderStatus

OPEN_REFUND = "open_refund"  # the counter of the after-sales tab
_COUNTS = """
SELECT "status", sum("count") FROM "orders_ordercount" WHERE "store_id" = %s GROUP BY "status"
"""  # by hand: every page asks for it, and the ORM takes ten times as long as the database
QUEUES = ("pending_payment", "pending_shipment", "shipped", "completed", "closed", "aftersales", "all")


def tab_counts(store: Store) -> dict[str, int]:
    """Count the orders of each queue, in one statement over the kept counters."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [store.pk])
        counted = {status: int(total) for status, total in cursor.fetchall()}
    counts = {queue: counted.get(queue, 0) for queue in QUEUES}
    counts["pending_shipment"] = sum(counted.get(status.value, 0) for status in OPEN_STATUSES)
    counts["aftersales"] = counted.get(OPEN_REFUND, 0)
    counts["all"] = sum(counted.get(status.value, 0) for status in OrderStatus)
    return counts


def titles_with(store: Store, word: str) -> QuerySet[ProductTitle]:
    """Return the products whose titles contain a word, without case."""
    titles = ProductTitle.objects.filter(store=store, text__icontains=word)
    return titles.filter(Holds(pieces_of(F("text")), pieces_of(Value(word)))) if len(word) >= PIECE else titles


class Pace(NamedTuple):
    """How fast the shop ships, and which orders that is too slow for."""

    shipped_last_hour: int
    open_count: int  # paid and unheld; at most PACE_ROWS are looked at
    overdue: int  # of them, already
    will_miss: int  # of them, at this pace
    misses_at: datetime | None  # the first that will


PACE_ROWS = 20_000
_NO_PACE = timedelta(hours=4)  # with nothing shipped in the last hour: what is due within this time is in danger
_SHIPPED = """
SELECT count(*) FROM "orders_orderevent"
WHERE "store_id" = %(store)s AND "actor_id" IS NOT NULL AND "kind" = 'shipped' AND "at" > %(since)s AND "at" <= %(now)s
"""
# All parts are read from their indexes alone (order_open_ship_by, order_held_kinds); an order that is not paid has no
# ship_by. The overdue ones, often most of them, are counted only; the others are numbered as they lie in an array, at a
# fraction of what a window function costs.
_PACE = """
WITH "late" AS MATERIALIZED (
    SELECT count(*) AS "held" FROM "orders_order" WHERE "store_id" = %(store)s
    AND "status" IN ('pending_shipment', 'partially_shipped') AND NOT ("hold_kinds" = '{}'::varchar(20)[])
    AND "ship_by" < %(now)s
), "overdue" AS MATERIALIZED (
    SELECT count(*) - (SELECT "held" FROM "late") AS "count" FROM (
        SELECT FROM "orders_order" WHERE "store_id" = %(store)s
        AND "status" IN ('pending_shipment', 'partially_shipped') AND "ship_by" < %(now)s
        ORDER BY "ship_by", "id" LIMIT %(rows)s + (SELECT "held" FROM "late")
    ) AS "found"
), "due" AS (
    SELECT "ship_by",
        "ship_by" < %(now)s + %(ahead)s + ((SELECT "count" FROM "overdue") + "turn") * %(each)s AS "missed"
    FROM unnest(ARRAY(
        SELECT "ship_by" FROM "orders_order" WHERE "store_id" = %(store)s
        AND "status" IN ('pending_shipment', 'partially_shipped') AND "hold_kinds" = '{}'::varchar(20)[]
        AND "ship_by" >= %(now)s
        ORDER BY "ship_by", "id" LIMIT %(rows)s - (SELECT "count" FROM "overdue")
    )) WITH ORDINALITY AS "numbered" ("ship_by", "turn")
)
SELECT (SELECT "count" FROM "overdue") + count(*), (SELECT "count" FROM "overdue"),
count(*) FILTER (WHERE "missed"), min("ship_by") FILTER (WHERE "missed") FROM "due"
"""


def pace_of(store: Store, now: datetime) -> Pace:
    """Say how many orders people shipped in the last hour, and how many open ones that pace reaches too late.

    Orders leave in the order of their ship-by times, the overdue ones first; held ones do not queue.
    """
    times: dict[str, Any] = {"store": store.pk, "now": now, "since": now - timedelta(hours=1), "rows": PACE_ROWS}
    with connection.cursor() as cursor:
        cursor.execute(_SHIPPED, times)
        shipped = cursor.fetchone()[0]
        each = timedelta(hours=1) / shipped if shipped else timedelta(0)
        cursor.execute(_PACE, times | {"each": each, "ahead": timedelta(0) if shipped else _NO_PACE})
        open_count, overdue, will_miss, misses_at = cursor.fetchone()
    return Pace(shipped, open_count, overdue, will_miss, misses_at)


def order_by_number(store: Store, number: str) -> Order:
    """Return one order with the rows its page always shows.

    Raises:
        Order.DoesNotExist: the store has no such order.
    """
    return Order.objects.for_store(store).select_related("store", "buyer", "claimed_by", "recipient").get(number=number)


def history(order: Order) -> QuerySet[OrderEvent]:
    """Return the order's events, newest first."""
    return order.events.select_related("actor", "job").order_by("-at", "-pk")


def recipients_with_phone(store: Store, phone: str) -> QuerySet[Recipient]:
    """Find by the full number."""
    return _by_index(store, "phone_index", PHONE, normalise_phone(phone))


def recipients_with_phone_tail(store: Store, digits: str) -> QuerySet[Recipient]:
    """Find by the last four digits."""
    return _by_index(store, "phone_tail_index", PHONE_TAIL, normalise_phone(digits)[-TAIL_DIGITS:])


def recipients_named(store: Store, name: str) -> QuerySet[Recipient]:
    """Find by the exact name, spaces and case aside."""
    return _by_index(store, "name_index", NAME, normalise_name(name))


def _by_index(store: Store, column: str, label: str, value: str) -> QuerySet[Recipient]:
    if not value:
        return Recipient.objects.none()
    return Recipient.objects.filter(
        store=store, **{f"{column}__in": blind_indexes(value, label=label, store_id=store.pk)}
    )


class MoneyRow(NamedTuple):
    """One row of the money table. Items add up; a subtotal or the total repeats the sum of the items above it."""

    label: str
    amount: Decimal
    kind: str  # item, subtotal or total


ITEM, SUBTOTAL, TOTAL = "item", "subtotal", "total"


def money_table(
    order: Order, *, lines: Sequence[OrderLine] | None = None, discounts: Sequence[OrderDiscount] | None = None
) -> list[MoneyRow]:
    """Return the order's money from list price to paid to refunded, exact to the fen.

    What the file does not explain stands as a row of its own, so that every subtotal is the sum of the items above.
    """
    lines = list(order.lines.all()) if lines is None else lines
    discounts = list(order.discounts.order_by("pk")) if discounts is None else discounts
    goods = order.total - order.postage if order.payable is None else order.payable
    rows = _goods_rows(goods, lines, discounts)
    rows.append(MoneyRow(_("Goods"), goods, SUBTOTAL))
    rows += _nonzero((_("Postage"), order.postage), (_("Coupons"), -order.coupon_amount))
    due = goods + order.postage - order.coupon_amount
    if order.paid_at is None:
        return [*rows, MoneyRow(_("To pay"), due, TOTAL)]
    rows += _nonzero((_("Not explained by the file"), order.gross_paid - due))
    rows.append(MoneyRow(_("Paid"), order.gross_paid, SUBTOTAL))
    rows += _nonzero((_("Refunded"), -order.refunded))
    return [*rows, MoneyRow(_("Kept"), order.gross_paid - order.refunded, TOTAL)]


def _goods_rows(goods: Decimal, lines: Sequence[OrderLine], discounts: Sequence[OrderDiscount]) -> list[MoneyRow]:
    """Return the list price and what was taken off it; only the goods themselves where a price is not known."""
    if not lines or any(line.price is None for line in lines):
        return [MoneyRow(_("Goods as ordered"), goods, ITEM)]
    listed = sum((line.price * line.quantity for line in lines if line.price is not None), Decimal(0))
    named = [(discount.name, -discount.amount) for discount in discounts]
    rest = goods - listed - sum((amount for _name, amount in named), Decimal(0))
    label = _("Other discounts") if rest < 0 else _("Added by the seller")
    return [MoneyRow(_("List price"), listed, ITEM), *_nonzero(*named, (label, rest))]


def _nonzero(*items: tuple[str, Decimal]) -> list[MoneyRow]:
    return [MoneyRow(label, amount, ITEM) for label, amount in items if amount]
