"""What the after-sales figures read: rollups alone, for any period of closed days."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import BigIntegerField, Case, F, QuerySet, Sum, Value, When
from django.db.models.functions import TruncMonth

from analytics.models import ProductReturns, ProductSales, RefundReasons
from analytics.queries.figures import NOTHING, ratio
from analytics.queries.periods import Period
from backoffice.common.models import Store
from orders.core.models import ProductTitle

SEVERAL, OTHERS = 0, -1  # in place of a product: a whole order of several, and all that are not named
LEAST_ORDERS = 10  # a product with fewer orders has no rate worth comparing
_SUMS = {
    "cases": Sum("case_count"), "succeeded": Sum("succeeded_count"), "closed": Sum("closed_count"),
    "asked": Sum("asked"), "refunded": Sum("refunded"),
}  # fmt: skip


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


def _rows(store: Store, period: Period) -> QuerySet[RefundReasons]:
    return RefundReasons.objects.filter(store=store, day__range=(period.first, period.last))


def _figures(row: Mapping[str, Any]) -> CaseFigures:
    return CaseFigures(row["cases"], row["succeeded"], row["closed"], row["asked"], row["refunded"])


def _summed(rows: QuerySet[Any], **keys: Any) -> QuerySet[Any, dict[str, Any]]:
    return rows.values(**keys).annotate(**_SUMS)


def cases_by_reason(store: Store, period: Period) -> dict[str, CaseFigures]:
    """Return what the cases asked for in the period are about, the most frequent first."""
    ranked = sorted(_summed(_rows(store, period), name=F("reason_kind")), key=lambda row: (-row["cases"], row["name"]))
    return {row["name"]: _figures(row) for row in ranked}


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


def reasons_by_product_and_month(store: Store, period: Period, *, limit: int) -> Matrix:
    """Return the cases by product, reason and month; products after the first `limit` are one."""
    ranked = _rows(store, period).exclude(title_id=SEVERAL).values("title_id").annotate(cases=Sum("case_count"))
    by_rank = ranked.order_by("-cases", "title_id")
    top = [row["title_id"] for row in by_rank[:limit]]
    texts = dict(ProductTitle.objects.filter(store=store, pk__in=top).values_list("pk", "text"))
    named = Case(
        When(title_id__in=[*top, SEVERAL], then=F("title_id")),
        default=Value(OTHERS),
        output_field=BigIntegerField(),
    )
    sums = _rows(store, period).values("reason_kind", title=named, month=TruncMonth("day"))
    cells = [
        Cell(row["title"], row["reason_kind"], row["month"], row["cases"])
        for row in sums.annotate(cases=Sum("case_count")).order_by("title", "reason_kind", "month")
    ]
    return Matrix({pk: texts.get(pk, str(pk)) for pk in top}, ranked.count(), cells)


class HighReturn(NamedTuple):
    title_id: int
    text: str
    rate: ReturnRate


RATES = """
WITH sold AS (
    SELECT title_id, sum(order_count) AS order_count FROM analytics_productsales
    WHERE store_id = %(store)s AND day BETWEEN %(first)s AND %(last)s GROUP BY title_id
),
back AS (
    SELECT title_id, sum(order_count) AS asked_count, sum(return_count) AS return_count,
        sum(succeeded_count) AS succeeded_count, sum(case_count) AS case_count
    FROM analytics_productreturns
    WHERE store_id = %(store)s AND day BETWEEN %(first)s AND %(last)s GROUP BY title_id
)
SELECT sold.title_id, t.text, sold.order_count, back.asked_count, back.return_count, back.succeeded_count,
    back.case_count
FROM back JOIN sold ON sold.title_id = back.title_id JOIN orders_producttitle AS t ON t.id = sold.title_id
WHERE sold.order_count >= %(least)s
ORDER BY back.asked_count / sold.order_count DESC, back.asked_count DESC, sold.title_id
LIMIT %(limit)s
"""


def high_returns(store: Store, period: Period, *, limit: int, least: int = LEAST_ORDERS) -> list[HighReturn]:
    """Return the products with the highest return rates among those with `least` orders paid in the period."""
    values: dict[str, Any] = {
        "store": store.pk,
        "first": period.first,
        "last": period.last,
        "least": least,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(RATES, values)
        return [
            HighReturn(title_id, text, ReturnRate(*(int(count) for count in counts)))
            for title_id, text, *counts in cursor.fetchall()
        ]


def return_rate(store: Store, period: Period, *, title_id: int | None = None) -> ReturnRate:
    """Return the rate of one product; without one, of all of them, where an order counts once for each product."""
    about = {"store": store, "day__range": (period.first, period.last)}
    about |= {} if title_id is None else {"title_id": title_id}
    sold = ProductSales.objects.filter(**about).aggregate(orders=Sum("order_count"))
    back = ProductReturns.objects.filter(**about).aggregate(
        asked=Sum("order_count"), returns=Sum("return_count"), succeeded=Sum("succeeded_count"),
        cases=Sum("case_count"),
    )  # fmt: skip
    return ReturnRate(sold["orders"] or 0, *(count or 0 for count in back.values()))


def top_reasons(store: Store, period: Period, title_ids: Sequence[int]) -> dict[int, str]:
    """Return what the cases on each product, asked for in the period, are about most often."""
    sums = _rows(store, period).filter(title_id__in=title_ids).values("title_id", "reason_kind")
    ranked = sums.annotate(cases=Sum("case_count")).order_by("cases", "-reason_kind")
    return {row["title_id"]: row["reason_kind"] for row in ranked}  # the last one of each has the most
