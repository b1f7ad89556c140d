"""Sales by payment method: one row per store, day of payment (settings.TIME_ZONE) and method; money is CNY."""

from analytics.models import PaymentSales
from analytics.rollups.frame import Rollup

SQL = """
SELECT store_id, day, payment_method, order_count, piece_count, gross_paid, refunded
FROM paid WHERE part = 'payment_method'
"""

PAYMENT_SALES = Rollup(
    model=PaymentSales,
    keys=("payment_method",),
    values=("order_count", "piece_count", "gross_paid", "refunded"),
    source=SQL,
    is_gathered=True,
)
