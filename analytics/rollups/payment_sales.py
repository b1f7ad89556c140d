"""Sales by payment method: one row per store, day of payment (settings.TIME_ZONE) and method; money is CNY."""

from analytics.models import PaymentSales
from analytics.rollups.frame import Rollup

SQL = """
SELECT o.store_id, (o.paid_at AT TIME ZONE %(zone)s)::date AS day, o.payment_method AS payment_method,
    count(*) AS order_count, sum(o.piece_count - o.gift_count) AS piece_count, sum(o.gross_paid) AS gross_paid,
    sum(o.refunded) AS refunded
FROM orders_order AS o
WHERE o.store_id = ANY(%(stores)s) AND o.paid_at >= %(start)s AND o.paid_at < %(end)s
GROUP BY 1, 2, 3
"""

PAYMENT_SALES = Rollup(
    model=PaymentSales,
    keys=("payment_method",),
    values=("order_count", "piece_count", "gross_paid", "refunded"),
    source=SQL,
)
