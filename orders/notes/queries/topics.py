"""What notes ask for, counted: by type, and by product and wish, with the notes behind each number."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from backoffice.common.clock import business_day, day_bounds, day_start
from backoffice.common.models import Store
from orders.core.models import ProductTitle
from orders.notes.queries.specs import ProductKey, sold_specs
from orders.notes.queries.topics_sums import COUNTED, KIND_OF, QUOTES, TOTAL, TYPE, UNREAD
from orders.notes.recognition.specs import same, spec_values

MOST_WISHES = 50
_SPEC_KEYS = ("colour", "size")
_SoldIn = dict[str, set[str]]  # values by key


@dataclass(frozen=True, slots=True)
class Quote:
    """One of the notes behind a number."""

    number: str  # of its order
    text: str


@dataclass(frozen=True, slots=True)
class TypeTopic:
    kind: str  # a NoteType; "" for notes of which the rules made nothing
    count: int
    quotes: list[Quote]


@dataclass(frozen=True, slots=True)
class WishTopic:
    """“蓝色 asked for 37 times with this product”, and whether it is sold so."""

    product: str
    kind: str
    key: str  # of the pair: colour, size, gift, ...
    wanted: str
    count: int
    is_sold: bool | None  # None: it is no matter of specs
    quotes: list[Quote]


@dataclass(frozen=True, slots=True)
class Topics:
    total: int  # notes in the time
    unread: int  # of them, not read by the rules yet
    types: list[TypeTopic]
    wishes: list[WishTopic]


# Days that are marked, or of which only a part is wanted, are counted now; `top` is what the page shows.
_SUMS = f"""
WITH spans AS MATERIALIZED (
    SELECT %(store)s::bigint AS store_id, d.day, greatest(%(since)s, d.day::timestamp AT TIME ZONE %(zone)s) AS starts,
        least(%(until)s, (d.day + 1)::timestamp AT TIME ZONE %(zone)s) AS ends
    FROM (
        SELECT unnest(%(parts)s::date[]) AS day
        UNION SELECT day FROM notes_topicmark WHERE store_id = %(store)s AND day BETWEEN %(first)s AND %(last)s
    ) AS d
), {COUNTED}, kept AS MATERIALIZED (
    SELECT day, title_id, key, value, count, latest FROM counted
    UNION ALL
    SELECT day, title_id, key, value, count, latest FROM notes_topiccount
    WHERE store_id = %(store)s AND day BETWEEN %(first)s AND %(last)s AND day <> ALL(ARRAY(SELECT day FROM spans))
), sums AS MATERIALIZED (
    SELECT title_id, key, value, sum(count)::bigint AS total FROM kept GROUP BY title_id, key, value
), top AS MATERIALIZED (
    SELECT row_number() OVER () AS place, t.* FROM (
        SELECT * FROM sums WHERE title_id = 0
        UNION ALL
        (SELECT * FROM sums WHERE title_id > 0 ORDER BY total DESC, title_id, key, value LIMIT %(most)s)
    ) AS t
), days AS (
    SELECT top.place, k.day, k.latest, row_number() OVER (PARTITION BY top.place ORDER BY k.day DESC) AS age
    FROM top JOIN kept k USING (title_id, key, value)
), newest AS (
    SELECT d.place, array_agg(u.id ORDER BY d.day DESC, u.number) AS notes
    FROM days d, unnest(d.latest) WITH ORDINALITY AS u (id, number) WHERE d.age <= {QUOTES} GROUP BY d.place
)
SELECT top.title_id, t.text, top.key, top.value, top.total, newest.notes[:{QUOTES}]
FROM top JOIN newest USING (place) LEFT JOIN orders_producttitle t ON t.id = top.title_id
ORDER BY top.total DESC, t.text, top.key, top.value
"""  # noqa: S608 -- the texts above
# one by one: joined, the planner may read all orders
_QUOTED = """
SELECT n.id, (SELECT number FROM orders_order WHERE id = n.order_id), n.text
FROM notes_buyernote n WHERE n.store_id = %(store)s AND n.id = ANY(%(notes)s)
"""


class _Sum(NamedTuple):
    title_id: int
    product: str | None
    key: str
    value: str
    total: int
    notes: list[int]  # the newest of them first


def topics(store: Store, since: datetime, until: datetime) -> Topics:
    """Return what the notes received in a time ask for, most frequent first: three statements.

    A wish counts for every product of its order, since a note does not say which one it means.
    """
    sums = _sums(store, since, until)
    quoted = _quoted(store, [note for one in sums for note in one.notes])
    counts = {one.key: one.total for one in sums if one.key in {TOTAL, UNREAD}}
    types = [TypeTopic(one.value, one.total, _quotes(one, quoted)) for one in sums if one.key == TYPE]
    wishes = _wish_topics(store, [one for one in sums if one.title_id], quoted)
    return Topics(counts.get(TOTAL, 0), counts.get(UNREAD, 0), types, wishes)


def _sums(store: Store, since: datetime, until: datetime) -> list[_Sum]:
    first, last = business_day(since), business_day(until)
    parts = {day for day in (first, last) if since > day_start(day) or until < day_bounds(day)[1]}
    values: dict[str, Any] = {
        "store": store.pk, "since": since, "until": until, "first": first, "last": last, "parts": list(parts),
        "most": MOST_WISHES, "zone": settings.TIME_ZONE,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, values)
        return [_Sum(*row) for row in cursor.fetchall()]


def _quoted(store: Store, notes: list[int]) -> dict[int, Quote]:
    with connection.cursor() as cursor:
        cursor.execute(_QUOTED, {"store": store.pk, "notes": notes})
        return {pk: Quote(number, text) for pk, number, text in cursor.fetchall()}


def _quotes(found: _Sum, quoted: dict[int, Quote]) -> list[Quote]:
    return [quoted[note] for note in found.notes if note in quoted]


def _wish_topics(store: Store, sums: list[_Sum], quoted: dict[int, Quote]) -> list[WishTopic]:
    specs = sold_specs(store, [ProductKey(one.title_id) for one in sums if one.key in _SPEC_KEYS])
    sold = {key.title_id: _values_of(found) for key, found in specs.items()}
    return [
        WishTopic(
            product=one.product or "",
            kind=KIND_OF[one.key],
            key=one.key,
            wanted=one.value,
            count=one.total,
            is_sold=_is_among(one.key, one.value, sold[one.title_id]) if one.key in _SPEC_KEYS else None,
            quotes=_quotes(one, quoted),
        )
        for one in sums
    ]


def _values_of(specs: tuple[str, ...]) -> _SoldIn:
    """Return the colours and the sizes among specs."""
    values = [spec_values(spec) for spec in specs]
    return {key: {found for value in values if (found := value.get(key))} for key in _SPEC_KEYS}


def _is_among(key: str, wanted: str, sold: _SoldIn) -> bool:
    return any(same(wanted, value) for value in sold[key])


def is_sold(store: Store, product: str, wanted: str) -> bool:
    """Return whether a product, named by its title, is sold in that colour or size."""
    title = ProductTitle.objects.filter(store=store, text=product).first()
    if title is None:
        return False
    sold = _values_of(sold_specs(store, [ProductKey(title.pk)])[ProductKey(title.pk)])
    return any(_is_among(key, wanted, sold) for key in _SPEC_KEYS)


_ASKING = """
SELECT count(*) FROM notes_buyernote n
WHERE n.store_id = %(store)s AND n.received_at >= %(since)s AND n.received_at < %(until)s AND %(kind)s = ANY(n.types)
    AND (%(wanted)s = '' OR EXISTS (
        SELECT FROM jsonb_each_text(n.findings -> 'pairs') AS p WHERE p.value = %(wanted)s))
    AND EXISTS (
        SELECT FROM orders_orderline l JOIN orders_producttitle t ON t.id = l.title_id
        WHERE l.order_id = n.order_id AND t.text = %(product)s)
"""


def count_asking(store: Store, *, product: str, kind: str, wanted: str, since: datetime, until: datetime) -> int:
    """Count the notes of a type that ask for something with a product; any wish when none is named."""
    values: dict[str, Any] = {
        "store": store.pk, "since": since, "until": until, "kind": kind, "wanted": wanted, "product": product,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_ASKING, values)
        (count,) = cursor.fetchone()
    return int(count)
