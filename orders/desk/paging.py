"""Keyset paging: an opaque cursor names the row that a page ends with, the next page is what compares greater.

Rows without a value of the sort key come last in both directions, as a second range of their own by primary key, so
that every page is read from an index on (store, key, id).
"""

import base64
import binascii
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db.models import BooleanField, F, Func, Q, QuerySet, Value
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce
from django.utils.dateparse import parse_datetime

from backoffice.common.statements import fetch, select_text
from orders.core.models import Order, OrderQuerySet

PAGE_SIZE = 50
MAX_PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class Sort:
    """A column to sort by, and the direction in which the primary key follows it.

    `is_gathered`: the list is known to be short, so its rows are collected and sorted. Walking an index of the column
    instead, as the planner would, passes all older orders where the list holds the newest ones only. The open orders
    are not gathered: they may be many, and have an index of their own for every column.
    """

    column: str
    is_descending: bool
    is_nullable: bool = False
    is_gathered: bool = False

    @property
    def key(self) -> F | Func:
        """Return the sort key; wrapped, it has the same value and no index."""
        return Coalesce(F(self.column), F(self.column)) if self.is_gathered else F(self.column)

    def __str__(self) -> str:
        return f"-{self.column}" if self.is_descending else self.column


SORT_COLUMNS = {
    "ship_by": True,
    "paid_at": True,
    "placed_at": False,
    "paid": False,
    "number": False,
}  # name: may be NULL
_ALIASES = {"amount": "paid"}


def read_sort(text: str, default: str) -> Sort:
    """Return the sort that a parameter names.

    Raises:
        KeyError: the list cannot be sorted by that.
    """
    wanted = text or default
    name = wanted.removeprefix("-")
    column = _ALIASES.get(name, name)
    return Sort(column, wanted.startswith("-"), SORT_COLUMNS[column])


class Cursor(NamedTuple):
    value: Any  # of the sort column; None: the row has none
    pk: int


class CursorError(ValueError):
    """The cursor is damaged or belongs to another sort."""


def encode_cursor(row: dict[str, Any], sort: Sort) -> str:
    value = row[sort.column]
    text = value.isoformat() if isinstance(value, datetime) else None if value is None else str(value)
    packed = json.dumps([str(sort), text, row["id"]], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def decode_cursor(token: str, sort: Sort) -> Cursor:
    """Open a cursor of `encode_cursor`.

    Raises:
        CursorError: it is damaged, or of a list in another order.
    """
    try:
        made_for, text, pk = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (binascii.Error, UnicodeDecodeError, ValueError, TypeError) as error:
        raise CursorError(token) from error
    if made_for != str(sort) or type(pk) is not int or not 0 <= pk < 1 << 63 or (text is None and not sort.is_nullable):
        raise CursorError(token)
    return Cursor(None if text is None else _value(str(text), sort), pk)


def _value(text: str, sort: Sort) -> Any:
    try:
        value = Decimal(text) if sort.column == "paid" else text if sort.column == "number" else parse_datetime(text)
    except (InvalidOperation, ValueError) as error:
        raise CursorError(text) from error
    if value is None or "\0" in text or (isinstance(value, Decimal) and not value.is_finite()):
        raise CursorError(text)
    return value


class RowComparison(Func):
    """(a, b) > (x, y), which a B-tree on both columns answers with one range."""

    output_field = BooleanField()

    def as_sql(self, compiler: Any, connection: Any, **_extra: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        parts = [compiler.compile(expression) for expression in self.source_expressions]
        (left, left_id, right, right_id), sign = (sql for sql, _ in parts), self.extra["sign"]
        return f"({left}, {left_id}) {sign} ({right}, {right_id})", [item for _, params in parts for item in params]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in the order of the list, and the cursors of the pages beside them."""

    rows: list[dict[str, Any]]
    next: str = ""
    previous: str = ""
    counted: int = 0  # rows of the query that was counted along with the page


Rows = QuerySet[Any, dict[str, Any]]


def fetch_page(
    rows: QuerySet[Any, Any],
    *,
    sort: Sort,
    fields: tuple[str, ...] = (),
    after: str = "",
    before: str = "",
    size: int = PAGE_SIZE,
    counting: QuerySet[Any, Any] | None = None,
) -> Page:
    """Read one page of orders as dictionaries of `fields`, which must hold `id` and the sort column.

    Without `fields` it reads what the `.values()` queryset selects. `counting` is a query whose rows are counted in the
    same statement.

    Raises:
        CursorError: a cursor is damaged or belongs to another sort.
    """
    is_backwards = bool(before) and not after
    token = after or before
    cursor = decode_cursor(token, sort) if token else None
    size = max(1, min(size, MAX_PAGE_SIZE))
    reader = _Reader(fields or rows.query.values_select, _order_text(sort, is_backwards=is_backwards), counting)
    found, counted = reader.read(_parts(rows, sort, cursor, is_backwards=is_backwards), size + 1)
    has_more, kept = len(found) > size, found[:size]
    if is_backwards:
        kept.reverse()
    has_next, has_previous = (bool(kept), has_more) if is_backwards else (has_more, cursor is not None and bool(kept))
    return Page(
        rows=kept,
        next=encode_cursor(kept[-1], sort) if has_next else "",
        previous=encode_cursor(kept[0], sort) if has_previous else "",
        counted=counted,
    )


def ranges_before(rows: Rows, *, sort: Sort, token: str) -> Iterator[Rows]:
    """Yield what stands before a row of the list, nearest range first: to count its position."""
    yield from _parts(rows, sort, decode_cursor(token, sort), is_backwards=True)


def in_order(orders: OrderQuerySet, sort: Sort) -> OrderQuerySet:
    """Put orders into the order of the list's first range: what a capped count reads along."""
    return orders.order_by(*_keys(sort, is_descending=sort.is_descending))


def _keys(sort: Sort, *, is_descending: bool) -> tuple[OrderBy, OrderBy]:
    return OrderBy(sort.key, descending=is_descending), OrderBy(F("pk"), descending=is_descending)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads a page in one statement: its few ids are found first, and only they are joined to buyers and the like."""

    fields: tuple[str, ...]
    order: str
    counting: QuerySet[Any, Any] | None

    def read(self, parts: Iterator[Rows], count: int) -> tuple[list[dict[str, Any]], int]:
        found: list[dict[str, Any]] = []
        counted = 0
        for part in parts:
            rows = self._load(part.values("pk")[: count - len(found)])
            if rows:
                counted = rows[0][0]
            found += [dict(zip(self.fields, row[1:], strict=True)) for row in rows]
            if len(found) >= count:
                break
        return found, counted

    def _load(self, ids: Rows) -> list[tuple[Any, ...]]:
        try:
            where, values = ids.query.sql_with_params()
        except EmptyResultSet:
            return []
        count, counted = self._count()
        text = select_text(Order, self.fields).replace("SELECT ", f"SELECT {count}, ", 1)
        condition = f'"orders_order"."id" = ANY(ARRAY({where}))'
        return fetch(f"{text} WHERE {condition} ORDER BY {self.order}", (*counted, *values))

    def _count(self) -> tuple[str, tuple[Any, ...]]:
        if self.counting is None:
            return "0", ()
        text, values = self.counting.query.sql_with_params()
        return f"(SELECT count(*) FROM ({text}) AS counted)", values  # noqa: S608 # nosec B608 # compiled by the ORM


def _order_text(sort: Sort, *, is_backwards: bool) -> str:
    direction = "DESC" if sort.is_descending != is_backwards else "ASC"
    return f'"orders_order"."{sort.column}" {direction}, "orders_order"."id" {direction}'


def _parts(rows: Rows, sort: Sort, cursor: Cursor | None, *, is_backwards: bool) -> Iterator[Rows]:
    """Yield the ranges that the list consists of, from the cursor on: rows with a value, then rows without."""
    is_descending = sort.is_descending != is_backwards
    ranges: Sequence[bool] = (False, True) if sort.is_nullable else (False,)  # is the value missing?
    if is_backwards:
        ranges = ranges[::-1]
    if cursor is not None:
        ranges = ranges[ranges.index(cursor.value is None) :]
    for is_missing in ranges:
        bound = cursor if cursor is not None and is_missing == (cursor.value is None) else None
        yield _range(rows, sort, bound, is_missing=is_missing, is_descending=is_descending)


def _range(rows: Rows, sort: Sort, bound: Cursor | None, *, is_missing: bool, is_descending: bool) -> Rows:
    if is_missing:
        where = Q(pk__lt=bound.pk) if bound and is_descending else Q(pk__gt=bound.pk) if bound else Q()
        return rows.filter(where, **{f"{sort.column}__isnull": True}).order_by(
            OrderBy(F("pk"), descending=is_descending)
        )
    if bound is not None:
        sign = "<" if is_descending else ">"
        rows = rows.filter(RowComparison(sort.key, F("pk"), Value(bound.value), Value(bound.pk), sign=sign))
    elif sort.is_nullable:
        rows = rows.filter(**{f"{sort.column}__isnull": False})
    return rows.order_by(*_keys(sort, is_descending=is_descending))
