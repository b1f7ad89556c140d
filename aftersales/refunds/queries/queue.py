"""The queue of cases: each tab by keyset along an index, as plain values; and how many cases each tab has."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db.models import Q

from aftersales.refunds.models import Refund, RefundPolicy
from aftersales.refunds.statuses import OPEN_STATES, SHOP_STATES, RefundState
from backoffice.common.models import Store, User
from backoffice.common.statements import fetch, literals

PAGE_SIZE, COUNT_CAP = 50, 1000
Row = dict[str, Any]
_ALL = Q()
_USUAL_HOURS: int = RefundPolicy._meta.get_field("due_soon_hours").default  # noqa: SLF001 -- public in Django's documentation
FIELDS = (
    "id", "number", "kind", "phase", "status", "quantity", "amount", "refunded", "reason", "reason_kind", "deadline",
    "status_since", "requested_at", "finished_at", "return_signed_at", "proposed", "intervention", "remark",
    "order__number", "title__text", "line__spec", "sku_code", "buyer__nick", "owner_id", "owner__username",
    "owner__display_name",
)  # fmt: skip
# What a case belongs to is looked up for the few rows of a page: to plan six joins takes longer than to read them
_ELSEWHERE: Mapping[str, str] = {
    "order__number": "(SELECT number FROM orders_order WHERE id = r.order_id)",
    "title__text": "(SELECT text FROM orders_producttitle WHERE id = r.title_id)",
    "line__spec": "(SELECT spec FROM orders_orderline WHERE id = r.line_id)",
    "buyer__nick": "(SELECT nick FROM orders_buyer WHERE id = r.buyer_id)",
    "owner__username": "u.username",
    "owner__display_name": "u.display_name",
}
_ROWS = f"""
SELECT {", ".join(_ELSEWHERE.get(name, f"r.{name}") for name in FIELDS)}
FROM refunds_refund r LEFT JOIN common_user u ON u.id = r.owner_id
WHERE r.id = ANY(ARRAY({{ids}})) ORDER BY {{order}}
"""  # noqa: S608 -- names of the code
_CAPPED = f"LIMIT {COUNT_CAP + 1}) AS x"
_TOTAL = f"SELECT count(*) FROM (SELECT {{}} {_CAPPED}"  # noqa: S608 -- as above
_CURSOR = re.compile(r"([a-z_]{1,20})\.(\d{1,18}|none)\.(\d{1,18})", re.ASCII)
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)


class CaseCursorError(ValueError):
    """The cursor is damaged or belongs to another tab."""


def due_soon_hours_of(store: Store) -> int:
    """Return how many hours before its deadline a case counts as due soon; a shop that said nothing has the usual."""
    rows = fetch("SELECT due_soon_hours FROM refunds_refundpolicy WHERE store_id = %s", [store.pk])
    return rows[0][0] if rows else _USUAL_HOURS


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

    @property
    def user_id(self) -> int:
        return self.user.pk


_OPEN, _SHOP = (f" AND status IN {literals(states)}" for states in (OPEN_STATES, SHOP_STATES))
_SENT_BACK = f" AND status = '{RefundState.AWAITING_RECEIPT.value}'"


@dataclass(frozen=True, slots=True)
class _Tab:
    """A list of cases: which, and in which order. Only a deadline may be missing; such cases come last."""

    where: str  # worded as the conditions of the indexes are
    value: str = ""  # that stands for its placeholder, of a Look
    key: str = "deadline"
    is_descending: bool = False


def _in_state(state: RefundState, **order: Any) -> _Tab:
    return _Tab(f" AND status = '{state.value}'", **order)


_NEWEST: Mapping[str, Any] = {"key": "requested_at", "is_descending": True}
_STATES: Mapping[str, _Tab] = {
    **{state.value: _in_state(state) for state in OPEN_STATES},
    "succeeded": _in_state(RefundState.SUCCEEDED, **_NEWEST),
    "closed": _in_state(RefundState.CLOSED, **_NEWEST),
}
_SUBS: Mapping[str, _Tab] = {
    "due_soon": _Tab(f"{_SHOP} AND deadline < %s", "soon"),
    "mine": _Tab(f"{_OPEN} AND owner_id = %s", "user_id"),
    "to_approve": _Tab(f"{_OPEN} AND proposed IS NOT NULL"),
    "to_inspect": _Tab(
        f"{_SENT_BACK} AND return_signed_at IS NOT NULL AND inspected_at IS NULL", key="return_signed_at"
    ),
}
_TABS: Mapping[str, _Tab] = {"open": _Tab(_OPEN), **_STATES, "all": _Tab("", **_NEWEST), **_SUBS}
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
    found = _read(_found(look, tab, where), _TABS[tab], cursor, size + 1, is_backwards)
    has_more, rows = len(found) > size, found[:size]
    if is_backwards:
        rows.reverse()
    has_next, has_previous = (bool(rows), has_more) if is_backwards else (has_more, bool(cursor and rows))
    return CasePage(rows, _packed(tab, rows[-1]) if has_next else "", _packed(tab, rows[0]) if has_previous else "")


def count_cases(look: Look, *, tab: str, where: Q = _ALL) -> int:
    """Count the cases of a tab, along the index that the list is read from; COUNT_CAP + 1 stands for more."""
    found = _found(look, tab, where)
    return int(fetch(_TOTAL.format(found.text + _order(tab)), found.values)[0][0])


def case_ids(look: Look, *, tab: str, where: Q = _ALL, limit: int) -> list[int]:
    """Return a tab's first cases, in the order of the tab."""
    found = _found(look, tab, where)
    return [pk for (pk,) in fetch(f"SELECT id {found.text}{_order(tab)} LIMIT %s", [*found.values, limit])]


def _order(tab: str) -> str:
    arrow = " DESC" if _TABS[tab].is_descending else ""
    return f" ORDER BY {_TABS[tab].key}{arrow}, id{arrow}"


class _Found(NamedTuple):
    """`FROM … WHERE …` of cases, and the values of its placeholders."""

    text: str
    values: list[Any]


def _found(look: Look, tab: str, where: Q) -> _Found:
    chosen = _TABS[tab]
    text, values = f"FROM refunds_refund WHERE store_id = %s{chosen.where}", [look.store.pk, *_given(look, chosen)]
    if not where:
        return _Found(text, values)
    condition, params = _compiled(where)
    return _Found(f"{text} AND {condition}", [*values, *params])


def _given(look: Look, tab: _Tab) -> list[Any]:
    return [getattr(look, tab.value)] if tab.value else []


def _compiled(where: Q) -> tuple[str, Sequence[Any]]:
    """Return a condition as SQL, which the ORM makes."""
    try:
        text, params = Refund.objects.filter(where).order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return "false", ()
    head, _word, condition = text.partition(" WHERE ")
    if not head.endswith('FROM "refunds_refund"'):
        raise TypeError(where)  # the lists read from nothing else
    return condition, params


_Cursor = tuple[datetime | None, int]


def _read(cases: _Found, tab: _Tab, cursor: _Cursor | None, count: int, is_backwards: bool) -> list[Row]:  # noqa: FBT001 -- of a page
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
        text, values = _part(cases, tab, bound, is_missing=is_missing, is_descending=is_descending)
        direction = " DESC" if is_descending else ""
        order = f"r.{tab.key}{direction}, r.id{direction}"
        rows = fetch(_ROWS.format(ids=text, order=order), [*values, count - len(found)])
        found += [dict(zip(FIELDS, row, strict=True)) for row in rows]
        if len(found) >= count:
            break
    return found


def _part(cases: _Found, tab: _Tab, bound: _Cursor | None, *, is_missing: bool, is_descending: bool) -> _Found:
    """Return the statement for the ids of some cases; the last placeholder is for how many."""
    sign, direction = ("<", " DESC") if is_descending else (">", "")
    text, values = f"SELECT id {cases.text}", list(cases.values)
    if tab.key == "deadline":
        text += f" AND deadline IS {'' if is_missing else 'NOT '}NULL"
    if bound is not None and is_missing:
        text, values = f"{text} AND id {sign} %s", [*values, bound[1]]
    elif bound is not None:
        # so worded that an index on the key is read from there on
        text, values = f"{text} AND ({tab.key}, id) {sign} (%s, %s)", [*values, *bound]
    key = "" if is_missing else f"{tab.key}{direction}, "
    return _Found(f"{text} ORDER BY {key}id{direction} LIMIT %s", values)


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

_COUNT = f"({_TOTAL.format('FROM refunds_refund WHERE store_id = %s{}')})"
# for all states at once, so that it is planned once
_BY_STATE = f"""ARRAY(
    SELECT (SELECT count(*) FROM (SELECT FROM refunds_refund r WHERE r.store_id = %s AND r.status = s.state {_CAPPED})
    FROM unnest(%s::text[]) AS s(state))"""  # noqa: S608 -- names of the code
_SUMS: Mapping[str, frozenset[str]] = {
    "open": frozenset(OPEN_STATES),
    "all": frozenset(_STATES),
    **{state: frozenset([state]) for state in _STATES},
}
_COUNTED: Mapping[str, _Tab] = {**_SUBS, "overdue": _Tab(f"{_SHOP} AND deadline < %s", "now")}
STATE_TABS, SUB_TABS = tuple(name for name in TABS if name in _SUMS), tuple(_SUBS)


def count_tabs(look: Look, names: tuple[str, ...] = TABS) -> dict[str, int]:
    """Count these tabs, and `overdue`, in one statement; COUNT_CAP + 1 stands for more."""
    wanted = {name: _SUMS[name] for name in names if name in _SUMS}
    states = [state for state in _STATES if any(state in sums for sums in wanted.values())]
    others = [name for name in names if name in _COUNTED]
    texts, values = [_BY_STATE], [look.store.pk, states]
    for name in others:
        texts.append(_COUNT.format(_COUNTED[name].where))
        values += [look.store.pk, *_given(look, _COUNTED[name])]
    ((by_state, *counts),) = fetch(f"SELECT {', '.join(texts)}", values)  # nosec B608 -- parts of the code
    of_state = dict(zip(states, by_state, strict=True))
    sums = {name: min(sum(of_state[state] for state in parts), COUNT_CAP + 1) for name, parts in wanted.items()}
    return sums | dict(zip(others, counts, strict=True))


def nav_counts(store: Store) -> dict[str, int]:
    """Return the number beside the page in the side bar: cases that wait for the shop."""
    statement = f"SELECT {_COUNT.format(_SHOP)}"  # nosec B608 -- parts of the code
    return {"aftersales": fetch(statement, [store.pk])[0][0]}
