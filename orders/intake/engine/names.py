"""Ids of buyers, titles and orders by their text.

Looked up with arrays: joins would trust statistics that a first import has just made wrong.
"""

from collections.abc import Sequence

from orders.intake.engine.sql import run

BUYERS = ("orders_buyer", "nick", ", open_uid", ", ''")
TITLES = ("orders_producttitle", "text", "", "")
Kind = tuple[str, str, str, str]


class Places:
    """Numbers texts from 1 as they come: what a staged row says instead of an id."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def of(self, text: str | None) -> int | None:
        return self._places.setdefault(text, len(self._places) + 1) if text else None

    @property
    def texts(self) -> list[str]:
        return list(self._places)


def ids_of(kind: Kind, store_id: int, texts: Sequence[str]) -> list[int]:
    """Return the ids of distinct texts; rows that are missing are made in order, so that two imports cannot lock."""
    if not texts:
        return []
    table, column, more, values = kind
    find = f"SELECT {column}, id FROM {table} WHERE store_id = %(store)s AND {column} = ANY(%(texts)s)"
    found = dict(run(find, {"store": store_id, "texts": list(texts)}))
    missing = [text for text in texts if text not in found]
    if missing:
        run(
            f"INSERT INTO {table} (store_id, {column}{more}) SELECT %(store)s, text{values} "
            f"FROM unnest(%(texts)s::text[]) AS text ORDER BY text ON CONFLICT (store_id, {column}) DO NOTHING",
            {"store": store_id, "texts": missing},
        )
        found |= dict(run(find, {"store": store_id, "texts": missing}))
    return [found[text] for text in texts]


def known_numbers(store_id: int, numbers: list[str]) -> list[str]:
    find = "SELECT number FROM orders_order WHERE store_id = %(store)s AND number = ANY(%(numbers)s)"
    return [number for (number,) in run(find, {"store": store_id, "numbers": numbers})]
