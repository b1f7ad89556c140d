"""Reads of the desk: rows of the queue, their lines, counts."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from backoffice.common.models import Store, User
from orders.core.models import Order, OrderLine
from orders.desk.queues import SUB_QUEUES
from orders.desk.statements import fetch, select_text

TOTAL_CAP = 1_000
SMALL = 20_000  # a tab of so many orders is counted exactly, whatever the filter
SUB_CAP = 1_000

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

Row = dict[str, Any]


def lines_of(order_ids: Iterable[int]) -> dict[int, list[Row]]:
    """Return the lines of these orders by order, in their order."""
    lines: dict[int, list[Row]] = {}
    ids = list(order_ids)
    for values in fetch(select_text(OrderLine, LINE_FIELDS) + _OF_ORDERS, [ids]) if ids else ():
        lines.setdefault(values[0], []).append(dict(zip(LINE_FIELDS, values, strict=True)))
    return lines


def capped_count(orders: QuerySet[Any, Any], cap: int = TOTAL_CAP) -> int:
    """Count orders up to one more than `cap`, which then reads as "more than that".

    Orders in the list's order are read along its index, so that the count stops where the list's first pages end.
    """
    return orders.values("pk")[: cap + 1].count()


def sub_counts(store: Store, user: User | None, now: datetime) -> Mapping[str, int]:
    """Return the number of orders in each sub-queue, up to one more than SUB_CAP, in one statement."""
    parts: list[str] = []
    params: list[Any] = []
    for sub in SUB_QUEUES:
        orders = Order.objects.for_store(store).pending_shipment().filter(sub.condition(store, user, now))
        sql, values = orders.order_by().values("pk")[: SUB_CAP + 1].query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS found)")  # noqa: S608 # nosec B608 # compiled by the ORM
        params += values
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)  # nosec B608
        counts = cursor.fetchone()
    return {sub.key: count for sub, count in zip(SUB_QUEUES, counts, strict=True)}
