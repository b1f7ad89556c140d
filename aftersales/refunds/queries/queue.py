"""The queue of cases: each tab by keyset along an index, as plain values; and how many cases each tab has."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Q

from aftersales.refunds.models import Refund
from aftersales.refunds.models.cases import RefundQuerySet
from aftersales.refunds.statuses import OPEN_STATES, SHOP_STATES, RefundState
from backoffice.common.models import Store, User
from backoffice.common.statements import fetch, select_text

PAGE_SIZE, COUNT_CAP = 50, 1000
Row = dict[str, Any]
_ALL = Q()
FIELDS = (
    "id", "number", "kind", "phase", "status", "quantity", "amount", "refunded", "reason", "reason_kind", "deadline",
    "status_since", "requested_at", "finished_at", "return_signed_at", "proposed", "intervention", "remark",
    "order__number", "title__text", "line__spec", "sku_code", "buyer__nick", "owner_id", "owner__username",
    "owner__display_name",
)  # fmt: skip
_COLUMNS = {
    "id": '"refunds_refund"."id"',
    "deadline": '"refunds_refund"."deadline"',
    "requested_at": '"refunds_refund"."requested_at"',
    "return_signed_at": '"refunds_refund"."return_signed_at"',
}  # that lists are in the order of
_CURSOR = re.compile(r"([a-z_]{1,20})\.(\d{1,18}|none)\.(\d{1,18})", re.ASCII)
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)


class CaseCursorError(ValueError):
    """The cursor is damaged or belongs to another tab."""


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks at the queue, when, and what counts as due soon."""

    store: Store
    user: User
    now: datetime
    due_soon_hours: int

    @property
    def soon(self) -> datetime:
        return self.now + timedelta(hours=self.due_soon_hours)


@dataclass(frozen=True, slots=True)
class _Tab:
    """A list of cases: which, and in which order. Only a deadline may be missing; such cases come last."""

    where: Callable[[Look], Q]
    key: str = "deadline"
    is_descending: bool = False


_WAITING = Q(status=RefundState.AWAITING_RECEIPT, return_signed_at__isnull=False, inspected_at__isnull=True)


def _in_state(state: RefundState, **order: Any) -> _Tab:
    return _Tab(lambda _look: Q(status=state), **order)


_NEWEST: Mapping[str, Any] = {"key": "requested_at", "is_descending": True}
_TABS: Mapping[str, _Tab] = {
    "open": _Tab(lambda _look: Q(status__in=OPEN_STATES)),
    **{state.value: _in_state(state) for state in OPEN_STATES},
    "succeeded": _in_state(RefundState.SUCCEEDED, **_NEWEST),
    "closed": _in_state(RefundState.CLOSED, **_NEWEST),
    "all": _Tab(lambda _look: Q(), **_NEWEST),
    "due_soon": _Tab(lambda look: Q(status__in=SHOP_STATES, deadline__lt=look.soon)),
    "mine": _Tab(lambda look: Q(status__in=OPEN_STATES, owner=look.user)),
    "to_approve": _Tab(lambda _look: Q(status__in=OPEN_STATES, proposed__isnull=False)),
    "to_inspect": _Tab(lambda _look: _WAITING, key="return_signed_at"),
}
TABS = tuple(_TABS)


@dataclass(frozen=True, slots=True)
class CasePage:
    """Cases in the order of their tab, and the cursors of the pages beside them."""

    rows: list[Row] = field(default_factory=list)
    next: str = ""
    previous: str = ""


def case_page(
    look: Look, *, tab: str, where: Q = _ALL, after: str = "", before: str = "", size: int = PAGE_SIZE
) -> CasePage:
    """Read one page of a tab in one statement; two where it ends with cases that have no deadline.

    Raises:
        KeyError: there is no such tab.
        CaseCursorError: a cursor is damaged or of another tab.
    """
    is_backwards = bool(before) and not after
    cursor = _opened(after or before, tab)
    found = _read(_cases(look, tab, where), _TABS[tab], cursor, size + 1, is_backwards)
    has_more, rows = len(found) > size, found[:size]
    if is_backwards:
        rows.reverse()
    has_next, has_previous = (bool(rows), has_more) if is_backwards else (has_more, bool(cursor and rows))
    return CasePage(rows, _packed(tab, rows[-1]) if has_next else "", _packed(tab, rows[0]) if has_previous else "")


def count_cases(look: Look, *, tab: str, where: Q = _ALL) -> int:
    """Count the cases of a tab; COUNT_CAP + 1 stands for more."""
    return _in_order(look, tab, where).values("pk")[: COUNT_CAP + 1].count()


def case_ids(look: Look, *, tab: str, where: Q = _ALL, limit: int) -> list[int]:
    """Return a tab's first cases, in the order of the tab."""
    return list(_in_order(look, tab, where).values_list("pk", flat=True)[:limit])


def _cases(look: Look, tab: str, where: Q) -> RefundQuerySet:
    return Refund.objects.for_store(look.store).filter(_TABS[tab].where(look) & where)


def _in_order(look: Look, tab: str, where: Q) -> RefundQuerySet:
    chosen = _TABS[tab]
    arrow = "-" if chosen.is_descending else ""
    return _cases(look, tab, where).order_by(f"{arrow}{chosen.key}", f"{arrow}pk")


_Cursor = tuple[datetime | None, int]


def _read(cases: RefundQuerySet, tab: _Tab, cursor: _Cursor | None, count: int, is_backwards: bool) -> list[Row]:  # noqa: FBT001 -- of a page
    """Read on from the cursor: cases that have the key first, then those without, or the other way round."""
    parts = [False, True] if tab.key == "deadline" else [False]  # is the key missing?
    if is_backwards:
        parts.reverse()
    if cursor is not None:
        parts = parts[parts.index(cursor[0] is None) :]
    is_descending = tab.is_descending != is_backwards
    found: list[Row] = []
    for is_missing in parts:
        bound = cursor if cursor is not None and is_missing == (cursor[0] is None) else None
        part = _part(cases, tab, bound, is_missing=is_missing, is_descending=is_descending)
        found += _load(part[: count - len(found)], tab, is_descending=is_descending)
        if len(found) >= count:
            break
    return found


def _part(
    cases: RefundQuerySet, tab: _Tab, bound: _Cursor | None, *, is_missing: bool, is_descending: bool
) -> RefundQuerySet:
    sign, arrow = ("lt", "-") if is_descending else ("gt", "")
    if tab.key == "deadline":
        cases = cases.filter(deadline__isnull=is_missing)
    if bound is not None:
        beyond = Q(**{f"pk__{sign}": bound[1]})
        if not is_missing:
            # the first condition is what an index on the key reads from
            cases = cases.filter(**{f"{tab.key}__{sign}e": bound[0]})
            beyond |= Q(**{f"{tab.key}__{sign}": bound[0]})
        cases = cases.filter(beyond)
    keys = ["pk"] if is_missing else [tab.key, "pk"]
    return cases.order_by(*(f"{arrow}{key}" for key in keys))


def _load(cases: RefundQuerySet, tab: _Tab, *, is_descending: bool) -> list[Row]:
    """Return the values of FIELDS of these few cases, whose ids are found first."""
    try:
        ids, params = cases.values("pk").query.sql_with_params()
    except EmptyResultSet:
        return []
    direction = " DESC" if is_descending else ""
    order = ", ".join([f"{_COLUMNS[name]}{direction}" for name in (tab.key, "id")])
    text = select_text(Refund, FIELDS)
    found = fetch(f"{text} WHERE {_COLUMNS['id']} = ANY(ARRAY({ids})) ORDER BY {order}", params)
    return [dict(zip(FIELDS, row, strict=True)) for row in found]


def _packed(tab: str, row: Row) -> str:
    value = row[_TABS[tab].key]
    return f"{tab}.{'none' if value is None else (value - _EPOCH) // _MICROSECOND}.{row['id']}"


def _opened(token: str, tab: str) -> _Cursor | None:
    if not token:
        return None
    found = _CURSOR.fullmatch(token)
    if found is None or found[1] != tab:
        raise CaseCursorError(token)
    if found[2] == "none":
        if _TABS[tab].key != "deadline":
            raise CaseCursorError(token)
        return None, int(found[3])
    try:
        moment = _EPOCH + int(found[2]) * _MICROSECOND
    except OverflowError as error:
        raise CaseCursorError(token) from error
    if moment > _LATEST:
        raise CaseCursorError(token)
    return moment, int(found[3])


# Counts

_COUNT = "(SELECT count(*) FROM (SELECT FROM refunds_refund WHERE store_id = %(store)s{} LIMIT {}) AS x)"
_OPEN = f" AND status IN ({', '.join(repr(state.value) for state in OPEN_STATES)})"
_SHOP = f" AND status IN ({', '.join(repr(state.value) for state in SHOP_STATES)})"
_PARTS: Mapping[str, str] = {
    "open": _OPEN,
    **{state.value: f" AND status = '{state.value}'" for state in RefundState},
    "all": "",
    "due_soon": f"{_SHOP} AND deadline < %(soon)s",
    "overdue": f"{_SHOP} AND deadline < %(now)s",
    "mine": f"{_OPEN} AND owner_id = %(user)s",
    "to_approve": f"{_OPEN} AND proposed IS NOT NULL",
    "to_inspect": " AND status = 'awaiting_receipt' AND return_signed_at IS NOT NULL AND inspected_at IS NULL",
    "shop": _SHOP,
}


def count_tabs(look: Look, names: tuple[str, ...] = TABS) -> dict[str, int]:
    """Count these tabs, `overdue` and `shop` (the shop's turn) in one statement; COUNT_CAP + 1 stands for more."""
    counts = ", ".join([_COUNT.format(_PARTS[name], COUNT_CAP + 1) for name in names])
    values = {"store": look.store.pk, "user": look.user.pk, "now": look.now, "soon": look.soon}
    (found,) = fetch(f"SELECT {counts}", values)  # nosec B608 -- parts of the code
    return dict(zip(names, found, strict=True))


def nav_counts(store: Store) -> dict[str, int]:
    """Return the number beside the page in the side bar: cases that wait for the shop."""
    statement = f"SELECT {_COUNT.format(_SHOP, COUNT_CAP + 1)}"  # nosec B608 -- parts of the code
    return {"aftersales": fetch(statement, {"store": store.pk})[0][0]}
