"""The first page of a list: its ids and its length in one pass along the index that holds them in the list's order.

A filter that leaves few orders reads as far for its page as for its count; read apart, both would pay for the way.
"""

from dataclasses import replace
from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from backoffice.common.clock import day_bounds
from backoffice.common.statements import fetch, select_text
from orders.core.models import Order, OrderQuerySet
from orders.desk.filters import OrderFilter
from orders.desk.paging import PAGE_SIZE, Page, encode_cursor, in_order
from orders.desk.queries import ROW_FIELDS
from orders.desk.search import Lines

_Text = tuple[str, tuple[Any, ...]]
_WITH_LINES = frozenset({"shipped", "aftersales", "completed", "closed", "all"})  # few orders stand in the others


def is_gathered_at_once(found: OrderFilter) -> bool:
    """Tell whether one pass finds a list's first page and its length.

    It does not where rows without a value would come first, nor where several values of an index column are asked for:
    the length of such a list is found in that index, its order only outside.
    """
    if any(found.data.get(name) for name in ("after", "before")):
        return False
    return not found.has_several and not (found.sort.is_nullable and found.sort.is_descending and not _has_value(found))


def _has_value(found: OrderFilter) -> bool:
    """Tell whether the filter leaves only orders that have a value of the sort key."""
    column = found.sort.column.removesuffix("_at")
    names = (f"{column}_from", f"{column}_to", *(("hour",) if column == "paid" else ()))
    return any(found.data.get(name) for name in names)


def first_page(found: OrderFilter, orders: OrderQuerySet, cap: int) -> Page:
    """Read the first page, and count the list up to one more than `cap`."""
    try:
        ids, values = _ids(found, orders, cap + 1)
    except EmptyResultSet:
        return Page(rows=[])
    text = select_text(Order, ROW_FIELDS).replace("SELECT ", "SELECT (SELECT cardinality(ids) FROM listed), ", 1)
    sign = "DESC" if found.sort.is_descending else "ASC"
    rows = fetch(
        f"WITH listed AS MATERIALIZED (SELECT ARRAY({ids}) AS ids) {text} "  # noqa: S608 # nosec B608 # of the ORM
        f'WHERE "orders_order"."id" = ANY((SELECT ids[1:{PAGE_SIZE + 1}] FROM listed)::bigint[]) '
        f'ORDER BY "orders_order"."{found.sort.column}" {sign}, "orders_order"."id" {sign}',
        values,
    )
    listed = [dict(zip(ROW_FIELDS, row[1:], strict=True)) for row in rows]
    kept = listed[:PAGE_SIZE]
    following = encode_cursor(kept[-1], found.sort) if len(listed) > PAGE_SIZE else ""
    return Page(rows=kept, next=following, counted=rows[0][0] if rows else 0)


def _ids(found: OrderFilter, orders: OrderQuerySet, limit: int) -> _Text:
    if found.lines is not None and _is_one_product(found):
        return _along_open_lines(found.lines, limit) if found.is_open_only else _along_lines(found, limit)
    if found.is_walked_by_hours:
        return _along_hours(found, limit)
    return in_order(orders, found.sort).values("pk")[:limit].query.sql_with_params()


# One product: its lines are read newest first, or the most urgent first, until enough of their orders are found


def _is_one_product(found: OrderFilter) -> bool:
    if found.is_open_only:
        return len(found.narrowing) == 1 and str(found.sort) == "ship_by"
    tabs = {queue.key for queue in found.queues}
    return len(found.narrowing) == 1 and tabs <= _WITH_LINES and str(found.sort) == "-placed_at"


def _along_open_lines(lines: Lines, limit: int) -> _Text:
    """Return the ids by the open lines' own index; it holds each order's ship-by time and no order that is not open."""
    orders = lines.values("ship_by", "order_id").distinct().order_by("ship_by", "order_id")[:limit]
    text, values = orders.query.sql_with_params()
    return f"SELECT listed.order_id FROM ({text}) AS listed", values  # noqa: S608 # nosec B608 # compiled by the ORM


# Both indexes stand in the order of the time, which the lines have from their order, and are read in step: lines of
# orders in other tabs are passed over unread. A comparison of ids said plainly would have each line's order looked up;
# the planner takes two conditions that mean the same for one that hardly anything meets.
_LINES = """
SELECT listed.id FROM (
  SELECT DISTINCT lines.placed_at, lines.order_id AS id
  FROM ({lines}) AS lines JOIN ({orders}) AS orders
  ON orders.placed_at = lines.placed_at AND COALESCE(orders.id = lines.order_id, FALSE)
  WHERE lines.placed_at <= ({newest})
  ORDER BY lines.placed_at DESC, lines.order_id DESC LIMIT {limit}
) AS listed
"""


def _along_lines(found: OrderFilter, limit: int) -> _Text:
    """Return the ids by the lines' own index; those newer than the tab's newest order are passed over."""
    assert found.lines is not None  # noqa: S101 # nosec B101 # asked before
    tab = found.in_queues()
    parts = {
        "lines": found.lines.values("placed_at", "order_id"),
        "orders": tab.values("placed_at", "id"),
        "newest": tab.order_by("-placed_at").values("placed_at")[:1],
    }
    texts = {name: part.query.sql_with_params() for name, part in parts.items()}
    text = _LINES.format(limit=limit, **{name: sql for name, (sql, _values) in texts.items()})
    return text, tuple(value for _sql, values in texts.values() for value in values)


# Orders that were paid in some hours: each hour of each day is asked for by itself, nearest first

_HOURS = """
SELECT walked.id FROM (
  SELECT day + hour * interval '1 hour' AS start
  FROM (SELECT min(paid_at) AS low, max(paid_at) AS high FROM orders_order WHERE store_id = %s) AS ends
  CROSS JOIN generate_series(
    greatest(date_trunc('day', low, %s), %s::timestamptz), least(high, %s::timestamptz), interval '1 day'
  ) AS day
  CROSS JOIN unnest(%s::int[]) AS hour
  ORDER BY start {sign}
) AS hours CROSS JOIN LATERAL ({orders}) AS walked LIMIT {limit}
"""
_IN_HOUR = "orders_order.paid_at >= hours.start AND orders_order.paid_at < hours.start + interval '1 hour'"


def _along_hours(found: OrderFilter, limit: int) -> _Text:
    in_hour = RawSQL(_IN_HOUR, (), BooleanField())  # noqa: S611 # nosec B611 # holds no value
    others = found.without("hour").filter(in_hour)
    sort = replace(found.sort, is_gathered=False)
    orders, values = in_order(others, sort).values("id")[:limit].query.sql_with_params()
    days = (_start(found, "paid_from", 0), _start(found, "paid_to", 1))
    own = (found.store.pk, settings.TIME_ZONE, *days, list(found.values["hour"]))
    sign = "DESC" if sort.is_descending else "ASC"
    return _HOURS.format(sign=sign, orders=orders, limit=limit), (*own, *values)


def _start(found: OrderFilter, name: str, side: int) -> Any:
    day: date | None = found.values.get(name)
    return day and day_bounds(day)[side]
