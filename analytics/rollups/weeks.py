"""Weeks from Monday on, added up from the days that the other rollups hold; reports of months read them.

A week stands at its last day, a Sunday. A week that is not over holds what its closed days hold, and is not read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from analytics.models import ProductWeek, TopicWeek
from analytics.rollups.frame import Rollup, Written


def sunday_of(day: date) -> date:
    return day + timedelta(days=6 - day.weekday())


@dataclass(frozen=True)
class WeekRollup(Rollup):
    """A rollup of whole weeks, which comes after those of the days that it adds up."""

    def refresh(self, stores: Sequence[int], first: date, last: date) -> Written:
        """Recompute every week that has one of the days."""
        return super().refresh(stores, sunday_of(first), sunday_of(last))


TOPICS = """
SELECT store_id, date_trunc('week', day)::date + 6 AS day, title_id, topic_id,
    coalesce(sum(mention_count) FILTER (WHERE source = 'note'), 0) AS note_count,
    coalesce(sum(mention_count) FILTER (WHERE source = 'refund'), 0) AS refund_count,
    coalesce(sum(mention_count) FILTER (WHERE source = 'review'), 0) AS review_count,
    sum(negative_count) AS negative_count, sum(confirmed_count) AS confirmed_count
FROM analytics_topicday
WHERE store_id = ANY(%(stores)s) AND day BETWEEN %(first)s::date - 6 AND %(last)s
GROUP BY 1, 2, 3, 4
"""
PRODUCTS = """
SELECT store_id, date_trunc('week', day)::date + 6 AS day, title_id,
    sum(order_count) AS order_count, sum(piece_count) AS piece_count, sum(gross_paid) AS gross_paid,
    sum(refunded) AS refunded, sum(case_count) AS case_count, sum(asked_count) AS asked_count,
    sum(return_count) AS return_count, sum(succeeded_count) AS succeeded_count
FROM (
    SELECT store_id, day, title_id, order_count, piece_count, gross_paid, refunded, 0 AS case_count, 0 AS asked_count,
        0 AS return_count, 0 AS succeeded_count
    FROM analytics_productsales
    WHERE store_id = ANY(%(stores)s) AND day BETWEEN %(first)s::date - 6 AND %(last)s
    UNION ALL
    SELECT store_id, day, title_id, 0, 0, 0, 0, case_count, order_count, return_count, succeeded_count
    FROM analytics_productreturns
    WHERE store_id = ANY(%(stores)s) AND day BETWEEN %(first)s::date - 6 AND %(last)s
) AS days
GROUP BY 1, 2, 3
"""

TOPIC_WEEKS = WeekRollup(
    model=TopicWeek,
    keys=("title_id", "topic_id"),
    values=("note_count", "refund_count", "review_count", "negative_count", "confirmed_count"),
    source=TOPICS,
)
PRODUCT_WEEKS = WeekRollup(
    model=ProductWeek,
    keys=("title_id",),
    values=(
        "order_count", "piece_count", "gross_paid", "refunded", "case_count", "asked_count", "return_count",
        "succeeded_count",
    ),
    source=PRODUCTS,
)  # fmt: skip
