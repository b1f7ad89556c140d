"""The mark of orders that can leave in part, by which the shipping desk finds them."""

from collections.abc import Iterable

from django.db import connection

from orders.core.models import Order
from orders.fulfilment.queries.partial import LIVE, READY_PIECES

_MARK = f"""
WITH k AS MATERIALIZED (
    SELECT o.id, o.store_id, o.ship_by FROM orders_order o
    WHERE o.id = ANY(%(ids)s) AND o.status IN ('pending_shipment', 'partially_shipped') AND o.acceptance = 'accepted'
        AND o.paid_at IS NOT NULL AND NOT (o.gross_paid > 0 AND o.refunded >= o.gross_paid)
        AND NOT EXISTS (
            SELECT FROM orders_hold h WHERE h.order_id = o.id AND h.line_id IS NULL AND h.released_at IS NULL
        ) AND (o.hold_kinds <> '{{}}' OR EXISTS (
            SELECT FROM fulfilment_waybillline p JOIN fulfilment_waybill w ON w.id = p.waybill_id
            WHERE p.order_id = o.id AND w.state IN {LIVE}
        )) AND EXISTS ({READY_PIECES} AND l.order_id = o.id)
), gone AS (
    DELETE FROM fulfilment_partialorder WHERE order_id = ANY(%(ids)s) AND order_id NOT IN (SELECT id FROM k)
)
INSERT INTO fulfilment_partialorder AS m (order_id, store_id, ship_by) SELECT id, store_id, ship_by FROM k
ON CONFLICT (order_id) DO UPDATE SET ship_by = excluded.ship_by WHERE m.ship_by IS DISTINCT FROM excluded.ship_by
"""  # noqa: S608 -- parts of this statement


def mark_partial(orders: Iterable[Order]) -> None:
    """Keep the rows of locked orders that can leave in part, by what is saved of them; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK, {"ids": [order.pk for order in orders]})
