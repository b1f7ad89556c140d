"""What all rollups share: one statement that makes a table equal to its source for some stores and days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, models
from psycopg import sql

from analytics.models import DayRow
from backoffice.common.clock import day_bounds, day_start

# Keys that have no orders any more go, the others are inserted or corrected; a row that is right is left alone.
FRAME = """
WITH fresh AS MATERIALIZED ({source}),
gone AS (
    DELETE FROM {table} AS d
    WHERE d.store_id = ANY(%(stores)s) AND d.day BETWEEN %(first)s AND %(last)s
    AND NOT EXISTS (SELECT FROM fresh AS f WHERE {same_key})
    RETURNING 1
),
written AS (
    INSERT INTO {table} AS d ({keys}, {values})
    SELECT {keys}, {values} FROM fresh ORDER BY {keys}
    ON CONFLICT ({keys}) DO UPDATE SET {assignments}
    WHERE ROW({old}) IS DISTINCT FROM ROW({new})
    RETURNING 1
)
SELECT (SELECT count(*) FROM fresh), (SELECT count(*) FROM written), (SELECT count(*) FROM gone)
"""


class Written(NamedTuple):
    """Rows of one or more refreshes: written counts inserted, corrected and deleted ones."""

    written: int = 0
    unchanged: int = 0

    def plus(self, other: "Written") -> "Written":
        return Written(self.written + other.written, self.unchanged + other.unchanged)


@dataclass(frozen=True)
class Rollup:
    """A rollup table: `source` is a SELECT of store_id, day, the keys and the values, by name."""

    model: type[DayRow]
    keys: tuple[str, ...]  # beside store_id and day
    values: tuple[str, ...]
    source: str
    constants: Mapping[str, Any] = field(default_factory=dict, hash=False)  # that the source names

    @property
    def table(self) -> str:
        return self.model._meta.db_table  # noqa: SLF001 -- Django's documented API

    def rows(self) -> models.QuerySet[DayRow]:
        return self.model._default_manager.all()  # noqa: SLF001 -- Django's documented API

    def refresh(self, stores: Sequence[int], first: date, last: date) -> Written:
        """Recompute the days from first to last, both included, for these stores; running it again writes nothing."""
        with connection.cursor() as cursor:
            cursor.execute(_statement(self), {**parameters(stores, first, last), **self.constants})
            fresh, written, gone = cursor.fetchone()
        return Written(written=written + gone, unchanged=fresh - written)


@cache
def _statement(rollup: Rollup) -> str:
    keys = ("store_id", "day", *rollup.keys)
    composed = sql.SQL(FRAME).format(
        source=sql.SQL(rollup.source),
        table=sql.Identifier(rollup.table),
        keys=_names(keys),
        values=_names(rollup.values),
        same_key=sql.SQL(" AND ").join(sql.SQL("d.{0} = f.{0}").format(sql.Identifier(key)) for key in keys),
        assignments=sql.SQL(", ").join(
            sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in rollup.values
        ),
        old=_names(rollup.values, "d"),
        new=_names(rollup.values, "excluded"),
    )
    return composed.as_string(None)


def _names(names: Sequence[str], *prefix: str) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(*prefix, name) for name in names)


def parameters(stores: Sequence[int], first: date, last: date) -> Mapping[str, Any]:
    """Return what every source may name: stores, days, and the half-open time from the first day's midnight."""
    start, end = day_start(first), day_bounds(last)[1]
    return {
        "stores": list(stores), "first": first, "last": last, "start": start, "end": end, "zone": settings.TIME_ZONE
    }  # fmt: skip
