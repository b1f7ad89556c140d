"""What buyers speak of, by topic, product and week: rollups alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from aftersales.topics.queries import TopicName, topic_names
from aftersales.topics.statuses import Source
from analytics.queries.figures import NOTHING, Figures, change, ratio
from analytics.queries.periods import Period
from analytics.queries.refunds import ReturnRate
from analytics.queries.weeks import (
    OTHER_DAYS,
    SOLD,
    SOLD_BY_PRODUCT,
    SOLD_COLUMNS,
    WEEK,
    WHOLE_WEEKS,
    week_values,
)
from backoffice.common.models import Store
from backoffice.common.statements import fetch
from orders.core.queries import titles_with

MOST_PRODUCTS = 50
_NAMED = 3  # topics beside a product in the list
_MOST_TITLES = 1000  # that a word is looked for in


@dataclass
class TopicSums:
    """The mentions of one topic in a period, by source, and all of them in the period before."""

    topic: TopicName
    by_source: dict[str, int] = field(default_factory=dict)
    negative: int = 0
    confirmed: int = 0
    before: int = 0

    @property
    def total(self) -> int:
        return sum(self.by_source.values())

    @property
    def change(self) -> Decimal | None:
        return change(self.total, self.before)


class Week(NamedTuple):
    period: Period
    by_source: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.by_source.values())


class TopicReport(NamedTuple):
    sums: list[TopicSums]  # spoken of in the period or in the one before it, the most frequent first
    weeks: list[Week]  # every week of the period, those without a mention too


# Mentions of the weeks, and of the days that no whole week holds; {} narrows them to products
_COUNTS = ("note_count", "refund_count", "review_count", "negative_count", "confirmed_count")
_MENTIONS = f"""
    SELECT day, title_id, topic_id, {", ".join(_COUNTS)} FROM analytics_topicweek WHERE {WHOLE_WEEKS}{{0}}
    UNION ALL SELECT day, title_id, topic_id,
        {", ".join(f"CASE source WHEN '{source}' THEN mention_count ELSE 0 END" for source in Source.values)},
        negative_count, confirmed_count
    FROM analytics_topicday WHERE {OTHER_DAYS}{{0}}
"""  # noqa: S608 -- conditions of the code
_REPORT = f"""
SELECT topic_id, is_now, week, {", ".join(f"sum({name})" for name in _COUNTS)}
FROM (
    SELECT topic_id, day >= %(now)s AS is_now, day - (extract(isodow FROM day)::int - 1) AS week,
        {", ".join(f"sum({name}) AS {name}" for name in _COUNTS)}
    FROM ({{}}) AS mentions GROUP BY topic_id, day
) AS dated
GROUP BY GROUPING SETS ((topic_id, is_now), (is_now, week))
"""  # noqa: S608 -- names of the code
_OF_TITLE = " AND title_id = %(title)s"
_STATEMENTS = {is_one: _REPORT.format(_MENTIONS.format(_OF_TITLE if is_one else "")) for is_one in (True, False)}


def topic_report(store: Store, period: Period, *, title: int | None = None) -> TopicReport:
    """Return the topics and the weeks of a period, of one product or of all: two statements."""
    both = Period(period.previous.first, period.last)
    by_day = period.first.weekday() > 0  # the week in which the period begins is of both
    values = week_values(store, both, by_day=by_day) | {"now": period.first, "title": title}
    found = {topic.pk: TopicSums(topic) for topic in topic_names(store)}
    by_week: dict[date, dict[str, int]] = {}
    for topic_id, is_now, week, *sums in fetch(_STATEMENTS[title is not None], values):
        counts = [int(count) for count in sums]
        if week is None and topic_id in found:
            _add(found[topic_id], counts, is_now=is_now)
        elif week is not None and is_now:
            by_week[week] = _by_source(counts)
    return TopicReport(_ranked(found.values()), _weeks(period, by_week))


def _by_source(counts: Sequence[int]) -> dict[str, int]:
    """Return the counts of _COUNTS that are not zero by source."""
    return {source: count for source, count in zip(Source.values, counts, strict=False) if count}


def _add(sums: TopicSums, counts: Sequence[int], *, is_now: bool) -> None:
    if is_now:
        sums.by_source, (sums.negative, sums.confirmed) = _by_source(counts), counts[-2:]
    else:
        sums.before = sum(_by_source(counts).values())


def _ranked(found: Iterable[TopicSums]) -> list[TopicSums]:
    """Return those that were spoken of, the most frequent first; the others are in the order of the settings."""
    return sorted((one for one in found if one.total or one.before), key=lambda one: (-one.total, -one.before))


def _weeks(period: Period, by_week: dict[date, dict[str, int]]) -> list[Week]:
    mondays = (period.first + WEEK * number for number in range((period.day_count + 6) // 7))
    return [
        Week(Period(monday, min(monday + WEEK - timedelta(days=1), period.last)), by_week.get(monday, {}))
        for monday in mondays
    ]


def topic_sums(store: Store, period: Period, *, title: int | None = None) -> list[TopicSums]:
    return topic_report(store, period, title=title).sums


def topic_weeks(store: Store, period: Period, *, title: int | None = None) -> list[Week]:
    return topic_report(store, period, title=title).weeks


def _figures(sums: Sequence[Any]) -> tuple[Figures, ReturnRate]:
    orders, pieces, gross, refunded, *returns = sums
    figures = Figures(int(orders or 0), int(pieces or 0), gross or NOTHING, refunded or NOTHING)
    return figures, ReturnRate(int(orders or 0), *(int(count or 0) for count in returns))


def product_figures(store: Store, period: Period, title: int) -> tuple[Figures, ReturnRate]:
    """Return what one product sold in the period, and how many of those orders were asked back since."""
    (sums,) = fetch(SOLD.format(_OF_TITLE), week_values(store, period) | {"title": title})
    return _figures(sums)


class SoldAs(NamedTuple):
    """The product that was last sold under a title, which knows its supplier and how it is packed."""

    pk: int
    code: str
    brand: str
    supplier: str
    packing_instruction: str


_SOLD_AS = """
SELECT product.id, product.code, product.brand, product.supplier, product.packing_instruction
FROM fulfilment_sku AS sku JOIN fulfilment_product AS product ON product.id = sku.product_id
WHERE sku.store_id = %(store)s AND sku.code = (
    SELECT sku_code FROM analytics_productsales WHERE store_id = %(store)s AND title_id = %(title)s AND sku_code <> ''
    ORDER BY day DESC, id DESC LIMIT 1)
LIMIT 1
"""


def sold_product(store: Store, title: int) -> SoldAs | None:
    rows = fetch(_SOLD_AS, {"store": store.pk, "title": title})
    return SoldAs._make(rows[0]) if rows else None


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


@dataclass
class _Spoken:
    mentions: int
    negative: int
    topics: list[tuple[str, int]] = field(default_factory=list)


_AMONG = " AND title_id = ANY(%(titles)s)"
_SPOKEN = """
WITH spoken AS MATERIALIZED (
    SELECT title_id, topic_id, sum(note_count + refund_count + review_count) AS said, sum(negative_count) AS negative
    FROM ({}) AS mentions WHERE title_id <> 0 GROUP BY title_id, topic_id
), top AS (
    SELECT title_id, sum(said) AS said, sum(negative) AS negative FROM spoken
    GROUP BY title_id ORDER BY said DESC, title_id LIMIT %(limit)s
)
SELECT top.title_id, top.said, top.negative, topic.name, spoken.said
FROM top JOIN spoken ON spoken.title_id = top.title_id JOIN topics_topic AS topic ON topic.id = spoken.topic_id
ORDER BY top.said DESC, top.title_id, spoken.said DESC, topic.name
"""
_LISTED = """
WITH sold AS MATERIALIZED ({}), others AS (
    SELECT title_id FROM sold WHERE NOT title_id = ANY(%(spoken)s) AND order_count + piece_count > 0
    ORDER BY gross_paid DESC, title_id LIMIT %(rest)s
)
SELECT title.id, title.text, {}
FROM (SELECT unnest(%(spoken)s::bigint[]) AS title_id UNION ALL SELECT title_id FROM others) AS listed
JOIN orders_producttitle AS title ON title.id = listed.title_id AND title.store_id = %(store)s
LEFT JOIN sold ON sold.title_id = listed.title_id
ORDER BY array_position(%(spoken)s::bigint[], title.id), sold.gross_paid DESC, title.id
"""


def product_rows(store: Store, period: Period, *, word: str = "", limit: int = MOST_PRODUCTS) -> list[ProductRow]:
    """Return the products that buyers speak of most, then those that sold most; `word` is part of a title."""
    values = week_values(store, period) | {"titles": _titles(store, word), "limit": limit}
    among = _AMONG if word else ""
    spoken = _spoken(fetch(_SPOKEN.format(_MENTIONS.format(among)), values))
    values |= {"spoken": list(spoken), "rest": limit - len(spoken)}
    statement = _LISTED.format(SOLD_BY_PRODUCT.format(among), ", ".join(f"sold.{name}" for name in SOLD_COLUMNS))
    return [
        ProductRow(pk, text, *_figures(sums), said.mentions, said.negative, said.topics)
        for pk, text, *sums in fetch(statement, values)
        for said in [spoken.get(pk) or _Spoken(0, 0)]
    ]


def _titles(store: Store, word: str) -> list[int]:
    if not word:
        return []
    return list(titles_with(store, word).values_list("pk", flat=True)[:_MOST_TITLES])


def _spoken(rows: Iterable[Sequence[Any]]) -> dict[int, _Spoken]:
    found: dict[int, _Spoken] = {}
    for title_id, said, negative, name, count in rows:
        one = found.setdefault(title_id, _Spoken(int(said), int(negative)))
        if len(one.topics) < _NAMED:
            one.topics.append((name, int(count)))
    return found
