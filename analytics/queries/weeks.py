"""Any days as whole weeks and the few days before and after them, which is how long periods are added up quickly."""

from datetime import date, timedelta
from typing import Any

from analytics.queries.periods import DAY, Period
from backoffice.common.models import Store

WEEK = timedelta(days=7)


def weeks_ending(last: date, count: int) -> Period:
    """Return so many weeks from Monday on; the last one ends with the day, over or not."""
    monday = last - timedelta(days=last.weekday())
    return Period(monday - WEEK * (count - 1), last)


def week_values(store: Store, period: Period, *, by_day: bool = False) -> dict[str, Any]:
    """Return what WHOLE_WEEKS and OTHER_DAYS name; a stretch that is empty ends before it begins.

    `by_day` takes no week as a whole, for what has to be told apart within one.
    """
    after = period.last + DAY
    monday = after if by_day else period.first + DAY * (-period.first.weekday() % 7)  # of the first whole week
    end = max(after - DAY * after.weekday(), monday)  # the Monday after the last whole week
    is_short = monday > period.last
    return {
        "store": store.pk,
        "weeks_from": monday,
        "weeks_to": end - DAY,
        "head_from": period.first,
        "head_to": period.last if is_short else monday - DAY,
        "tail_from": after if is_short else end,
        "tail_to": period.last,
    }


WHOLE_WEEKS = "store_id = %(store)s AND day BETWEEN %(weeks_from)s AND %(weeks_to)s"
OTHER_DAYS = (
    "store_id = %(store)s AND (day BETWEEN %(head_from)s AND %(head_to)s OR day BETWEEN %(tail_from)s AND %(tail_to)s)"
)

# What products sold and what came back: the columns of Figures, then those of ReturnRate beside its orders
SOLD_COLUMNS = (
    "order_count", "piece_count", "gross_paid", "refunded", "asked_count", "return_count", "succeeded_count",
    "case_count",
)  # fmt: skip
_DAYS = f"""
    SELECT title_id, {", ".join(SOLD_COLUMNS)} FROM analytics_productweek WHERE {WHOLE_WEEKS}{{0}}
    UNION ALL SELECT title_id, order_count, piece_count, gross_paid, refunded, 0, 0, 0, 0
    FROM analytics_productsales WHERE {OTHER_DAYS}{{0}}
    UNION ALL SELECT title_id, 0, 0, 0, 0, order_count, return_count, succeeded_count, case_count
    FROM analytics_productreturns WHERE {OTHER_DAYS}{{0}}
"""  # noqa: S608 -- names of the code
_SUMS = ", ".join(f"sum({name}) AS {name}" for name in SOLD_COLUMNS)
SOLD = f"SELECT {_SUMS} FROM ({_DAYS}) AS days"  # noqa: S608 -- as above; {0} narrows it to products
SOLD_BY_PRODUCT = f"SELECT title_id, {_SUMS} FROM ({_DAYS}) AS days GROUP BY title_id"  # noqa: S608 -- as above
