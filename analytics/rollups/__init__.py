"""Tables of sums per store and business day, each recomputable from the orders at any time; one file per table."""

from analytics.rollups.daily_sales import DAILY_SALES
from analytics.rollups.frame import Rollup, Written
from analytics.rollups.hourly_sales import HOURLY_SALES
from analytics.rollups.payment_sales import PAYMENT_SALES
from analytics.rollups.product_returns import PRODUCT_RETURNS
from analytics.rollups.product_sales import PRODUCT_SALES
from analytics.rollups.province_sales import PROVINCE_SALES
from analytics.rollups.refund_answers import REFUND_ANSWERS
from analytics.rollups.refund_reasons import REFUND_REASONS
from analytics.rollups.refund_steps import REFUND_STEPS
from analytics.rollups.topic_days import TOPIC_DAYS
from analytics.rollups.weeks import PRODUCT_WEEKS, TOPIC_WEEKS

ROLLUPS: tuple[Rollup, ...] = (
    DAILY_SALES, HOURLY_SALES, PROVINCE_SALES, PRODUCT_SALES, PAYMENT_SALES, TOPIC_DAYS,
    REFUND_STEPS, REFUND_ANSWERS, REFUND_REASONS, PRODUCT_RETURNS,
    TOPIC_WEEKS, PRODUCT_WEEKS,
)  # fmt: skip

__all__ = [
    "PRODUCT_RETURNS", "REFUND_ANSWERS", "REFUND_REASONS", "REFUND_STEPS", "ROLLUPS", "Rollup", "Written",
]  # fmt: skip
