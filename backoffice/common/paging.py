"""Keyset pages of lists that are ordered by id, newest first: no OFFSET, no COUNT."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict

PAGE_SIZE = 50
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class IdPage(Generic[Row]):
    rows: list[Row]
    next_url: str
    previous_url: str


def page_by_id(rows: QuerySet[Row], query: QueryDict, *, size: int = PAGE_SIZE) -> IdPage[Row]:
    """Return the page that `after` or `before` (ids) in the query names; a value that is no id gives the first page."""
    after, before = _id(query.get("after")), _id(query.get("before"))
    if before is not None:
        found = list(rows.filter(pk__gt=before).order_by("pk")[: size + 1])
        shown = found[:size][::-1]
        return _page(shown, query, has_next=True, has_previous=len(found) > size)
    found = list((rows.filter(pk__lt=after) if after is not None else rows).order_by("-pk")[: size + 1])
    return _page(found[:size], query, has_next=len(found) > size, has_previous=after is not None)


def _page(rows: list[Row], query: QueryDict, *, has_next: bool, has_previous: bool) -> IdPage[Row]:
    return IdPage(
        rows,
        _url(query, "after", rows[-1].pk) if rows and has_next else "",
        _url(query, "before", rows[0].pk) if rows and has_previous else "",
    )


def _url(query: QueryDict, key: str, value: int) -> str:
    copy = query.copy()
    copy.pop("after", None)
    copy.pop("before", None)
    copy[key] = str(value)
    return f"?{copy.urlencode()}"


def _id(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None  # noqa: PLR2004 -- bigint
