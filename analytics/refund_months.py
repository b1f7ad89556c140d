"""The cases of a period by product, reason and month, each number with the way to exactly its cases."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from aftersales.refunds.statuses import ReasonKind
from analytics.queries import Period
from analytics.queries.refunds import OTHERS, SEVERAL, Matrix

MOST_MONTHS = 12  # columns; what is before stands in one more


def cases_url(**filters: str) -> str:
    """Return the address of exactly the cases that match the filters."""
    try:
        return f"{reverse('refunds:refund-list')}?{urlencode({'queue': 'all'} | filters)}"
    except NoReverseMatch:
        return ""


def asked_url(period: Period, **filters: str) -> str:
    """Return the address of the cases that were asked for in the period."""
    days = {"requested_from": period.first.isoformat(), "requested_to": period.last.isoformat()}
    return cases_url(**days, **filters)


def reason_label(kind: str) -> str:
    return str(ReasonKind(kind).label) if kind else ""


class MonthCell(NamedTuple):
    key: str
    case_count: int
    url: str


class MatrixRow(NamedTuple):
    label: str
    is_product: bool  # the sum of the reasons below it
    title_id: int  # of the product that it is the row of; 0: none
    cells: list[MonthCell]
    total: MonthCell


class MonthTable:
    """Products, under each its reasons, by month: the reasons of a product add up to it, the months to the total."""

    def __init__(self, period: Period, found: Matrix) -> None:
        self.period, self.found = period, found
        self.spans = list(_spans(period))
        self.counts: dict[tuple[int, str], list[int]] = {}
        for cell in found.cells:
            counts = self.counts.setdefault((cell.title_id, cell.reason_kind), [0] * len(self.spans))
            counts[_column(self.spans, cell.month)] += cell.case_count

    @property
    def headings(self) -> list[str]:
        months = [f"{span.first:%Y-%m}" for span in self.spans]
        if len(months) > MOST_MONTHS:
            months[0] = _("Before")
        return months

    @property
    def rows(self) -> list[MatrixRow]:
        return [row for title_id in self._titles() for row in self._product_rows(title_id)]

    def _titles(self) -> list[int]:
        held = {title_id for title_id, _reason in self.counts}
        return [title_id for title_id in (*self.found.titles, OTHERS, SEVERAL) if title_id in held]

    def _product_rows(self, title_id: int) -> list[MatrixRow]:
        reasons = {kind: counts for (pk, kind), counts in self.counts.items() if pk == title_id}
        ordered = sorted(reasons, key=lambda kind: (-sum(reasons[kind]), kind))
        sums = [sum(column) for column in zip(*reasons.values(), strict=True)]
        head = self._row(self._title_label(title_id), title_id, "", sums)
        return [head, *(self._row(reason_label(kind), title_id, kind, reasons[kind]) for kind in ordered)]

    def _title_label(self, title_id: int) -> str:
        if title_id == SEVERAL:
            return _("Whole orders of several products")
        if title_id == OTHERS:
            count = self.found.title_count - len(self.found.titles)
            return _("%(count)s other products") % {"count": f"{count:,}"}
        return self.found.titles[title_id]

    def _row(self, label: str, title_id: int, kind: str, counts: Sequence[int]) -> MatrixRow:
        cells = [self._cell(title_id, kind, span, count) for span, count in zip(self.spans, counts, strict=True)]
        total = self._cell(title_id, kind, self.period, sum(counts), "total")
        return MatrixRow(label, not kind, max(title_id, 0) if not kind else 0, cells, total)

    @cached_property
    def _urls(self) -> dict[Period, str]:
        return {span: asked_url(span) for span in (*self.spans, self.period)}

    def _cell(self, title_id: int, kind: str, span: Period, count: int, month: str = "") -> MonthCell:
        url = ""
        if count and title_id > 0:
            url = f"{self._urls[span]}&title={title_id}" + (f"&reason_kind={kind}" if kind else "")
        key = ":".join(part for part in (str(title_id), kind, month or f"{span.first:%Y-%m}") if part)
        return MonthCell(key, count, url)


def _spans(period: Period) -> Iterable[Period]:
    """Return the months of the period, the first and the last one cut to it; those before the newest 12 are one."""
    months, first = [], period.first
    while first <= period.last:
        following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        months.append(Period(first, min(following - timedelta(days=1), period.last)))
        first = following
    before = months[:-MOST_MONTHS]
    return [Period(before[0].first, before[-1].last), *months[-MOST_MONTHS:]] if before else months


def _column(spans: Sequence[Period], month: date) -> int:
    """Return the number of the column that a month belongs to."""
    return max((number for number, span in enumerate(spans) if span.first.replace(day=1) <= month), default=0)
