"""What settling reads and writes of each order, by statements that are compiled once: thousands come at once."""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db import connection

from backoffice.common.models import Store
from backoffice.common.statements import Prepared, fetch, select_text
from orders.core.models import Order, OrderLine
from orders.fulfilment.models import LineStock, Sku

_STORE, _ORDER = -101, -102
_ORDERS = Prepared(
    lambda: Order.objects.filter(store=_STORE, pk=_ORDER).select_for_update(of=("self",), skip_locked=True),
    _STORE,
    _ORDER,
)
_LINES = Prepared(lambda: OrderLine.objects.filter(order=_ORDER).order_by("position", "pk"), _ORDER)
_HELD = "SELECT line_id, sku_id FROM fulfilment_linestock WHERE order_id = %s"
_SKU_COLUMNS = tuple(field.attname for field in Sku._meta.concrete_fields)  # noqa: SLF001 -- Django's documented name
_LOCK = " WHERE store_id = %(store)s AND {} ORDER BY id FOR UPDATE"
_NAMED, _NAMED_OR_HELD = "code = ANY(%(codes)s)", "(code = ANY(%(codes)s) OR id = ANY(%(ids)s))"
# those that must ship earlier: an order without such a time comes after all that have one
_CLAIMS = """
SELECT s.sku_id, sum(s.short) FROM fulfilment_linestock s JOIN orders_order o ON o.id = s.order_id
WHERE s.sku_id = ANY(%(skus)s) AND s.short > 0 AND (coalesce(o.ship_by, 'infinity'), o.id)
    < (coalesce(%(ship_by)s::timestamptz, 'infinity'), %(order)s) GROUP BY s.sku_id
"""
_SAVE_STOCKS = """
INSERT INTO fulfilment_linestock (line_id, store_id, order_id, sku_id, reserved, shipped, short)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::int[], %s::int[], %s::int[])
ON CONFLICT (line_id) DO UPDATE
SET sku_id = excluded.sku_id, reserved = excluded.reserved, shipped = excluded.shipped, short = excluded.short
"""
_DONE = "DELETE FROM fulfilment_fulfilmentdue WHERE order_id = %s AND since = %s"
_PUT_OFF = """
UPDATE fulfilment_fulfilmentdue SET failures = least(failures + 1, 30000),
    not_before = %(at)s::timestamptz + least(interval '1 hour', interval '1 minute' * 2 ^ least(failures, 10))
WHERE order_id = %(order)s RETURNING failures
"""
_DROP_GONE = """
DELETE FROM fulfilment_fulfilmentdue d
WHERE d.store_id = %s AND NOT EXISTS (SELECT FROM orders_order o WHERE o.id = d.order_id)
"""


def lock_waiting(store: Store, order_id: int) -> Order | None:
    """Lock an order of the store, unless somebody works on it right now."""
    order = next(iter(_ORDERS.fetch(store.pk, order_id)), None)
    if order is not None:
        order.store = store
    return order


def lines_of(order: Order) -> list[OrderLine]:
    return _LINES.fetch(order.pk)


def held_skus(order: Order) -> dict[int, int]:
    """Return the sku of each line that has a LineStock."""
    return dict(fetch(_HELD, [order.pk]))


def lock_named_skus(store_id: int, codes: Iterable[str], ids: Iterable[int]) -> dict[int, Sku]:
    """Lock the store's skus of these codes and these ids, in the order of their keys."""
    values = {"store": store_id, "codes": sorted(codes), "ids": sorted(ids)}
    if not (values["codes"] or values["ids"]):
        return {}
    text = select_text(Sku, _SKU_COLUMNS) + _LOCK.format(_NAMED_OR_HELD if values["ids"] else _NAMED)
    skus = (Sku.from_db(connection.alias, _SKU_COLUMNS, row) for row in fetch(text, values))
    return {sku.pk: sku for sku in skus}


def earlier_claims(order: Order, skus: Iterable[int]) -> dict[int, int]:
    """Sum up what orders that must ship earlier lack of these skus."""
    rows = fetch(_CLAIMS, {"skus": list(skus), "ship_by": order.ship_by, "order": order.pk})
    return {pk: int(count) for pk, count in rows}


def save_stocks(stocks: Iterable[LineStock]) -> None:
    """Write what lines hold of the stock, new rows and old ones; one statement, or none."""
    rows = [
        (row.line_id, row.store_id, row.order_id, row.sku_id, row.reserved, row.shipped, row.short) for row in stocks
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_SAVE_STOCKS, [list(column) for column in zip(*rows, strict=True)])


def take_off_the_list(order: Order, since: datetime) -> None:
    """Delete the order's mark, unless it was renewed after it was read."""
    with connection.cursor() as cursor:
        cursor.execute(_DONE, [order.pk, since.astimezone(UTC)])


def put_off(order_id: int, at: datetime) -> int:
    """Leave an order that failed alone for a while, longer each time; return how often it failed in a row."""
    rows = fetch(_PUT_OFF, {"order": order_id, "at": at})
    return int(rows[0][0]) if rows else 0


def drop_gone(store: Store) -> None:
    """Take marks of orders that are not there any more off the list: they would be due for ever."""
    with connection.cursor() as cursor:
        cursor.execute(_DROP_GONE, [store.pk])
