"""What notes ask for, counted: by type, and by product and wish, with the notes behind each number."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from backoffice.common.models import Store
from orders.core.models import ProductTitle
from orders.notes.queries.specs import ProductKey, sold_specs
from orders.notes.recognition.specs import same, spec_values
from orders.notes.statuses import NoteType

MOST_WISHES, QUOTES = 50, 3
# wishes that many buyers share; what one buyer dictates (a name to engrave, an address) is nobody else's
_COUNTED = (
    ("colour", NoteType.COLOUR_SIZE), ("size", NoteType.COLOUR_SIZE), ("gift", NoteType.GIFT),
    ("packing", NoteType.PACKING), ("courier", NoteType.COURIER), ("courier_not", NoteType.COURIER),
    ("delivery_slot", NoteType.DELIVERY_TIME),
)  # fmt: skip
_KIND_OF = {key: kind.value for key, kind in _COUNTED}
_SPEC_KEYS = ("colour", "size")


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


# the numbers of the few quotes are looked up one by one: joined, the planner reads all orders for them
_TYPES = """
WITH notes AS MATERIALIZED (
    SELECT id, order_id, types, text, received_at, recognised_at FROM notes_buyernote
    WHERE store_id = %(store)s AND received_at >= %(since)s AND received_at < %(until)s
), named AS (
    SELECT kind, id, order_id, text, received_at,
        row_number() OVER (PARTITION BY kind ORDER BY received_at DESC, id DESC) AS place,
        count(*) OVER (PARTITION BY kind) AS total
    FROM notes, unnest(CASE WHEN types = '{}' THEN ARRAY['']::varchar[] ELSE types END) AS kind
    WHERE recognised_at IS NOT NULL
)
SELECT n.kind, n.total, array_agg((SELECT number FROM orders_order WHERE id = n.order_id) ORDER BY n.place),
    array_agg(n.text ORDER BY n.place)
FROM named n WHERE n.place <= %(quotes)s GROUP BY n.kind, n.total
UNION ALL
SELECT NULL, count(*), ARRAY[(count(*) FILTER (WHERE recognised_at IS NULL))::text], NULL FROM notes
ORDER BY 2 DESC, 1
"""
_WISHES = """
WITH asked AS MATERIALIZED (
    SELECT n.id, n.order_id, n.text, n.received_at, p.key, p.value
    FROM notes_buyernote n, jsonb_each_text(n.findings -> 'pairs') AS p
    WHERE n.store_id = %(store)s AND n.received_at >= %(since)s AND n.received_at < %(until)s
        AND n.recognised_at IS NOT NULL AND p.key = ANY(%(keys)s)
), products AS (
    SELECT DISTINCT a.id, a.order_id, a.text, a.received_at, a.key, a.value, l.title_id
    FROM asked a JOIN orders_orderline l ON l.order_id = a.order_id
), counted AS (
    SELECT *, row_number() OVER (PARTITION BY title_id, key, value ORDER BY received_at DESC, id DESC) AS place,
        count(*) OVER (PARTITION BY title_id, key, value) AS total
    FROM products
), top AS (
    SELECT title_id, key, value, total FROM counted WHERE place = 1
    ORDER BY total DESC, title_id, key, value LIMIT %(most)s
)
SELECT t.text, top.title_id, top.key, top.value, top.total,
    array_agg((SELECT number FROM orders_order WHERE id = c.order_id) ORDER BY c.place),
    array_agg(c.text ORDER BY c.place)
FROM top JOIN counted c USING (title_id, key, value)
JOIN orders_producttitle t ON t.id = top.title_id
WHERE c.place <= %(quotes)s GROUP BY t.text, top.title_id, top.key, top.value, top.total
ORDER BY top.total DESC, t.text, top.key, top.value
"""


def topics(store: Store, since: datetime, until: datetime) -> Topics:
    """Return what the notes received in a time ask for, most frequent first: three statements.

    A wish counts for every product of its order, since a note does not say which one it means.
    """
    values: dict[str, Any] = {"store": store.pk, "since": since, "until": until, "quotes": QUOTES}
    with connection.cursor() as cursor:
        cursor.execute(_TYPES, values)
        rows = cursor.fetchall()
        cursor.execute(_WISHES, {**values, "keys": list(_KIND_OF), "most": MOST_WISHES})
        wishes = cursor.fetchall()
    total, unread = next((count, int(waiting[0])) for kind, count, waiting, _none in rows if kind is None)
    types = [
        TypeTopic(kind, count, _quotes(numbers, texts)) for kind, count, numbers, texts in rows if kind is not None
    ]
    return Topics(total, unread, types, _wish_topics(store, wishes))


def _quotes(numbers: list[str], texts: list[str]) -> list[Quote]:
    return [Quote(number, text) for number, text in zip(numbers, texts, strict=True)]


def _wish_topics(store: Store, rows: list[tuple]) -> list[WishTopic]:
    sold = sold_specs(store, [ProductKey(row[1]) for row in rows if row[2] in _SPEC_KEYS])
    return [
        WishTopic(
            product=product,
            kind=_KIND_OF[key],
            key=key,
            wanted=wanted,
            count=count,
            is_sold=_is_among(key, wanted, sold[ProductKey(title)]) if key in _SPEC_KEYS else None,
            quotes=_quotes(numbers, texts),
        )
        for product, title, key, wanted, count, numbers, texts in rows
    ]


def _is_among(key: str, wanted: str, specs: tuple[str, ...]) -> bool:
    return any(same(wanted, value) for spec in specs if (value := spec_values(spec).get(key)))


def is_sold(store: Store, product: str, wanted: str) -> bool:
    """Return whether a product, named by its title, is sold in that colour or size."""
    title = ProductTitle.objects.filter(store=store, text=product).first()
    if title is None:
        return False
    specs = sold_specs(store, [ProductKey(title.pk)])[ProductKey(title.pk)]
    return any(_is_among(key, wanted, specs) for key in _SPEC_KEYS)


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
