"""What was ordered, as the rules that read notes need it, and what the products are sold in."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.db import connection

from backoffice.common.models import Store
from orders.core.models import OrderLine
from orders.notes.recognition import OrderedLine

LOOKED_AT = 2000  # newest lines of a product whose specs count: a popular product has hundreds of thousands
MOST_SPECS = 60


class ProductKey(NamedTuple):
    """One product: by its title, and by the platform's item id where the file has it."""

    title_id: int
    product_id: str = ""


def product_key(line: OrderLine) -> ProductKey:
    return ProductKey(line.title_id, line.product_id)


_SPECS = """
SELECT k.title, k.product, ARRAY(
    SELECT DISTINCT sold.spec FROM (
        (SELECT l.spec FROM orders_orderline l WHERE l.store_id = %(store)s AND l.title_id = k.title
         ORDER BY l.placed_at DESC LIMIT %(looked_at)s)
        UNION ALL
        (SELECT l.spec FROM orders_orderline l WHERE l.store_id = %(store)s AND l.product_id <> ''
            AND l.product_id = k.product ORDER BY l.placed_at DESC LIMIT %(looked_at)s)
    ) AS sold WHERE sold.spec <> '' ORDER BY sold.spec LIMIT %(most)s)
FROM unnest(%(titles)s::bigint[], %(products)s::text[]) AS k (title, product)
"""


def sold_specs(store: Store, keys: Iterable[ProductKey]) -> dict[ProductKey, tuple[str, ...]]:
    """Return the specs that each product was sold in, in one statement; at most 60 of a product."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    values: dict[str, Any] = {
        "store": store.pk,
        "titles": [key.title_id for key in wanted],
        "products": [key.product_id for key in wanted],
        "looked_at": LOOKED_AT,
        "most": MOST_SPECS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SPECS, values)
        return {ProductKey(title, product): tuple(specs) for title, product, specs in cursor.fetchall()}


def ordered_lines(
    lines: Iterable[OrderLine], sold: Mapping[ProductKey, tuple[str, ...]] | None = None
) -> tuple[OrderedLine, ...]:
    """Return an order's lines for the rules; their titles must be loaded. What the platform closed does not count."""
    sold = sold or {}
    return tuple(
        OrderedLine(line.pk, line.title.text, line.spec, sold.get(product_key(line), ()))
        for line in lines
        if not line.is_closed
    )
