"""Hourly sales: one row per store, business day and hour of payment (settings.TIME_ZONE); money is CNY."""

from analytics.models import HourlySales
from analytics.rollups.frame import Rollup

SQL = """
SELECT store_id, day, hour, order_count, piece_count, gross_paid, refunded FROM paid WHERE part = 'hour'
"""

HOURLY_SALES = Rollup(
    model=HourlySales,
    keys=("hour",),
    values=("order_count", "piece_count", "gross_paid", "refunded"),
    source=SQL,
    is_gathered=True,
)
