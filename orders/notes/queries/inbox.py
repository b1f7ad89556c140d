"""The note inbox: lists by keyset, each read from an index, and the counts of its tabs."""

import base64
import binascii
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import F, Prefetch, Q, QuerySet
from django.utils.dateparse import parse_datetime

from backoffice.common.models import Store, User
from orders.core.models import OrderLine
from orders.core.statuses import OPEN_STATUSES, NoteState
from orders.notes.models import BuyerNote, BuyerNoteQuerySet
from orders.notes.statuses import UNHANDLED, BuyerNoteState

PAGE_SIZE, MAX_PAGE_SIZE = 50, 100
COUNT_CAP = 1000
_ALL = Q()
# what a row of the page shows of a note, its order and its people
ROW_COLUMNS = (
    "state", "types", "text", "findings", "negotiation", "changed_after_print", "version_count", "outcome",
    "handled_at", "received_at", "order__number", "order__ship_by", "assignee__username", "assignee__display_name",
    "handled_by__username", "handled_by__display_name",
)  # fmt: skip

_Rows = QuerySet[BuyerNote, BuyerNote]


@dataclass(frozen=True, slots=True)
class _Tab:
    """A list of notes: which, and in which order. The key may be NULL only for the order's ship-by time."""

    rows: Callable[[BuyerNoteQuerySet, User], BuyerNoteQuerySet]
    key: str = "received_at"
    is_descending: bool = False

    @property
    def pk(self) -> str:
        return "order_id" if self.key == "order__ship_by" else "pk"


def _in_state(state: BuyerNoteState) -> _Tab:
    return _Tab(lambda notes, _user: notes.filter(state=state))


_TABS: Mapping[str, _Tab] = {
    "todo": _Tab(
        lambda notes, _user: notes.filter(order__status__in=OPEN_STATUSES, order__note_state=NoteState.UNHANDLED),
        key="order__ship_by",
    ),
    "mine": _Tab(lambda notes, user: notes.filter(assignee=user, state__in=UNHANDLED), key="order__ship_by"),
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
class NotePage:
    """Notes in the order of their tab, with order, buyer, lines and people; the cursors of the pages beside them."""

    rows: list[BuyerNote]
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
    only: Sequence[str] = (),
) -> NotePage:
    """Read one page of a tab in two statements (three at its end), narrowed to a NoteType and a condition on notes.

    With `only`, the columns of ROW_COLUMNS and the like, nothing else is loaded: no buyer, no lines.

    Raises:
        KeyError: there is no such tab.
        NoteCursorError: a cursor is damaged or of another tab.
    """
    chosen = _TABS[tab]
    notes = chosen.rows(_listed(store, only), user).filter(where)
    if kind:
        notes = notes.filter(types__contains=[kind])
    is_backwards = bool(before) and not after
    cursor = _opened(after or before, tab)
    size = max(1, min(size, MAX_PAGE_SIZE))
    found = _read(notes, chosen, cursor, size + 1, is_backwards=is_backwards)
    has_more, rows = len(found) > size, found[:size]
    if is_backwards:
        rows.reverse()
    has_next, has_previous = (bool(rows), has_more) if is_backwards else (has_more, bool(cursor and rows))
    return NotePage(
        rows,
        cursor_of(rows[-1], tab) if has_next else "",
        cursor_of(rows[0], tab) if has_previous else "",
    )


def count_inbox(store: Store, user: User, *, tab: str, where: Q = _ALL) -> int:
    """Count the notes of a tab; COUNT_CAP + 1 stands for more.

    Raises:
        KeyError: there is no such tab.
    """
    return _in_order(store, user, tab, where).values("pk")[: COUNT_CAP + 1].count()


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
    notes = chosen.rows(BuyerNote.objects.for_store(store).filter(order__store=store), user)
    return notes.filter(where).order_by(arrow + chosen.key, arrow + chosen.pk)


def _listed(store: Store, only: Sequence[str]) -> BuyerNoteQuerySet:
    notes = BuyerNote.objects.for_store(store).filter(order__store=store)
    if only:
        return notes.select_related("order", "assignee", "handled_by").only(*only)
    lines = OrderLine.objects.select_related("title").order_by("position", "pk")
    return notes.select_related("order__buyer", "assignee", "handled_by").prefetch_related(
        Prefetch("order__lines", queryset=lines)
    )


@dataclass(frozen=True, slots=True)
class ShownLine:
    """What a row shows of a line."""

    title: str
    spec: str


_LINES = """
SELECT l.order_id, t.text, CASE WHEN l.agreed_spec = '' THEN l.spec ELSE l.agreed_spec END
FROM orders_orderline l JOIN orders_producttitle t ON t.id = l.title_id
WHERE l.order_id = ANY(%s) ORDER BY l.order_id, l.position, l.id
"""


def lines_of_notes(notes: Iterable[BuyerNote]) -> dict[int, list[ShownLine]]:
    """Return the lines of the notes' orders, by order, in one statement."""
    found: dict[int, list[ShownLine]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [[note.order_id for note in notes]])
        for order_id, title, spec in cursor.fetchall():
            found[order_id].append(ShownLine(title, spec))
    return found


_Cursor = tuple[datetime | None, int]


def _read(
    notes: BuyerNoteQuerySet, tab: _Tab, cursor: _Cursor | None, count: int, *, is_backwards: bool
) -> list[BuyerNote]:
    """Read on from the cursor: notes that have the key first, then those without, or the other way round."""
    is_descending = tab.is_descending != is_backwards
    parts = [False, True] if tab.key == "order__ship_by" else [False]  # is the key missing?
    if is_backwards:
        parts.reverse()
    if cursor is not None:
        parts = parts[parts.index(cursor[0] is None) :]
    found: list[BuyerNote] = []
    for is_missing in parts:
        bound = cursor if cursor is not None and is_missing == (cursor[0] is None) else None
        part = _part(notes, tab, bound, is_missing=is_missing, is_descending=is_descending)
        found += part[: count - len(found)]
        if len(found) >= count:
            break
    return found


def _part(
    notes: BuyerNoteQuerySet, tab: _Tab, bound: _Cursor | None, *, is_missing: bool, is_descending: bool
) -> BuyerNoteQuerySet:
    sign, arrow = ("lt", "-") if is_descending else ("gt", "")
    if tab.key == "order__ship_by":
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
    value: datetime | None = note.order.ship_by if chosen.key == "order__ship_by" else getattr(note, chosen.key)
    pk = note.order_id if chosen.pk == "order_id" else note.pk
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
    is_nullable = _TABS[tab].key == "order__ship_by"
    if made_for != tab or type(pk) is not int or not 0 <= pk < 1 << 63:
        raise NoteCursorError(token)
    if value is None and (text is not None or not is_nullable):
        raise NoteCursorError(token)
    return value, pk


_COUNTS = """
SELECT 'todo', count(*) FROM (
    SELECT FROM orders_order WHERE store_id = %(store)s AND status IN ('pending_shipment', 'partially_shipped')
        AND note_state = 'unhandled' LIMIT %(cap)s) AS counted
UNION ALL SELECT 'mine', count(*) FROM (
    SELECT FROM notes_buyernote WHERE assignee_id = %(user)s AND store_id = %(store)s
        AND state IN ('unread', 'recognised', 'needs_info', 'manual') LIMIT %(cap)s) AS counted
UNION ALL SELECT 'changed_after_print', count(*) FROM (
    SELECT FROM notes_buyernote n JOIN orders_order o ON o.id = n.order_id
    WHERE n.store_id = %(store)s AND n.changed_after_print AND o.status IN ('pending_shipment', 'partially_shipped')
        AND o.printed_at < n.received_at LIMIT %(cap)s) AS counted
UNION ALL SELECT s.state, (SELECT count(*) FROM (
    SELECT FROM notes_buyernote n WHERE n.store_id = %(store)s AND n.state = s.state LIMIT %(cap)s) AS counted)
FROM unnest(ARRAY['unread', 'recognised', 'needs_info', 'manual']) AS s (state)
"""


def inbox_counts(store: Store, user: User) -> dict[str, int]:
    """Count the notes of each tab but `handled` and `all`, in one statement; COUNT_CAP + 1 stands for more."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"store": store.pk, "user": user.pk, "cap": COUNT_CAP + 1})
        return dict(cursor.fetchall())
