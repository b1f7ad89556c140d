"""What narrows the inbox, as a condition that each tab can be read by.

The tabs of work are short: their notes are read in order and compared. The tabs of all notes, and of those handled,
never end: there the notes are found first, by indexes on words, types and products. Few are then listed by id; many
are met soon on the way along the tab, and stay many: that is remembered for a while.
"""

import time
from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value

from backoffice.common.clock import day_bounds, day_start
from backoffice.common.models import Store
from backoffice.common.statements import fetch
from orders.core.models import OpenLine, OrderLine, ProductTitle
from orders.core.pieces import PIECE, Holds, IsAny, has_case, pieces_of
from orders.core.queries import titles_with
from orders.notes.models import BuyerNote

MANY = 1000  # more notes than that are not listed by id; also what counts are capped at
ENDLESS = ("handled", "all")
_OF_OPEN_ORDERS = ("todo", "changed_after_print")


_Titles = QuerySet[ProductTitle, int]  # their ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the notes of a list are to have; all of it."""

    kind: str = ""
    product: str = ""  # part of a title
    text: str = ""
    received_from: date | None = None
    received_to: date | None = None

    @property
    def dates(self) -> Q:
        where = Q()
        if self.received_from:
            where &= Q(received_at__gte=day_start(self.received_from))
        if self.received_to:
            where &= Q(received_at__lt=day_bounds(self.received_to)[1])
        return where

    @property
    def is_product_alone(self) -> bool:
        return bool(self.product) and self == Wanted(product=self.product)

    @property
    def dates_alone(self) -> "Wanted":
        return Wanted(received_from=self.received_from, received_to=self.received_to)


@dataclass(frozen=True, slots=True)
class Found:
    """The condition, and how many notes of the tab fulfil it where that is known: MANY + 1 stands for more."""

    where: Q
    count: int | None = None


_REMEMBERED_SECONDS, _OF_WORK_SECONDS, _MOST_REMEMBERED = 600, 60, 500
_many: dict[tuple[int, str, Wanted], float] = {}  # what had many notes, and until when that is believed


def find_notes(store: Store, wanted: Wanted, *, tab: str) -> Found:
    """Return what a tab is narrowed to; it takes one statement to find notes by indexes, two for a rare product."""
    titles = _titles(store, wanted.product)
    walked = _walked(store, wanted, titles, tab)
    key = (store.pk, tab, wanted)
    if _many.get(key, 0) > time.monotonic():
        return Found(walked, MANY + 1)
    if tab == "todo" and wanted.is_product_alone:
        return _of_open_product(store, titles, walked)
    if tab not in ENDLESS or wanted == (wanted.dates_alone if tab == "all" else Wanted()):
        return Found(walked)
    if wanted.is_product_alone:
        found = _of_product(store, titles, walked, tab)
    else:
        ids = _ids(_indexed(store, wanted, titles, tab))
        found = Found(walked, MANY + 1) if ids is None else Found(_among("pk", ids), len(ids))
    if found.count == MANY + 1:
        remember_many(store, wanted, tab=tab)
    return found


def remember_many(store: Store, wanted: Wanted, *, tab: str) -> None:
    """Believe for a while that a tab has many of these notes, in this process; no person's word has that many.

    Work gets done: its tabs are counted anew after a minute, and a person's own each time.
    """
    if tab == "mine":
        return
    if len(_many) >= _MOST_REMEMBERED:
        _many.clear()
    seconds = _REMEMBERED_SECONDS if tab in ENDLESS else _OF_WORK_SECONDS
    _many[store.pk, tab, wanted] = time.monotonic() + seconds


def _ids(notes: QuerySet[BuyerNote, int]) -> list[int] | None:
    """Return the ids of few notes; None stands for more than MANY, which need not be sent."""
    text, params = notes[: MANY + 1].query.sql_with_params()
    ((ids,),) = fetch(_FEW.format(text), (MANY, *params))
    return ids


_FEW = (
    "SELECT CASE WHEN cardinality(found.ids) <= %s THEN found.ids END FROM (SELECT ARRAY({}) AS ids OFFSET 0) AS found"
)


def _walked(store: Store, wanted: Wanted, titles: _Titles, tab: str) -> Q:
    """Return the condition as each note on the way is compared."""
    where = wanted.dates
    if wanted.kind:
        where &= Q(types__contains=[wanted.kind])
    if wanted.text:
        where &= _has(wanted.text)
    if wanted.product:
        where &= _sold(store, titles, tab)
    return where


def _has(text: str) -> Q:
    """Compare without case only where a text has any, as Chinese has not."""
    return Q(text__icontains=text) if has_case(text) else Q(text__contains=text)


def _sold(store: Store, titles: _Titles, tab: str) -> Q:
    if tab in _OF_OPEN_ORDERS:
        lines = OpenLine.objects.filter(IsAny(F("title"), ArraySubquery(titles)), store=store)
        return Q(IsAny(F("order"), ArraySubquery(lines.values("order_id"))))
    return Q(Exists(OrderLine.objects.filter(IsAny(F("title"), ArraySubquery(titles)), order=OuterRef("order_id"))))


def _among(field: str, ids: list[int]) -> Q:
    """Compare with ids as one array: the ORM looks at each item of a list three times, for milliseconds."""
    return Q(IsAny(F(field), Value(ids))) if ids else Q(pk__in=ids)


def _titles(store: Store, word: str) -> _Titles:
    return titles_with(store, word).values_list("pk", flat=True)


def _indexed(store: Store, wanted: Wanted, titles: _Titles, tab: str) -> QuerySet[BuyerNote, int]:
    """Return the ids of the notes in no order, as indexes find them."""
    notes = BuyerNote.objects.for_store(store).filter(wanted.dates)
    if tab == "handled":
        notes = notes.filter(handled_at__isnull=False)
    if wanted.kind:
        notes = notes.filter(types__contains=[wanted.kind])
    if len(wanted.text) >= PIECE:
        notes = notes.filter(Holds(pieces_of(F("text")), pieces_of(Value(wanted.text))))
    if wanted.text and not _is_piece(wanted.text):
        notes = notes.filter(_has(wanted.text))
    if wanted.product:
        notes = notes.filter(_sold(store, titles, tab))
    return notes.values_list("pk", flat=True)


def _is_piece(text: str) -> bool:
    """Tell whether the index says it all: comparing the text again would only spoil the planner's guess."""
    return len(text) == PIECE and not has_case(text)


_OPEN = """
SELECT order_id FROM orders_openline WHERE store_id = %s AND title_id = ANY(ARRAY({}))
INTERSECT SELECT id FROM orders_order
WHERE store_id = %s AND status IN ('pending_shipment', 'partially_shipped') AND note_state = 'unhandled'
LIMIT %s
"""  # two short lists, which a join would read again and again: the planner thinks them shorter still


def _of_open_product(store: Store, titles: _Titles, walked: Q) -> Found:
    text, params = titles.query.sql_with_params()
    ids = [order_id for (order_id,) in fetch(_OPEN.format(text), [store.pk, *params, store.pk, MANY + 1])]
    return Found(walked, MANY + 1) if len(ids) > MANY else Found(_among("order", ids), len(ids))


_SOLD = """
SELECT cardinality(sold.ids), ARRAY(SELECT order_id FROM notes_buyernote WHERE order_id = ANY(sold.ids){} LIMIT %s)
FROM (SELECT ARRAY(
    SELECT l.order_id FROM unnest(ARRAY({})) AS t (id) CROSS JOIN LATERAL (
        SELECT order_id FROM orders_orderline WHERE store_id = %s AND title_id = t.id ORDER BY placed_at DESC
    ) AS l LIMIT %s
) AS ids OFFSET 0) AS sold
"""  # both tables by an index alone: the shape keeps the planner from joining all lines to all notes
_LATEST = 8_000  # lines that are looked at first: of a product that sells, enough to know that it has many notes


def _of_product(store: Store, titles: _Titles, walked: Q, tab: str) -> Found:
    named, params = titles.query.sql_with_params()
    text = _SOLD.format(" AND handled_at IS NOT NULL" if tab == "handled" else "", named)
    ids: list[int] = []
    for most in (_LATEST, None):
        ((looked_at, ids),) = fetch(text, [MANY + 1, *params, store.pk, most])
        if len(ids) > MANY or most is None or looked_at < most:
            break
    return Found(walked, MANY + 1) if len(ids) > MANY else Found(_among("order", ids), len(ids))
