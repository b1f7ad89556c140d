"""What the sales pages and the API read: rollups alone, but for today, which is not closed yet."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Case, Count, F, Max, Min, QuerySet, Sum, When
from django.db.models.functions import TruncMonth

from analytics.models import DailySales, HourlySales, PaymentSales, ProductSales, ProvinceSales
from analytics.queries.figures import NOTHING, Figures, ratio
from analytics.queries.periods import Period
from backoffice.common.clock import business_day, day_bounds
from backoffice.common.models import Store
from backoffice.common.statements import fetch
from orders.core.models import Order

TOP_PRODUCTS = 20
SUMS = {
    "orders": Sum("order_count"), "pieces": Sum("piece_count"), "gross": Sum("gross_paid"), "refunds": Sum("refunded")
}  # fmt: skip


class Part(NamedTuple):
    """One row of a breakdown; the shares of a breakdown sum to 1."""

    key: str | int
    figures: Figures
    share: Decimal | None


class Point(NamedTuple):
    """One row of a series: a day, or a month of a long period."""

    period: Period
    figures: Figures
    placed_count: int


class Freshness(NamedTuple):
    ran_at: datetime | None
    changed_at: datetime | None
    pending: int  # closed days that changed since and wait for the next run


def daily_sales(store: Store, first: date, last: date) -> list[DailySales]:
    """Return one row per day from first to last, both included; a day that was never rolled up is all zeros."""
    rows = DailySales.objects.filter(store=store, day__range=(first, last)).defer("buyer_ids")
    held = {row.day: row for row in rows}
    return [held.get(day) or DailySales(store=store, day=day) for day in Period(first, last).days]


def window_figures(store: Store, period: Period) -> Figures:
    """Return the figures of a whole period: a buyer who bought on several days counts once."""
    rows = DailySales.objects.filter(store=store, day__range=(period.first, period.last))
    sums = rows.aggregate(**SUMS)
    return figures_of(sums, buyer_count=_buyer_count(store, period))


BUYERS = """
SELECT count(DISTINCT buyer_id) FROM analytics_dailysales, unnest(buyer_ids) AS buyer_id
WHERE store_id = %(store)s AND day BETWEEN %(first)s AND %(last)s
"""


def _buyer_count(store: Store, period: Period) -> int:
    with connection.cursor() as cursor:
        cursor.execute(BUYERS, {"store": store.pk, "first": period.first, "last": period.last})
        return cursor.fetchone()[0]


def _grouped(rows: QuerySet[Any], **keys: Any) -> QuerySet[Any, dict[str, Any]]:
    return rows.values(**keys).annotate(**SUMS)


def figures_of(sums: dict[str, Any], *, buyer_count: int = 0) -> Figures:
    return Figures(
        order_count=int(sums["orders"] or 0), piece_count=int(sums["pieces"] or 0),
        gross_paid=sums["gross"] or NOTHING, refunded=sums["refunds"] or NOTHING, buyer_count=buyer_count,
    )  # fmt: skip


def daily_points(store: Store, period: Period) -> list[Point]:
    return [
        Point(
            Period(row.day, row.day),
            Figures(row.order_count, row.piece_count, row.gross_paid, row.refunded, row.buyer_count),
            row.placed_count,
        )
        for row in daily_sales(store, period.first, period.last)
    ]


def monthly_points(store: Store, period: Period) -> list[Point]:
    """Return the months of a long period; its first and last one may be parts of months. Buyers are left out."""
    rows = DailySales.objects.filter(store=store, day__range=(period.first, period.last))
    months = _grouped(rows, month=TruncMonth("day"))
    sums = months.annotate(placed=Sum("placed_count"), first=Min("day"), last=Max("day")).order_by("month")
    return [Point(Period(row["first"], row["last"]), figures_of(row), row["placed"]) for row in sums]


def by_hour(store: Store, period: Period) -> list[Part]:
    """Return all 24 hours, those without an order too."""
    rows = HourlySales.objects.filter(store=store, day__range=(period.first, period.last))
    held = {row["name"]: figures_of(row) for row in _grouped(rows, name=F("hour"))}
    return _parts((hour, held.get(hour, Figures())) for hour in range(24))


def by_province(store: Store, period: Period) -> list[Part]:
    rows = ProvinceSales.objects.filter(store=store, day__range=(period.first, period.last))
    sums = _grouped(rows, name=F("province")).order_by("-gross", "-orders", "name")
    return _parts((row["name"], figures_of(row)) for row in sums)


def by_payment(store: Store, period: Period) -> list[Part]:
    rows = PaymentSales.objects.filter(store=store, day__range=(period.first, period.last))
    sums = _grouped(rows, name=F("payment_method")).order_by("-gross", "-orders", "name")
    return _parts((row["name"], figures_of(row)) for row in sums)


class Products(NamedTuple):
    top: list[Part]  # by amount, the key is the title
    others: Part | None  # all the other titles together
    title_count: int


def by_product(store: Store, period: Period, *, limit: int = TOP_PRODUCTS) -> Products:
    """Return the titles that earned most and one row for all the others."""
    rows = ProductSales.objects.filter(store=store, day__range=(period.first, period.last))
    sums = _grouped(rows, pk=F("title_id"), text=F("title__text")).order_by("-gross", "-pieces", "pk")
    titles = [(row["text"], figures_of(row)) for row in sums]
    rest = [figures for _text, figures in titles[limit:]]
    parts = _parts([*titles[:limit], ("", _added(rest))])
    return Products(top=parts[:-1], others=parts[-1] if rest else None, title_count=len(titles))


def _added(all_figures: Iterable[Figures]) -> Figures:
    """Add the money and pieces up; orders are left out, for one order may hold several titles."""
    figures = list(all_figures)
    return Figures(
        piece_count=sum(one.piece_count for one in figures),
        gross_paid=sum((one.gross_paid for one in figures), NOTHING),
        refunded=sum((one.refunded for one in figures), NOTHING),
    )  # fmt: skip


def _parts(rows: Iterable[tuple[str | int, Figures]]) -> list[Part]:
    rows = list(rows)
    total = sum((figures.gross_paid for _key, figures in rows), Decimal(0))
    return [Part(key, figures, share) for (key, figures), share in zip(rows, _shares(rows, total), strict=True)]


def _shares(rows: list[tuple[str | int, Figures]], total: Decimal) -> list[Decimal | None]:
    """Return shares to a hundredth of a percent that sum to exactly 1, as differences of the rounded running sum."""
    reached, given, shares = Decimal(0), Decimal(0), list[Decimal | None]()
    for _key, figures in rows:
        reached += figures.gross_paid
        upto = ratio(reached, total)
        shares.append(None if upto is None else upto - given)
        given = upto or Decimal(0)
    return shares


class Today(NamedTuple):
    """The day that is not closed, counted from the orders themselves."""

    day: date
    figures: Figures
    placed_count: int


def today_so_far(store: Store, now: datetime) -> Today:
    day = business_day(now)
    start, end = day_bounds(day)
    orders = Order.objects.for_store(store)
    sums = orders.filter(paid_at__gte=start, paid_at__lt=end).aggregate(
        orders=Count("pk"), pieces=Sum(F("piece_count") - F("gift_count")), gross=Sum("gross_paid"),
        refunds=Sum("refunded"), buyers=Count("buyer", distinct=True),
    )  # fmt: skip
    placed = orders.filter(placed_at__gte=start, placed_at__lt=end).count()
    return Today(day, figures_of(sums, buyer_count=sums["buyers"]), placed)


FRESHNESS = """
SELECT state.ran_at, state.changed_at,
    (SELECT count(DISTINCT day) FROM analytics_dirtyday WHERE store_id = %(store)s AND day < %(today)s)
FROM (SELECT %(store)s::bigint AS id) AS store LEFT JOIN analytics_rollupstate AS state ON state.store_id = store.id
"""


def freshness(store: Store, now: datetime) -> Freshness:
    return Freshness._make(fetch(FRESHNESS, {"store": store.pk, "today": business_day(now)})[0])


def rolled_period(store: Store) -> Period | None:
    """Return from the first to the last day that has an order; None when there is none."""
    has_orders = Case(When(order_count__gt=0, then=F("day")))
    days = DailySales.objects.filter(store=store).aggregate(first=Min(has_orders), last=Max(has_orders))
    return Period(days["first"], days["last"]) if days["first"] else None
