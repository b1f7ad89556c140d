"""The pages of the review inbox: by keyset, each read from an index, as plain values."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Q

from aftersales.reviews.models import Review, ReviewQuerySet
from aftersales.reviews.queries.conditions import SAMPLE_STORE, Dressed
from aftersales.reviews.queries.tabs import COUNT_CAP, TABS, Tab
from backoffice.common.models import Store
from backoffice.common.statements import fetch, select_text

PAGE_SIZE = 50
Row = dict[str, Any]
FIELDS = (
    "id", "text", "follow_up", "is_default", "result", "stars", "nick", "order_number", "order_id", "reviewed_at",
    "followed_up_at", "reply", "reply_state", "replied_at", "read_at", "sentiment", "title__text", "line__spec",
    "replied_by__username", "replied_by__display_name", "task__id", "task__state", "task__deadline", "task__owner_id",
    "task__owner__username", "task__owner__display_name",
)  # fmt: skip
_COLUMNS = {
    "id": '"reviews_review"."id"',
    "reviewed_at": '"reviews_review"."reviewed_at"',
    "followed_up_at": '"reviews_review"."followed_up_at"',
    "task__deadline": '"reviews_reviewtask"."deadline"',
    "task__id": '"reviews_reviewtask"."id"',
}  # that lists are in the order of
_CURSOR = re.compile(r"([a-z_]{1,20})\.(\d{1,18})\.(\d{1,18})", re.ASCII)
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)


class ReviewCursorError(ValueError):
    """The cursor is damaged or belongs to another tab."""


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """Reviews in the order of their tab, and the cursors of the pages beside them."""

    rows: list[Row] = field(default_factory=list)
    next: str = ""
    previous: str = ""


def review_page(
    store: Store, *, tab: str, where: Q, first: Sequence[int] = (), after: str = "", before: str = "",
    size: int = PAGE_SIZE,
) -> ReviewPage:  # fmt: skip
    """Read one page of a tab in one statement; `first` are the ids at the top of the list where they are known.

    Raises:
        KeyError: there is no such tab.
        ReviewCursorError: a cursor is damaged or of another tab.
    """
    chosen, is_backwards = TABS[tab], bool(before) and not after
    cursor = _opened(after or before, tab)
    if cursor is None and len(first) > size:
        where = Q(pk__in=first[: size + 1])
    if where or cursor is not None:
        reviews = chosen.of(Review.objects.for_store(store), store).filter(where)
        ids = _compiled(_beyond(reviews, chosen, cursor, is_backwards), size + 1)
    else:
        ids = _top(store, tab, size + 1)
    found = _load(ids, chosen, is_backwards) if ids is not None else []
    has_more, rows = len(found) > size, found[:size]
    if is_backwards:
        rows.reverse()
    has_next, has_previous = (bool(rows), has_more) if is_backwards else (has_more, bool(cursor and rows))
    return ReviewPage(
        rows, _packed(tab, rows[-1]) if has_next else "", _packed(tab, rows[0]) if has_previous else ""
    )  # fmt: skip


_Cursor = tuple[datetime, int]


def _beyond(reviews: ReviewQuerySet, tab: Tab, cursor: _Cursor | None, is_backwards: bool) -> ReviewQuerySet:  # noqa: FBT001 -- of a page
    sign = "lt" if tab.is_descending != is_backwards else "gt"
    if cursor is not None:
        # the first condition is what an index on the key reads from; the second has to keep it from other ways
        reviews = reviews.filter(**{f"{tab.key}__{sign}e": cursor[0]})
        beyond = Q(**{f"{tab.key}__{sign}": cursor[0]}) | Q(**{f"{tab.pk}__{sign}": cursor[1]})
        reviews = reviews.filter(Dressed(beyond))
    return reviews.order_by(*tab.order(is_backwards=is_backwards))


_Ids = tuple[str, Sequence[Any]]


def _compiled(reviews: ReviewQuerySet, count: int) -> _Ids | None:
    """Return the statement for the ids of these reviews; None where they cannot be any."""
    try:
        return reviews.values("pk")[:count].query.sql_with_params()
    except EmptyResultSet:
        return None


def _top(store: Store, tab: str, count: int) -> _Ids:
    """Return the statement for the top of a tab that nothing narrows."""
    text, params = _compiled_top(tab, count)
    return text, [store.pk if param == SAMPLE_STORE.pk else param for param in params]


@cache
def _compiled_top(tab: str, count: int) -> _Ids:
    chosen = TABS[tab]
    reviews = chosen.of(Review.objects.for_store(SAMPLE_STORE), SAMPLE_STORE)
    return reviews.order_by(*chosen.order()).values("pk")[:count].query.sql_with_params()


def _load(found_ids: _Ids, tab: Tab, is_backwards: bool) -> list[Row]:  # noqa: FBT001 -- of a page
    """Return the values of FIELDS of these few reviews, whose ids are found first."""
    ids, params = found_ids
    direction = " DESC" if tab.is_descending != is_backwards else ""
    order = ", ".join([f"{_COLUMNS[name]}{direction}" for name in (tab.key, tab.pk)])
    text = select_text(Review, FIELDS)
    found = fetch(f"{text} WHERE {_COLUMNS['id']} = ANY(ARRAY({ids})) ORDER BY {order}", params)
    return [dict(zip(FIELDS, row, strict=True)) for row in found]


def count_reviews(store: Store, *, tab: str, where: Q) -> int:
    """Count the reviews of a tab; COUNT_CAP + 1 stands for more."""
    reviews = TABS[tab].of(Review.objects.for_store(store), store).filter(where)
    return _beyond(reviews, TABS[tab], None, is_backwards=False).values("pk")[: COUNT_CAP + 1].count()


def review_ids(store: Store, *, tab: str, where: Q, limit: int) -> list[int]:
    """Return a tab's first reviews, in the order of the tab."""
    reviews = TABS[tab].of(Review.objects.for_store(store), store).filter(where)
    return list(_beyond(reviews, TABS[tab], None, is_backwards=False).values_list("pk", flat=True)[:limit])


def _packed(tab: str, row: Row) -> str:
    chosen = TABS[tab]
    return f"{tab}.{(row[chosen.key] - _EPOCH) // _MICROSECOND}.{row[chosen.pk]}"


def _opened(token: str, tab: str) -> _Cursor | None:
    if not token:
        return None
    found = _CURSOR.fullmatch(token)
    if found is None or found[1] != tab:
        raise ReviewCursorError(token)
    try:
        moment = _EPOCH + int(found[2]) * _MICROSECOND
    except OverflowError as error:
        raise ReviewCursorError(token) from error
    if moment > _LATEST:
        raise ReviewCursorError(token)
    return moment, int(found[3])
