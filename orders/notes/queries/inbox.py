"""The note inbox: lists by keyset, each read from an index, and the counts of its tabs."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db.models import F, Prefetch, Q
from django.utils.dateparse import parse_datetime

from backoffice.common.models import Store, User
from backoffice.common.statements import fetch
from orders.core.models import OrderLine
from orders.core.statuses import OPEN_STATUSES, NoteState
from orders.notes.models import BuyerNote, BuyerNoteQuerySet
from orders.notes.queries.rows import Row, load_rows
from orders.notes.statuses import UNHANDLED, BuyerNoteState

PAGE_SIZE, MAX_PAGE_SIZE = 50, 100
COUNT_CAP = 1000
_ALL = Q()
_SHIP_BY = "order__ship_by"
_Note = TypeVar("_Note")


@dataclass(frozen=True, slots=True)
class _Tab:
    """A list of notes: which, and in which order. The key may be NULL only for the order's ship-by time."""

    rows: Callable[[BuyerNoteQuerySet, User], BuyerNoteQuerySet]
    key: str = "received_at"
    is_descending: bool = False

    @property
    def pk(self) -> str:
        return "order_id" if self.key == _SHIP_BY else "id"

    def of(self, notes: BuyerNoteQuerySet, store: Store, user: User) -> BuyerNoteQuerySet:
        """Return the tab's notes; those by deadline are read from an index on the store's orders."""
        return self.rows(notes.filter(order__store=store) if self.key == _SHIP_BY else notes, user)


def _in_state(state: BuyerNoteState) -> _Tab:
    return _Tab(lambda notes, _user: notes.filter(state=state))


_TABS: Mapping[str, _Tab] = {
    "todo": _Tab(
        lambda notes, _user: notes.filter(order__status__in=OPEN_STATUSES, order__note_state=NoteState.UNHANDLED),
        key=_SHIP_BY,
    ),
    "mine": _Tab(lambda notes, user: notes.filter(assignee=user, state__in=UNHANDLED), key=_SHIP_BY),
    "unread": _in_state(BuyerNoteState.UNREAD),
    "recognised": _in_state(BuyerNoteState.RECOGNISED),
    "needs_info": _in_state(BuyerNoteState.NEEDS_INFO),
    "manual": _in_state(BuyerNoteState.MANUAL),
    "changed_after_print": _Tab(
        lambda notes, _user: notes.filter(
            changed_after_print=True, order__status__in=OPEN_STATUSES, order__printed_at__lt=F("received_at")
        ),
        is_descending=True,
    ),
    "handled": _Tab(lambda notes, _user: notes.filter(handled_at__isnull=False), key="handled_at", is_descending=True),
    "all": _Tab(lambda notes, _user: notes, is_descending=True),
}
TABS = tuple(_TABS)


@dataclass(frozen=True, slots=True)
class NotePage(Generic[_Note]):
    """Notes in the order of their tab, and the cursors of the pages beside them."""

    rows: list[_Note]
    next: str = ""
    previous: str = ""


class NoteCursorError(ValueError):
    """The cursor is damaged or belongs to another tab."""


def note_inbox(
    store: Store,
    user: User,
    *,
    tab: str = "todo",
    kind: str = "",
    where: Q = _ALL,
    after: str = "",
    before: str = "",
    size: int = PAGE_SIZE,
) -> NotePage[BuyerNote]:
    """Read one page of a tab in two statements (three at its end), with order, buyer, lines and people.

    It may be narrowed to a NoteType and a condition on notes.

    Raises:
        KeyError: there is no such tab.
        NoteCursorError: a cursor is damaged or of another tab.
    """
    notes = _TABS[tab].of(_listed(store), store, user).filter(where)
    if kind:
        notes = notes.filter(types__contains=[kind])
    return _paged(_Reader(tab, notes, _objects, cursor_of), after, before, size)


def inbox_rows(
    store: Store,
    user: User,
    *,
    tab: str,
    where: Q = _ALL,
    after: str = "",
    before: str = "",
    size: int | None = None,
    whole: int | None = None,
) -> NotePage[Row]:
    """Read one page of a tab as the values that a list shows, in one statement (two at its end).

    `whole` is how many notes the list has, where that is known: when they have been read, nothing is looked for.

    Raises:
        KeyError: there is no such tab.
        NoteCursorError: a cursor is damaged or of another tab.
    """
    chosen = _TABS[tab]
    notes = chosen.of(BuyerNote.objects.for_store(store), store, user).filter(where)

    def load(part: BuyerNoteQuerySet, is_descending: bool) -> list[Row]:  # noqa: FBT001 -- of a reader
        return load_rows(part, (chosen.key, chosen.pk), is_descending=is_descending)

    def place(row: Row, name: str) -> str:
        return _packed(name, row[chosen.key], row[chosen.pk])

    return _paged(_Reader(tab, notes, load, place, whole), after, before, PAGE_SIZE if size is None else size)


@dataclass(frozen=True, slots=True)
class _Reader(Generic[_Note]):
    """What a page is read from, how a part of it is loaded, and the cursor of what was loaded."""

    tab: str
    notes: BuyerNoteQuerySet
    load: Callable[[BuyerNoteQuerySet, bool], list[_Note]]  # the second says which way the part is sorted
    cursor: Callable[[_Note, str], str]
    whole: int | None = None


def _objects(part: BuyerNoteQuerySet, _is_descending: bool) -> list[BuyerNote]:  # noqa: FBT001 -- of a reader
    return list(part)


def _paged(reader: _Reader[_Note], after: str, before: str, size: int) -> NotePage[_Note]:
    is_backwards = bool(before) and not after
    cursor = _opened(after or before, reader.tab)
    size = max(1, min(size, MAX_PAGE_SIZE))
    found = _read(reader, cursor, size + 1, is_backwards=is_backwards)
    has_more, rows = len(found) > size, found[:size]
    if is_backwards:
        rows.reverse()
    has_next, has_previous = (bool(rows), has_more) if is_backwards else (has_more, bool(cursor and rows))
    return NotePage(
        rows,
        reader.cursor(rows[-1], reader.tab) if has_next else "",
        reader.cursor(rows[0], reader.tab) if has_previous else "",
    )


_COUNTED = "SELECT count(*) FROM ({}) AS notes"  # by hand: half the work of .count()


def count_inbox(store: Store, user: User, *, tab: str, where: Q = _ALL) -> int:
    """Count the notes of a tab; COUNT_CAP + 1 stands for more.

    Raises:
        KeyError: there is no such tab.
    """
    try:
        text, params = _in_order(store, user, tab, where).values("pk")[: COUNT_CAP + 1].query.sql_with_params()
    except EmptyResultSet:
        return 0
    ((count,),) = fetch(_COUNTED.format(text), params)
    return int(count)


def inbox_order_ids(store: Store, user: User, *, tab: str, where: Q = _ALL, limit: int) -> list[int]:
    """Return the orders of a tab's first notes, in the order of the tab.

    Raises:
        KeyError: there is no such tab.
    """
    return list(_in_order(store, user, tab, where).values_list("order_id", flat=True)[:limit])


def _in_order(store: Store, user: User, tab: str, where: Q) -> BuyerNoteQuerySet:
    """Return the whole tab in its order: read from the start of the index that its pages are read from."""
    chosen = _TABS[tab]
    arrow = "-" if chosen.is_descending else ""
    notes = chosen.of(BuyerNote.objects.for_store(store), store, user)
    return notes.filter(where).order_by(arrow + chosen.key, arrow + chosen.pk)


def _listed(store: Store) -> BuyerNoteQuerySet:
    lines = OrderLine.objects.select_related("title").order_by("position", "pk")
    notes = BuyerNote.objects.for_store(store).select_related("order__buyer", "assignee", "handled_by")
    return notes.prefetch_related(Prefetch("order__lines", queryset=lines))


_Cursor = tuple[datetime | None, int]


def _read(reader: _Reader[_Note], cursor: _Cursor | None, count: int, *, is_backwards: bool) -> list[_Note]:
    """Read on from the cursor: notes that have the key first, then those without, or the other way round."""
    tab = _TABS[reader.tab]
    is_descending = tab.is_descending != is_backwards
    parts = [False, True] if tab.key == _SHIP_BY else [False]  # is the key missing?
    if is_backwards:
        parts.reverse()
    if cursor is not None:
        parts = parts[parts.index(cursor[0] is None) :]
    if reader.whole is not None and cursor is None:
        count = min(count, reader.whole)
    found: list[_Note] = []
    for is_missing in parts if count else ():
        bound = cursor if cursor is not None and is_missing == (cursor[0] is None) else None
        part = _part(reader.notes, tab, bound, is_missing=is_missing, is_descending=is_descending)
        found += reader.load(part[: count - len(found)], is_descending)
        if len(found) >= count:
            break
    return found


def _part(
    notes: BuyerNoteQuerySet, tab: _Tab, bound: _Cursor | None, *, is_missing: bool, is_descending: bool
) -> BuyerNoteQuerySet:
    sign, arrow = ("lt", "-") if is_descending else ("gt", "")
    if tab.key == _SHIP_BY:
        notes = notes.filter(**{f"{tab.key}__isnull": is_missing})
    if bound is not None:
        beyond = Q(**{f"{tab.pk}__{sign}": bound[1]})
        if not is_missing:
            # the first condition is what an index on the key reads from
            notes = notes.filter(**{f"{tab.key}__{sign}e": bound[0]})
            beyond |= Q(**{f"{tab.key}__{sign}": bound[0]})
        notes = notes.filter(beyond)
    keys = [tab.pk] if is_missing else [tab.key, tab.pk]
    return notes.order_by(*(f"{arrow}{key}" for key in keys))


def cursor_of(note: BuyerNote, tab: str) -> str:
    """Return the cursor of a note, whose order is loaded: what `after` and `before` take to find its neighbours."""
    chosen = _TABS[tab]
    value: datetime | None = note.order.ship_by if chosen.key == _SHIP_BY else getattr(note, chosen.key)
    return _packed(tab, value, getattr(note, chosen.pk))


def _packed(tab: str, value: datetime | None, pk: int) -> str:
    packed = json.dumps([tab, value and value.isoformat(), pk], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _opened(token: str, tab: str) -> _Cursor | None:
    if not token:
        return None
    try:
        made_for, text, pk = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        value = None if text is None else parse_datetime(text)
    except (binascii.Error, UnicodeDecodeError, ValueError, TypeError) as error:
        raise NoteCursorError(token) from error
    is_nullable = _TABS[tab].key == _SHIP_BY
    if made_for != tab or type(pk) is not int or not 0 <= pk < 1 << 63:
        raise NoteCursorError(token)
    if value is None and (text is not None or not is_nullable):
        raise NoteCursorError(token)
    return value, pk


def inbox_counts(store: Store, user: User) -> dict[str, int]:
    """Count the notes of each tab but `handled` and `all`, in one statement; COUNT_CAP + 1 stands for more.

    A function of the database (migration 0008) counts, since planning its seven counts takes longer than they do.
    """
    counts = fetch("SELECT tab, notes FROM notes_inbox_counts(%s, %s, %s)", [store.pk, user.pk, COUNT_CAP + 1])
    return dict(counts)
