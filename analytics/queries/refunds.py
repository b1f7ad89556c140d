"""What the after-sales figures read: rollups alone, for any period of closed days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from analytics.queries.figures import NOTHING, ratio
from analytics.queries.periods import Period
from analytics.queries.weeks import SOLD, SOLD_BY_PRODUCT, week_values
from backoffice.common.models import Store
from backoffice.common.statements import fetch

SEVERAL, OTHERS = 0, -1  # in place of a product: a whole order of several, and all that are not named
LEAST_ORDERS = 10  # a product with fewer orders has no rate worth comparing


@dataclass(frozen=True)
class CaseFigures:
    case_count: int = 0
    succeeded_count: int = 0
    closed_count: int = 0
    asked: Decimal = NOTHING
    refunded: Decimal = NOTHING

    def plus(self, other: "CaseFigures") -> "CaseFigures":
        return CaseFigures(
            self.case_count + other.case_count,
            self.succeeded_count + other.succeeded_count,
            self.closed_count + other.closed_count,
            self.asked + other.asked,
            self.refunded + other.refunded,
        )


@dataclass(frozen=True)
class ReturnRate:
    """Of the orders paid in a period that hold a product; analytics.rollups.product_returns says what counts."""

    order_count: int = 0
    asked_count: int = 0  # orders with a case asked for
    return_count: int = 0  # orders with a case whose goods come back
    succeeded_count: int = 0  # orders with a case that succeeded
    case_count: int = 0

    @property
    def rate(self) -> Decimal | None:
        return ratio(self.asked_count, self.order_count)

    @property
    def goods_rate(self) -> Decimal | None:
        return ratio(self.return_count, self.order_count)


_CASES = """
SELECT reason_kind, day >= %(first)s AS is_now, sum(case_count) AS cases, sum(succeeded_count), sum(closed_count),
    sum(asked), sum(refunded)
FROM analytics_refundreasons WHERE store_id = %(store)s AND day BETWEEN %(before)s AND %(last)s
GROUP BY 1, 2 ORDER BY cases DESC, reason_kind
"""


def _days(store: Store, period: Period) -> dict[str, Any]:
    return {"store": store.pk, "first": period.first, "last": period.last}


def cases_by_reason(store: Store, period: Period) -> dict[str, CaseFigures]:
    """Return what the cases asked for in the period are about, the most frequent first."""
    return _cases(store, period, period.first)[0]


def cases_and_before(store: Store, period: Period) -> tuple[dict[str, CaseFigures], dict[str, CaseFigures]]:
    """Return the same of the period and of as many days before it; one statement."""
    return _cases(store, period, period.previous.first)


def _cases(store: Store, period: Period, first: date) -> tuple[dict[str, CaseFigures], dict[str, CaseFigures]]:
    now: dict[str, CaseFigures] = {}
    before: dict[str, CaseFigures] = {}
    rows = fetch(_CASES, _days(store, period) | {"before": first})
    for kind, is_now, cases, succeeded, closed, asked, refunded in rows:
        figures = CaseFigures(int(cases), int(succeeded), int(closed), asked, refunded)
        (now if is_now else before)[kind] = figures
    return now, before


def added(all_figures: Iterable[CaseFigures]) -> CaseFigures:
    total = CaseFigures()
    for figures in all_figures:
        total = total.plus(figures)
    return total


class Cell(NamedTuple):
    """Cases of one reason, about one product, asked for in one month."""

    title_id: int  # or SEVERAL, or OTHERS
    reason_kind: str
    month: date  # its first day
    case_count: int


class Matrix(NamedTuple):
    titles: dict[int, str]  # the products with the most cases, the first has the most
    title_count: int  # of all products with a case
    cells: list[Cell]


_MATRIX = """
WITH months AS MATERIALIZED (
    SELECT title_id, reason_kind, (day - (extract(day FROM day)::int - 1)) AS month, sum(case_count) AS cases
    FROM analytics_refundreasons WHERE store_id = %(store)s AND day BETWEEN %(first)s AND %(last)s
    GROUP BY 1, 2, 3
), ranked AS (
    SELECT title_id, row_number() OVER (ORDER BY sum(cases) DESC, title_id) AS place, count(*) OVER () AS title_count
    FROM months WHERE title_id <> 0 GROUP BY title_id
)
SELECT CASE WHEN months.title_id = 0 THEN 0 WHEN ranked.place <= %(limit)s THEN months.title_id ELSE -1 END AS title,
    reason_kind, month, sum(cases), min(ranked.place), max(ranked.title_count), min(named.text)
FROM months LEFT JOIN ranked ON ranked.title_id = months.title_id
LEFT JOIN orders_producttitle AS named
    ON named.id = months.title_id AND named.store_id = %(store)s AND ranked.place <= %(limit)s
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


def reasons_by_product_and_month(store: Store, period: Period, *, limit: int) -> Matrix:
    """Return the cases by product, reason and month; products after the first `limit` are one."""
    cells, places, title_count = list[Cell](), dict[int, tuple[int, str]](), 0
    for title_id, kind, month, cases, place, count, text in fetch(_MATRIX, _days(store, period) | {"limit": limit}):
        cells.append(Cell(title_id, kind, month, int(cases)))
        title_count = count or title_count
        if title_id > 0:
            places[title_id] = place, text or str(title_id)
    return Matrix({pk: places[pk][1] for pk in sorted(places, key=lambda pk: places[pk])}, title_count, cells)


class HighReturn(NamedTuple):
    title_id: int
    text: str
    rate: ReturnRate


RATES = f"""
SELECT sold.title_id, title.text, order_count, asked_count, return_count, succeeded_count, case_count
FROM ({SOLD_BY_PRODUCT.format("")}) AS sold JOIN orders_producttitle AS title ON title.id = sold.title_id
WHERE order_count >= %(least)s AND case_count > 0
ORDER BY asked_count::numeric / order_count DESC, asked_count DESC, sold.title_id
LIMIT %(limit)s
"""  # noqa: S608 -- a statement of the code


def high_returns(store: Store, period: Period, *, limit: int, least: int = LEAST_ORDERS) -> list[HighReturn]:
    """Return the products with the highest return rates among those with `least` orders paid in the period."""
    rows = fetch(RATES, week_values(store, period) | {"least": least, "limit": limit})
    return [HighReturn(pk, text, ReturnRate(*(int(count) for count in counts))) for pk, text, *counts in rows]


def return_rate(store: Store, period: Period) -> ReturnRate:
    """Return the rate of all products, where an order counts once for each product."""
    ((orders, _pieces, _gross, _refunded, *returns),) = fetch(SOLD.format(""), week_values(store, period))
    return ReturnRate(int(orders or 0), *(int(count or 0) for count in returns))


_TOP_REASONS = """
SELECT DISTINCT ON (title_id) title_id, reason_kind
FROM analytics_refundreasons
WHERE store_id = %(store)s AND day BETWEEN %(first)s AND %(last)s AND title_id = ANY(%(titles)s)
GROUP BY title_id, reason_kind ORDER BY title_id, sum(case_count) DESC, reason_kind
"""


def top_reasons(store: Store, period: Period, title_ids: Sequence[int]) -> dict[int, str]:
    """Return what the cases on each product, asked for in the period, are about most often."""
    rows = fetch(_TOP_REASONS, _days(store, period) | {"titles": list(title_ids)})
    return {title_id: kind for title_id, kind in rows}  # noqa: C416 -- mypy knows what comes of it
