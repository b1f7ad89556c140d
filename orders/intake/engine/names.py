"""Ids of buyers, titles and orders by their text.

Looked up with arrays: joins would trust statistics that a first import has just made wrong.
"""

from collections.abc import Iterable

from orders.core.models import Order
from orders.intake.engine.sql import run

BUYERS = ("orders_buyer", "nick", ", open_uid", ", ''")
TITLES = ("orders_producttitle", "text", "", "")
Kind = tuple[str, str, str, str]


def ids_of(kind: Kind, store_id: int, texts: Iterable[str]) -> dict[str, int]:
    """Return the id of every text; rows that are missing are made in order, so that two imports cannot lock."""
    wanted = sorted(set(texts))
    if not wanted:
        return {}
    table, column, more, values = kind
    find = f"SELECT {column}, id FROM {table} WHERE store_id = %(store)s AND {column} = ANY(%(texts)s)"
    found = dict(run(find, {"store": store_id, "texts": wanted}))
    missing = [text for text in wanted if text not in found]
    if missing:
        run(
            f"INSERT INTO {table} (store_id, {column}{more}) SELECT %(store)s, text{values} "
            f"FROM unnest(%(texts)s::text[]) AS text ORDER BY text ON CONFLICT (store_id, {column}) DO NOTHING",
            {"store": store_id, "texts": missing},
        )
        found |= dict(run(find, {"store": store_id, "texts": missing}))
    return found


def known_numbers(store_id: int, numbers: list[str]) -> set[str]:
    return set(Order.objects.filter(store=store_id, number__in=numbers).values_list("number", flat=True))
