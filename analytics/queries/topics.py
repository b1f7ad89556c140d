"""What buyers speak of, by topic, product and week: rollups alone."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Case, F, IntegerField, QuerySet, Sum, Value, When
from django.db.models.functions import TruncWeek

from aftersales.topics.models import Topic
from analytics.models import ProductReturns, ProductSales, TopicDay
from analytics.queries.figures import Figures, change, ratio
from analytics.queries.periods import Period
from analytics.queries.refunds import ReturnRate
from analytics.queries.sales import SUMS as SALES_SUMS
from analytics.queries.sales import figures_of as sales_figures
from backoffice.common.models import Store
from orders.core.models import ProductTitle
from orders.fulfilment.models import Product, Sku

WEEK = timedelta(days=7)
MOST_PRODUCTS = 50
_NAMED = 3  # topics beside a product in the list


def weeks_ending(last: date, count: int) -> Period:
    """Return so many weeks from Monday on; the last one ends with the day, over or not."""
    monday = last - timedelta(days=last.weekday())
    return Period(monday - WEEK * (count - 1), last)


@dataclass
class TopicSums:
    """The mentions of one topic in a period, by source, and all of them in the period before."""

    topic: Topic
    by_source: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    negative: int = 0
    confirmed: int = 0
    before: int = 0

    @property
    def total(self) -> int:
        return sum(self.by_source.values())

    @property
    def change(self) -> Decimal | None:
        return change(self.total, self.before)


def _rows(store: Store, period: Period, title: int | None = None) -> QuerySet[TopicDay]:
    rows = TopicDay.objects.filter(store=store, day__range=(period.first, period.last))
    return rows if title is None else rows.filter(title_id=title)


def topic_sums(store: Store, period: Period, *, title: int | None = None) -> list[TopicSums]:
    """Return the topics that were spoken of in the period or in the one before it, the most frequent first."""
    both = Period(period.previous.first, period.last)
    is_now = Case(When(day__gte=period.first, then=Value(1)), default=Value(0), output_field=IntegerField())
    sums = _rows(store, both, title).values("topic_id", "source", now=is_now).order_by()
    rows = list(sums.annotate(n=Sum("mention_count"), bad=Sum("negative_count"), sure=Sum("confirmed_count")))
    topics = Topic.objects.for_store(store).in_bulk({row["topic_id"] for row in rows})
    found = {pk: TopicSums(topic) for pk, topic in topics.items()}
    for row in rows:
        if row["topic_id"] in found:
            _add(found[row["topic_id"]], row)
    return sorted(found.values(), key=lambda one: (-one.total, -one.before, one.topic.position, one.topic.pk))


def _add(sums: TopicSums, row: Mapping[str, Any]) -> None:
    if not row["now"]:
        sums.before += row["n"]
        return
    sums.by_source[row["source"]] += row["n"]
    sums.negative += row["bad"]
    sums.confirmed += row["sure"]


class Week(NamedTuple):
    period: Period
    by_source: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.by_source.values())


def topic_weeks(store: Store, period: Period, *, title: int | None = None, topic: int | None = None) -> list[Week]:
    """Return every week of the period, those without a mention too."""
    rows = _rows(store, period, title)
    if topic is not None:
        rows = rows.filter(topic=topic)
    sums = rows.values("source", week=TruncWeek("day")).annotate(n=Sum("mention_count")).order_by()
    held: dict[date, dict[str, int]] = defaultdict(dict)
    for row in sums:
        held[row["week"]][row["source"]] = row["n"]
    mondays = (period.first + WEEK * number for number in range((period.day_count + 6) // 7))
    return [
        Week(Period(monday, min(monday + WEEK - timedelta(days=1), period.last)), held.get(monday, {}))
        for monday in mondays
    ]


def product_figures(store: Store, period: Period, title: int) -> tuple[Figures, ReturnRate]:
    """Return what one product sold in the period, and how many of those orders were asked back since."""
    days = {"store": store, "day__range": (period.first, period.last)}
    sums = ProductSales.objects.filter(**days, title=title).aggregate(**SALES_SUMS)
    back = ProductReturns.objects.filter(**days, title_id=title).aggregate(**_RETURNS)
    return sales_figures(sums), _rate(sums["orders"], back)


_RETURNS = {
    "asked": Sum("order_count"), "returned": Sum("return_count"), "succeeded": Sum("succeeded_count"),
    "cases": Sum("case_count"),
}  # fmt: skip


def _rate(orders: int | None, back: Mapping[str, Any]) -> ReturnRate:
    names = ("asked", "returned", "succeeded", "cases")
    return ReturnRate(orders or 0, *(back.get(name) or 0 for name in names))


def sold_product(title: ProductTitle) -> Product | None:
    """Return the product that was last sold under a title, which knows its supplier and how it is packed."""
    sold = ProductSales.objects.filter(store=title.store_id, title=title).exclude(sku_code="").order_by("-day", "-pk")
    code = sold.values_list("sku_code", flat=True).first()
    sku = Sku.objects.filter(store=title.store_id, code=code).select_related("product").first() if code else None
    return sku.product if sku else None


@dataclass
class ProductRow:
    """A product in the list: what it sold, what came back, and what buyers speak of."""

    title_id: int
    text: str
    figures: Figures = field(default_factory=Figures)
    returns: ReturnRate = field(default_factory=ReturnRate)
    mentions: int = 0
    negative: int = 0
    topics: list[tuple[str, int]] = field(default_factory=list)

    @property
    def return_text(self) -> str:
        rate = self.returns.rate
        return "—" if rate is None else f"{rate * 100:.1f} %"

    @property
    def per_hundred(self) -> Decimal | None:
        """Mentions for each hundred orders."""
        share = ratio(self.mentions, self.figures.order_count)
        return None if share is None else share * 100


def product_rows(store: Store, period: Period, *, word: str = "", limit: int = MOST_PRODUCTS) -> list[ProductRow]:
    """Return the products that buyers speak of most, then those that sold most; `word` is part of a title."""
    titles = _titles(store, word)
    mentions = _rows(store, period).exclude(title_id=0)
    sold = ProductSales.objects.filter(store=store, day__range=(period.first, period.last))
    if titles is not None:
        mentions, sold = mentions.filter(title_id__in=titles), sold.filter(title__in=titles)
    spoken = mentions.values("title_id").annotate(n=Sum("mention_count"), bad=Sum("negative_count"))
    counts = {row["title_id"]: (row["n"], row["bad"]) for row in spoken.order_by("-n", "title_id")[:limit]}
    if len(counts) < limit:
        others = sold.exclude(title__in=list(counts)).values("title_id").annotate(n=Sum("gross_paid"))
        top = others.order_by("-n", "title_id")[: limit - len(counts)]
        counts |= {row["title_id"]: (0, 0) for row in top}
    return _filled(store, period, counts)


def _titles(store: Store, word: str) -> list[int] | None:
    if not word:
        return None
    found = ProductTitle.objects.filter(store=store, text__icontains=word)
    return list(found.values_list("pk", flat=True)[:1000])


def _filled(store: Store, period: Period, counts: dict[int, tuple[int, int]]) -> list[ProductRow]:
    """Fill in the names, sales, returns and topics of these products."""
    days = {"store": store, "day__range": (period.first, period.last)}
    texts = ProductTitle.objects.filter(store=store, pk__in=list(counts)).values_list("pk", "text")
    rows = {pk: ProductRow(pk, text, mentions=counts[pk][0], negative=counts[pk][1]) for pk, text in texts}
    sales = ProductSales.objects.filter(**days, title__in=list(counts)).values("title_id")
    for sold in sales.annotate(**SALES_SUMS).order_by():
        rows[sold["title_id"]].figures = sales_figures(dict(sold))
    returns = ProductReturns.objects.filter(**days, title_id__in=list(counts)).values("title_id")
    back = {one["title_id"]: dict(one) for one in returns.annotate(**_RETURNS).order_by()}
    for pk, row in rows.items():
        row.returns = _rate(row.figures.order_count, back.get(pk, {}))
    _name_topics(store, period, rows)
    return [rows[pk] for pk in counts if pk in rows]


def _name_topics(store: Store, period: Period, rows: dict[int, ProductRow]) -> None:
    sums = _rows(store, period).filter(title_id__in=list(rows)).values("title_id", name=F("topic__name"))
    for row in sums.annotate(n=Sum("mention_count")).order_by("title_id", "-n", "name"):
        topics = rows[row["title_id"]].topics
        if len(topics) < _NAMED:
            topics.append((row["name"], row["n"]))
