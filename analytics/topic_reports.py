"""The pages of what buyers speak of: charts, the same numbers in rows, and the way to the words behind them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from aftersales.topics.models import ProductAction
from aftersales.topics.queries import Mention, newest_mentions, product_actions
from aftersales.topics.statuses import Source
from analytics.queries import Period
from analytics.queries.topics import TopicReport, TopicSums, Week, product_figures, topic_report
from analytics.reports import Metric, percent_text
from backoffice.common.display import money_text
from backoffice.common.models import Store

_MARK = 16  # characters above the chart
_QUOTED_TOPICS, _QUOTES = 6, 3


def mentions_url(period: Period, **filters: Any) -> str:
    """Return the address of exactly the texts that spoke of it in the period."""
    days = {"day_from": period.first.isoformat(), "day_to": period.last.isoformat()}
    given = {name: value for name, value in filters.items() if value not in (None, "")}
    return f"{reverse('topics:mention-list')}?{urlencode(given | days)}"


@dataclass(frozen=True, slots=True)
class Cell:
    source: str
    count: int
    url: str


class TopicRow(NamedTuple):
    sums: TopicSums
    cells: list[Cell]
    change_text: str
    url: str


class WeekRow(NamedTuple):
    label: str
    key: str
    cells: list[Cell]
    total: int
    actions: list[ProductAction]


def topic_rows(sums: Iterable[TopicSums], period: Period, *, title: int | None = None) -> list[TopicRow]:
    return [
        TopicRow(one, _cells(one.by_source, url), percent_text(one.change, signed=True), url)
        for one in sums
        for url in [mentions_url(period, topic=one.topic.code, title=title)]
    ]


def _cells(by_source: Mapping[str, int], url: str) -> list[Cell]:
    """Return the cell of each source; `url` is the way to those of all."""
    return [Cell(source, by_source.get(source, 0), f"{url}&source={source}") for source in Source.values]


def week_rows(
    weeks: Iterable[Week], actions: Sequence[ProductAction] = (), *, title: int | None = None
) -> list[WeekRow]:
    """Return the weeks as a table shows them, each with what was done in it."""
    return [
        WeekRow(
            week.period.first.isoformat(),
            week.period.first.isoformat(),
            _cells(week.by_source, mentions_url(week.period, title=title)),
            week.total,
            [action for action in actions if week.period.first <= action.day <= week.period.last],
        )
        for week in weeks
    ]


def week_chart(rows: Sequence[WeekRow]) -> dict[str, Any]:
    """Return stacked bars by source, and the weeks in which something was done."""
    series = [
        {"name": str(Source(source).label), "stack": "all", "data": [row.cells[number].count for row in rows]}
        for number, source in enumerate(Source.values)
    ]
    marks = [{"x": number, "text": _shortened(row.actions[0].text)} for number, row in enumerate(rows) if row.actions]
    return {"kind": "bar", "legend": True, "x": [row.label[5:] for row in rows], "series": series, "marks": marks}


def _shortened(text: str) -> str:
    return text if len(text) <= _MARK else f"{text[: _MARK - 1]}…"


class QuoteGroup(NamedTuple):
    row: TopicRow
    mentions: list[Mention]


class ProductReport:
    """Everything about one product in some weeks, read when it is first asked for."""

    def __init__(self, store: Store, title: int, period: Period) -> None:
        self.store, self.title, self.period = store, title, period

    @cached_property
    def actions(self) -> list[ProductAction]:
        return product_actions(self.store, self.title)

    @cached_property
    def _spoken(self) -> TopicReport:
        return topic_report(self.store, self.period, title=self.title)

    @cached_property
    def weeks(self) -> list[WeekRow]:
        return week_rows(self._spoken.weeks, self.actions, title=self.title)

    @property
    def chart(self) -> dict[str, Any]:
        return week_chart(self.weeks)

    @cached_property
    def topics(self) -> list[TopicRow]:
        return topic_rows(self._spoken.sums, self.period, title=self.title)

    @cached_property
    def quotes(self) -> list[QuoteGroup]:
        """Return the newest words of buyers for the topics that they speak of most."""
        shown = [row for row in self.topics if row.sums.total][:_QUOTED_TOPICS]
        found = newest_mentions(self.store, self.title, [row.sums.topic.pk for row in shown], each=_QUOTES)
        groups = (QuoteGroup(row, [one for one in found if one.row.topic_id == row.sums.topic.pk]) for row in shown)
        return [group for group in groups if group.mentions]

    @cached_property
    def metrics(self) -> list[Metric]:
        figures, returns = product_figures(self.store, self.period, self.title)
        spoken = sum(row.sums.total for row in self.topics)
        return [
            _metric("pieces", _("Pieces sold"), _("Pieces of orders paid in these weeks, gifts aside."),
                    figures.piece_count, f"{figures.piece_count:,}"),
            _metric("paid", _("Paid amount"), _("The product's part of what buyers paid, on the day of payment."),
                    figures.gross_paid, money_text(figures.gross_paid)),
            _metric("return_rate", _("Return rate"),
                    _("Orders paid in these weeks with an after-sales case for the product since, of all its orders."),
                    returns.rate, percent_text(returns.rate)),
            _metric("refund_rate", _("Refund rate"), _("Refunded so far, divided by paid amount."),
                    figures.refund_rate, percent_text(figures.refund_rate)),
            _metric("mentions", _("Times a topic was spoken of"),
                    _("In notes, refund reasons and reviews; a text that speaks of two topics counts twice."),
                    spoken, f"{spoken:,}"),
        ]  # fmt: skip


def _metric(name: str, label: str, definition: str, value: Decimal | int | None, text: str) -> Metric:
    return Metric(name, label, definition, value, text, None, "")
