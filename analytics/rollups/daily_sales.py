"""Daily sales: one row per store and business day (settings.TIME_ZONE), zeros included; money is CNY.

Orders, pieces, buyers and money stand on the day of payment, refunds too, whenever they were made; placed and unpaid
orders on the day of placing. An order without a known buyer counts no buyer.
"""

from analytics.models import DailySales
from analytics.rollups.frame import Rollup

SQL = """
SELECT s.store_id, d.day::date AS day,
    coalesce(paid.order_count, 0) AS order_count, coalesce(paid.piece_count, 0) AS piece_count,
    coalesce(paid.gross_paid, 0) AS gross_paid, coalesce(paid.refunded, 0) AS refunded,
    coalesce(paid.refunded_count, 0) AS refunded_count,
    coalesce(cardinality(paid.buyer_ids), 0) AS buyer_count, coalesce(paid.buyer_ids, '{}') AS buyer_ids,
    coalesce(placed.placed_count, 0) AS placed_count, coalesce(placed.unpaid_count, 0) AS unpaid_count
FROM unnest(%(stores)s::bigint[]) AS s (store_id)
CROSS JOIN generate_series(%(first)s::timestamp, %(last)s::timestamp, '1 day') AS d (day)
LEFT JOIN (
    SELECT o.store_id, (o.paid_at AT TIME ZONE %(zone)s)::date AS day, count(*) AS order_count,
        sum(o.piece_count - o.gift_count) AS piece_count, sum(o.gross_paid) AS gross_paid, sum(o.refunded) AS refunded,
        count(*) FILTER (WHERE o.refunded > 0) AS refunded_count,
        array_agg(DISTINCT o.buyer_id) FILTER (WHERE o.buyer_id IS NOT NULL) AS buyer_ids
    FROM orders_order AS o
    WHERE o.store_id = ANY(%(stores)s) AND o.paid_at >= %(start)s AND o.paid_at < %(end)s
    GROUP BY 1, 2
) AS paid ON paid.store_id = s.store_id AND paid.day = d.day
LEFT JOIN (
    SELECT o.store_id, (o.placed_at AT TIME ZONE %(zone)s)::date AS day, count(*) AS placed_count,
        count(*) FILTER (WHERE o.paid_at IS NULL) AS unpaid_count
    FROM orders_order AS o
    WHERE o.store_id = ANY(%(stores)s) AND o.placed_at >= %(start)s AND o.placed_at < %(end)s
    GROUP BY 1, 2
) AS placed ON placed.store_id = s.store_id AND placed.day = d.day
"""

DAILY_SALES = Rollup(
    model=DailySales,
    keys=(),
    values=(
        "order_count", "piece_count", "gross_paid", "refunded", "refunded_count", "buyer_count", "buyer_ids",
        "placed_count", "unpaid_count",
    ),
    source=SQL,
)  # fmt: skip
