"""Hourly sales: one row per store, business day and hour of payment (settings.TIME_ZONE); money is CNY."""

from analytics.models import HourlySales
from analytics.rollups.frame import Rollup

SQL = """
SELECT o.store_id, (o.paid_at AT TIME ZONE %(zone)s)::date AS day,
    extract(hour FROM o.paid_at AT TIME ZONE %(zone)s)::smallint AS hour,
    count(*) AS order_count, sum(o.piece_count - o.gift_count) AS piece_count, sum(o.gross_paid) AS gross_paid,
    sum(o.refunded) AS refunded
FROM orders_order AS o
WHERE o.store_id = ANY(%(stores)s) AND o.paid_at >= %(start)s AND o.paid_at < %(end)s
GROUP BY 1, 2, 3
"""

HOURLY_SALES = Rollup(
    model=HourlySales,
    keys=("hour",),
    values=("order_count", "piece_count", "gross_paid", "refunded"),
    source=SQL,
)
