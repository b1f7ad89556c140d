"""What all rollups share: one statement that makes a table equal to its source for some stores and days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, models
from psycopg import sql

from analytics.models import DayRow
from analytics.rollups.shared import SHARED
from backoffice.common.clock import day_bounds

# Keys that have no orders any more go, the others are inserted or corrected; a row that is right is left alone.
FRAME = """
{fresh} AS MATERIALIZED ({source}),
{gone} AS (
    DELETE FROM {table} AS d
    WHERE d.store_id = ANY(%(stores)s) AND d.day BETWEEN %(first)s AND %(last)s
    AND NOT EXISTS (SELECT FROM {fresh} AS f WHERE {same_key})
    RETURNING 1
),
{written} AS (
    INSERT INTO {table} AS d ({keys}, {values})
    SELECT {keys}, {values} FROM {fresh} ORDER BY {keys}
    ON CONFLICT ({keys}) DO UPDATE SET {assignments}
    WHERE ROW({old}) IS DISTINCT FROM ROW({new})
    RETURNING 1
)
"""
COUNTS = "SELECT (SELECT count(*) FROM {fresh}), (SELECT count(*) FROM {written}), (SELECT count(*) FROM {gone})"


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
    is_gathered: bool = False  # it reads what is gathered for several, and nothing that another rollup writes

    @property
    def table(self) -> str:
        return self.model._meta.db_table  # noqa: SLF001 -- Django's documented API

    def rows(self) -> models.QuerySet[DayRow]:
        return self.model._default_manager.all()  # noqa: SLF001 -- Django's documented API

    def refresh(self, stores: Sequence[int], first: date, last: date) -> Written:
        """Recompute the days from first to last, both included, for these stores; running it again writes nothing."""
        return refresh_together((self,), stores, first, last)


def refresh_all(rollups: Sequence[Rollup], stores: Sequence[int], first: date, last: date) -> Written:
    """Refresh those that share what is gathered together, then the others in turn: they may read what is written."""
    count = refresh_together([rollup for rollup in rollups if rollup.is_gathered], stores, first, last)
    for rollup in rollups:
        if not rollup.is_gathered:
            count = count.plus(rollup.refresh(stores, first, last))
    return count


def refresh_together(rollups: Sequence[Rollup], stores: Sequence[int], first: date, last: date) -> Written:
    """Refresh some rollups in one statement, which gathers once what they share."""
    with connection.cursor() as cursor:
        if _has_lz4():
            cursor.execute("SET LOCAL default_toast_compression = lz4")
        constants = {name: value for rollup in rollups for name, value in rollup.constants.items()}
        cursor.execute(_statement(tuple(rollups)), {**parameters(stores, first, last), **constants})
        counts = cursor.fetchall()
    return Written(
        written=sum(written + gone for _fresh, written, gone in counts),
        unchanged=sum(fresh - written for fresh, written, _gone in counts),
    )


@cache
def _has_lz4() -> bool:
    """Tell whether the server knows what packs a day's buyers in no time; its default takes longer than all inserts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'lz4' = ANY(enumvals) FROM pg_settings WHERE name = 'default_toast_compression'")
        return bool(cursor.fetchone()[0])


@cache
def _statement(rollups: tuple[Rollup, ...]) -> str:
    parts = [_part(rollup, str(number)) for number, rollup in enumerate(rollups)]
    composed = sql.SQL("WITH {shared}, {parts} {counts}").format(
        shared=sql.SQL(SHARED),
        parts=sql.SQL(", ").join(sql.SQL(FRAME).format(**part) for part in parts),
        counts=sql.SQL(" UNION ALL ").join(sql.SQL(COUNTS).format(**part) for part in parts),
    )
    return composed.as_string(None)


def _part(rollup: Rollup, number: str) -> dict[str, sql.Composable]:
    keys = ("store_id", "day", *rollup.keys)
    return {
        "fresh": sql.Identifier("fresh" + number),
        "gone": sql.Identifier("gone" + number),
        "written": sql.Identifier("written" + number),
        "source": sql.SQL(rollup.source),
        "table": sql.Identifier(rollup.table),
        "keys": _names(keys),
        "values": _names(rollup.values),
        "same_key": sql.SQL(" AND ").join(sql.SQL("d.{0} = f.{0}").format(sql.Identifier(key)) for key in keys),
        "assignments": sql.SQL(", ").join(
            sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in rollup.values
        ),
        "old": _names(rollup.values, "d"),
        "new": _names(rollup.values, "excluded"),
    }


def _names(names: Sequence[str], *prefix: str) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(*prefix, name) for name in names)


def parameters(stores: Sequence[int], first: date, last: date) -> Mapping[str, Any]:
    """Return what every source may name: stores, days, and the half-open time from the first day's midnight."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    bounds = [day_bounds(day) for day in days]
    return {
        "stores": list(stores), "first": first, "last": last, "start": bounds[0][0], "end": bounds[-1][1],
        "days": days, "starts": [start for start, _end in bounds], "ends": [end for _start, end in bounds],
        "zone": settings.TIME_ZONE,
    }  # fmt: skip
