"""Orders that name a sku which is new, newly counted, or known by another code now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from backoffice.common.models import Store

# renewed where it is marked already: whoever looks at the order just now has not seen the sku, and leaves the mark
_MARK = """
INSERT INTO fulfilment_fulfilmentdue (order_id, store_id, since)
SELECT order_id, %(store)s, %(at)s FROM (
    SELECT o.order_id FROM orders_openline o WHERE o.store_id = %(store)s AND o.sku_code = ANY(%(codes)s)
    UNION
    SELECT o.order_id FROM orders_openline o JOIN orders_orderline l ON l.id = o.line_id
    WHERE o.store_id = %(store)s
        AND (l.agreed_sku_code = ANY(%(codes)s) OR (o.sku_code = '' AND l.product_id = ANY(%(items)s)))
) AS named ORDER BY order_id
ON CONFLICT (order_id) DO UPDATE SET since = excluded.since
"""


def mark_naming(*, store: Store, codes: Sequence[str], items: Sequence[str] = (), at: datetime) -> None:
    """Have open orders looked at again whose lines name one of these codes, or only one of these platform items."""
    known = {"codes": [code for code in codes if code], "items": [item for item in items if item]}
    values: dict[str, Any] = {"store": store.pk, "at": at, **known}
    with connection.cursor() as cursor:
        cursor.execute(_MARK, values)


_MARK_OPEN = """
INSERT INTO fulfilment_fulfilmentdue (order_id, store_id, since)
SELECT DISTINCT order_id, store_id, %(at)s::timestamptz FROM orders_openline WHERE store_id = %(store)s
ORDER BY order_id
ON CONFLICT (order_id) DO UPDATE SET since = excluded.since
"""


def mark_open(*, store: Store, at: datetime) -> None:
    """Have all open orders of the store looked at again: a rule that concerns any of them was changed."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK_OPEN, {"store": store.pk, "at": at})
