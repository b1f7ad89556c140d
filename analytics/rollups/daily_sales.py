"""Daily sales: one row per store and business day (settings.TIME_ZONE), zeros included; money is CNY.

Orders, pieces, buyers and money stand on the day of payment, refunds too, whenever they were made; placed and unpaid
orders on the day of placing. An order without a known buyer counts no buyer.
"""

from analytics.models import DailySales
from analytics.rollups.frame import Rollup

SQL = """
SELECT slot.store_id, slot.day, paid.order_count, paid.piece_count, paid.gross_paid, paid.refunded, paid.refunded_count,
    coalesce(cardinality(paid.buyer_ids), 0) AS buyer_count, coalesce(paid.buyer_ids, '{}') AS buyer_ids,
    placed.placed_count, placed.unpaid_count
FROM slot
CROSS JOIN LATERAL (
    SELECT count(*) AS order_count, coalesce(sum(o.piece_count - o.gift_count), 0) AS piece_count,
        coalesce(sum(o.gross_paid), 0) AS gross_paid, coalesce(sum(o.refunded), 0) AS refunded,
        count(*) FILTER (WHERE o.refunded > 0) AS refunded_count,
        array_agg(DISTINCT o.buyer_id) FILTER (WHERE o.buyer_id IS NOT NULL) AS buyer_ids
    FROM orders_order AS o
    WHERE o.store_id = slot.store_id AND o.paid_at >= slot.starts AND o.paid_at < slot.ends
) AS paid
CROSS JOIN LATERAL (
    SELECT count(*) AS placed_count, count(*) FILTER (WHERE o.paid_at IS NULL) AS unpaid_count
    FROM orders_order AS o
    WHERE o.store_id = slot.store_id AND o.placed_at >= slot.starts AND o.placed_at < slot.ends
) AS placed
"""

DAILY_SALES = Rollup(
    model=DailySales,
    keys=(),
    values=(
        "order_count", "piece_count", "gross_paid", "refunded", "refunded_count", "buyer_count", "buyer_ids",
        "placed_count", "unpaid_count",
    ),
    source=SQL,
    is_gathered=True,
)  # fmt: skip
