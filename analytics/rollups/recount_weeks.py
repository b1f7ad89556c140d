"""Weeks counted again, in Python and day by day, from the days that are themselves compared with their sources."""

import calendar
from collections.abc import Sequence
from datetime import date, timedelta

from django.db.models import QuerySet

from analytics.models import ProductReturns, ProductSales, ProductWeek, TopicDay, TopicWeek
from analytics.rollups.tally import Recount

_SALES = ("order_count", "piece_count", "gross_paid", "refunded")
_RETURNS = {
    "case_count": "case_count", "order_count": "asked_count", "return_count": "return_count",
    "succeeded_count": "succeeded_count",
}  # fmt: skip


def count_weeks(result: Recount, stores: Sequence[int], first: date, last: date) -> None:
    """Count the weeks whose last day is one of the days from first to last, both included."""
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    for sunday in (day for day in days if day.weekday() == calendar.SUNDAY):
        week = {"store__in": stores, "day__range": (sunday - timedelta(days=6), sunday)}
        _count_topics(result, sunday, TopicDay.objects.filter(**week))
        for sold in ProductSales.objects.filter(**week).values("store_id", "title_id", *_SALES).iterator():
            key = (sold["store_id"], sunday, sold["title_id"])
            result.add(ProductWeek, key, **{name: sold[name] for name in _SALES})
        for back in ProductReturns.objects.filter(**week).values("store_id", "title_id", *_RETURNS).iterator():
            key = (back["store_id"], sunday, back["title_id"])
            result.add(ProductWeek, key, **{_RETURNS[name]: back[name] for name in _RETURNS})


def _count_topics(result: Recount, sunday: date, rows: QuerySet[TopicDay]) -> None:
    for row in rows.iterator():
        result.add(
            TopicWeek, (row.store_id, sunday, row.title_id, row.topic_id),
            **{f"{row.source}_count": row.mention_count}, negative_count=row.negative_count,
            confirmed_count=row.confirmed_count,
        )  # fmt: skip
