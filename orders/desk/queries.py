"""Reads of the desk: rows of the queue, their lines, counts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from django.db.models import QuerySet

from backoffice.common.clock import business_day, day_bounds
from backoffice.common.models import Store, User
from backoffice.common.statements import fetch, literals, select_text
from orders.core.models import Order, OrderLine
from orders.core.statuses import FACT_HOLDS, OPEN_STATUSES, HoldKind
from orders.desk.queues import SUB_QUEUES

TOTAL_CAP = 1_000
SMALL = 20_000  # a tab of so many orders is counted exactly, whatever the filter
SUB_CAP = 1_000
GROUP_CAP = 200  # kinds and reasons of holds on one page

ROW_FIELDS = (
    "id",
    "number",
    "status",
    "platform_status",
    "placed_at",
    "paid_at",
    "shipped_at",
    "completed_at",
    "total",
    "paid",
    "refunded",
    "payment_method",
    "refund_status",
    "has_open_refund",
    "province",
    "city",
    "district",
    "services",
    "acceptance",
    "flag",
    "tags",
    "claimed_by_id",
    "claim_expires_at",
    "appointed_date",
    "opened_at",
    "ship_by",
    "ship_by_rule",
    "hold_kinds",
    "note_state",
    "wish_kinds",
    "printed_at",
    "print_count",
    "latest_remark",
    "latest_remark_by",
    "line_count",
    "piece_count",
    "version",
    "buyer__nick",
    "recipient__masked_name",
    "recipient__masked_phone",
    "note__text",
    "note__types",
    "note__state",
    "claimed_by__username",
    "claimed_by__display_name",
)
LINE_FIELDS = (
    "order_id",
    "title__text",
    "spec",
    "agreed_spec",
    "sku_code",
    "quantity",
    "shipped_quantity",
    "price",
    "paid",
    "refund_status",
    "is_closed",
    "is_gift",
    "is_provisional",
)
_OF_ORDERS = """
WHERE "orders_orderline"."order_id" = ANY(%s)
ORDER BY "orders_orderline"."order_id", "orders_orderline"."position", "orders_orderline"."id"
"""

# the order's newest parcel, along with its lines: what is last known of it
_PARCEL = """, (
    SELECT json_build_array(s.trace_state, s.last_event, extract(epoch FROM s.last_event_at)::float8, s.anomaly_kinds)
    FROM fulfilment_shipment s WHERE s.order_id = "orders_orderline"."order_id" ORDER BY s.shipped_at DESC, s.id DESC
    LIMIT 1) FROM """

Row = dict[str, Any]


def lines_of(order_ids: Iterable[int], *, with_parcels: bool = False) -> dict[int, list[Row]]:
    """Return the lines of these orders by order, in their order; each with the order's newest parcel if asked."""
    lines: dict[int, list[Row]] = {}
    ids, text = list(order_ids), select_text(OrderLine, LINE_FIELDS)
    names = (*LINE_FIELDS, "parcel") if with_parcels else LINE_FIELDS
    statement = text.replace(" FROM ", _PARCEL, 1) if with_parcels else text
    for values in fetch(statement + _OF_ORDERS, [ids]) if ids else ():
        lines.setdefault(values[0], []).append(dict(zip(names, values, strict=True)))
    return lines


def preview_rows(store: Store, order_ids: Sequence[int]) -> list[Row]:
    """Return what tells these orders apart before an act, in the order given."""
    fields = ("id", "number", "ship_by", "paid")
    rows = {row["id"]: row for row in Order.objects.for_store(store).filter(pk__in=order_ids).values(*fields)}
    lines = lines_of(order_ids)
    return [{**rows[pk], "lines": lines.get(pk, [])} for pk in order_ids if pk in rows]


@dataclass(frozen=True, slots=True)
class HoldGroup:
    """The open orders that one reason holds back."""

    kind: str
    reason: str
    count: int
    earliest: datetime | None  # ship-by
    since: datetime
    rules: list[str]  # that opened some of the holds; people opened the others

    @property
    def label(self) -> str:
        return str(HoldKind(self.kind).label)

    @property
    def is_by_hand(self) -> bool:
        return self.kind not in FACT_HOLDS


# The open orders are found by the index of the held ones (so its condition is said). Each is counted once however many
# of its lines are held: gathered by order first, since a distinct count would sort them all.
_GROUPS = f"""
WITH "found" AS MATERIALIZED (
    SELECT h."kind", h."reason", h."rule", h."order_id", h."opened_at", o."ship_by"
    FROM "orders_hold" h JOIN "orders_order" o ON o."id" = h."order_id"
    WHERE h."store_id" = %(store)s AND h."released_at" IS NULL AND o."store_id" = %(store)s
    AND o."status" IN {literals(OPEN_STATUSES)}
    AND NOT (o."hold_kinds" = '{{}}'::varchar(20)[])
), "of_order" AS (
    SELECT "kind", "reason", min("ship_by") AS "ship_by", min("opened_at") AS "opened_at"
    FROM "found" GROUP BY "kind", "reason", "order_id"
), "of_rule" AS MATERIALIZED (
    SELECT "kind", "reason", "rule", count(*) FROM "found" WHERE "rule" <> '' GROUP BY "kind", "reason", "rule"
), "of_reason" AS (
    SELECT "kind", "reason", count(*) AS "count", min("ship_by") AS "earliest", min("opened_at") AS "since"
    FROM "of_order" GROUP BY "kind", "reason" ORDER BY "earliest" NULLS LAST, "kind", "reason" LIMIT %(cap)s
)
SELECT g."kind", g."reason", g."count", g."earliest", g."since",
ARRAY(SELECT r."rule" FROM "of_rule" r WHERE r."kind" = g."kind" AND r."reason" = g."reason" ORDER BY r."rule")
FROM "of_reason" g ORDER BY g."earliest" NULLS LAST, g."kind", g."reason"
"""  # noqa: S608 -- constants


def hold_groups(store: Store, cap: int = GROUP_CAP) -> list[HoldGroup]:
    """Return what holds open orders back, most urgent kind and reason first, in one statement."""
    return [HoldGroup(*group) for group in fetch(_GROUPS, {"store": store.pk, "cap": cap})]


def capped_count(orders: QuerySet[Any, Any], cap: int = TOTAL_CAP) -> int:
    """Count orders up to one more than `cap`, which then reads as "more than that".

    Orders in the list's order are read along its index, so that the count stops where the list's first pages end.
    """
    return orders.values("pk")[: cap + 1].count()


def sub_counts(store: Store, user: User | None, now: datetime) -> Mapping[str, int]:
    """Return the number of orders in each sub-queue, up to one more than SUB_CAP, in one statement."""
    text, params = _sub_counts(SUB_CAP)
    own = _sub_values(store, user, now)
    row = fetch(text, [own[param] if isinstance(param, _Own) else param for param in params])[0]
    return {sub.key: count for sub, count in zip(SUB_QUEUES, row, strict=True)}


class _Own(str):
    """The name of a value that a statement is given anew each time."""

    __slots__ = ()


def _sub_values(store: Store, user: User | None, now: datetime) -> dict[str, Any]:
    """Return all that the sub-queues' conditions are made of."""
    today = business_day(now)
    return {
        "store": store.pk,
        "user": user.pk if user else None,
        "now": now,
        "due soon": now + timedelta(hours=store.due_soon_hours),
        "tomorrow": day_bounds(today)[1],
        "the day after": day_bounds(today + timedelta(days=1))[1],
    }


@cache
def _sub_counts(cap: int) -> tuple[str, list[Any]]:
    """Compile the conditions once, with values that none of them has twice; to compile takes as long as to count.

    Raises:
        TypeError: a condition is made of a time or a number that `_sub_values` does not know.
    """
    store, user, now = Store(pk=-1, due_soon_hours=3), User(pk=-2), datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
    names = {value: _Own(name) for name, value in _sub_values(store, user, now).items()}
    parts: list[str] = []
    params: list[Any] = []
    for sub in SUB_QUEUES:
        orders = Order.objects.for_store(store).pending_shipment().filter(sub.condition(store, user, now))
        sql, values = orders.order_by().values("pk")[: cap + 1].query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS found)")  # noqa: S608 # nosec B608 # compiled by the ORM
        params += [names.get(value, value) if isinstance(value, datetime | int) else value for value in values]
    if any(isinstance(param, datetime | int) for param in params):
        raise TypeError(params)
    return f"SELECT {', '.join(parts)}", params
