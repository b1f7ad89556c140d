"""Sales by province: one row per store, day of payment (settings.TIME_ZONE) and receiving province; money is CNY."""

from analytics.models import ProvinceSales
from analytics.rollups.frame import Rollup

SQL = """
SELECT store_id, day, province, order_count, piece_count, gross_paid, refunded FROM paid WHERE part = 'province'
"""

PROVINCE_SALES = Rollup(
    model=ProvinceSales,
    keys=("province",),
    values=("order_count", "piece_count", "gross_paid", "refunded"),
    source=SQL,
    is_gathered=True,
)
