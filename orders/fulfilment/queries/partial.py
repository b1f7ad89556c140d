"""Pieces of orders that may leave now: not held, and in no parcel yet."""

from collections.abc import Iterable

from backoffice.common.statements import fetch, literals
from orders.fulfilment.statuses import LIVE_WAYBILLS

LIVE = literals(LIVE_WAYBILLS)  # states of waybills that hold their pieces back from others
# as OrderLine.unshipped
UNSHIPPED = """
CASE WHEN l.is_closed OR (l.refund_status = 'succeeded' AND l.paid > 0 AND l.refunded >= l.paid) THEN 0
ELSE l.quantity - l.shipped_quantity END
"""
# what a line is called and how it is to be packed, for statements that name lines l and titles t
WORDS = "t.text, coalesce(nullif(l.agreed_spec, ''), l.spec)"
UNSHIPPED_LINES = f"""
SELECT l.order_id, {WORDS}, {UNSHIPPED}, l.is_gift FROM orders_orderline l
JOIN orders_producttitle t ON t.id = l.title_id
WHERE l.order_id = ANY(%(ids)s) AND {UNSHIPPED} > 0 ORDER BY l.order_id, l.position
"""  # noqa: S608 -- parts of this statement
# to be completed with which lines
READY_PIECES = f"""
SELECT l.order_id, l.id, {UNSHIPPED} - planned.pieces FROM orders_orderline l CROSS JOIN LATERAL (
    SELECT coalesce(sum(p.quantity), 0) AS pieces FROM fulfilment_waybillline p
    JOIN fulfilment_waybill w ON w.id = p.waybill_id
    WHERE p.line_id = l.id AND w.state IN {LIVE}
) AS planned
WHERE {UNSHIPPED} > planned.pieces AND NOT EXISTS (
    SELECT FROM orders_hold h WHERE h.line_id = l.id AND h.released_at IS NULL
)
"""  # noqa: S608 -- parts of this statement


def ready_pieces(order_ids: Iterable[int]) -> dict[int, dict[int, int]]:
    """Return by order how many pieces of its lines may leave now; orders of which none may are left out."""
    found: dict[int, dict[int, int]] = {}
    for order, line, count in fetch(f"{READY_PIECES} AND l.order_id = ANY(%(ids)s)", {"ids": list(order_ids)}):
        found.setdefault(order, {})[line] = int(count)
    return found
