"""The rows of an export: one statement in one read-only snapshot, read through a server-side cursor.

Whatever the filter finds, memory stays at one batch of rows. The sums come from the same snapshot as the rows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, QuerySet
from psycopg import IsolationLevel
from psycopg.abc import Buffer
from psycopg.types.datetime import TimestamptzLoader
from psycopg.types.string import TextLoader

from backoffice.common.sheets.columns import SHOP_ZONE, Kind, datetime_text
from orders.core.models import OrderQuerySet
from orders.desk.exports.columns import ANNOTATIONS, LINE, ExportColumn
from orders.desk.paging import Sort

FETCH_ROWS = 2000
READY_KINDS = frozenset({Kind.MONEY, Kind.DATETIME})  # `stream` gives their values as texts
_TOTALS = """
WITH found (id, paid, refunded) AS MATERIALIZED ({orders})
SELECT statement_timestamp(), count(*), coalesce(sum(paid), 0), coalesce(sum(refunded), 0),
       (SELECT count(*) FROM orders_orderline AS l WHERE l.order_id IN (SELECT id FROM found))
FROM found
"""


@dataclass(frozen=True, slots=True)
class Totals:
    snapshot_at: datetime
    orders: int
    sum_paid: Decimal
    sum_refunded: Decimal
    lines: int


@contextmanager
def snapshot() -> Iterator[BaseDatabaseWrapper]:
    """Yield a connection of its own inside one repeatable-read transaction that cannot write.

    Inside a transaction of the caller that one is used, with its own rows and rules.
    """
    if connection.in_atomic_block:
        yield connection
        return
    own = connection.copy()
    own.settings_dict["TIME_ZONE"] = str(SHOP_ZONE)
    try:
        own.ensure_connection()
        own.connection.isolation_level = IsolationLevel.REPEATABLE_READ
        own.connection.read_only = True
        own.set_autocommit(False)
        with own.cursor() as cursor:
            cursor.execute("SET LOCAL cursor_tuple_fraction = 1")  # every row is read, so plan for the last one
            cursor.execute("SET LOCAL work_mem = '32MB'")
        yield own
    finally:
        own.close()


def read_totals(db: BaseDatabaseWrapper, orders: OrderQuerySet) -> Totals:
    """Count and sum the orders; this takes the snapshot, whose time it names."""
    try:
        sql, params = orders.order_by().values("id", "paid", "refunded").query.sql_with_params()
    except EmptyResultSet:
        sql, params = "SELECT id, paid, refunded FROM orders_order WHERE false", ()
    with db.cursor() as cursor:
        cursor.execute(_TOTALS.format(orders=sql), params)
        at, count, paid, refunded, lines = cursor.fetchone()
    return Totals(at, count, paid, refunded, lines)


def select(
    orders: OrderQuerySet, columns: list[ExportColumn], *, grain: str, sort: Sort, more: tuple[str, ...]
) -> tuple[QuerySet[Any, Any], tuple[str, ...]]:
    """Return the statement and what it selects: the columns' values in order, then `more`; sorted to a unique key."""
    fields = tuple(dict.fromkeys((*(column.field for column in columns), *more)))
    extra = {name: ANNOTATIONS[name]() for name in fields if name in ANNOTATIONS}
    lines = ["lines__position", "lines__pk"] if grain == LINE else []
    pk = "-pk" if sort.is_descending else "pk"
    nulls = True if sort.is_nullable else None
    key = F(sort.column).desc(nulls_last=nulls) if sort.is_descending else F(sort.column).asc(nulls_last=nulls)
    return orders.annotate(**extra).order_by(key, pk, *lines).values_list(*fields), fields


class _ShopTimeLoader(TimestamptzLoader):
    """Gives a moment's text on the shop's clock, where the connection has another one."""

    def load(self, data: Buffer) -> str:  # type: ignore[override]
        return datetime_text(super().load(data))


def stream(db: BaseDatabaseWrapper, rows: QuerySet[Any, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a statement as the driver gives them, a batch at a time.

    Money and moments stay PostgreSQL's own texts, on the shop's clock: making objects of them and texts again would
    take a third of an export's time.
    """
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return
    with db.chunked_cursor() as cursor:
        adapters = cursor.cursor.adapters
        adapters.register_loader("numeric", TextLoader)
        adapters.register_loader("timestamptz", TextLoader if db.timezone_name == str(SHOP_ZONE) else _ShopTimeLoader)
        cursor.execute(sql, params)
        while batch := cursor.fetchmany(FETCH_ROWS):
            yield from batch
