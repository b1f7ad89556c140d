"""The rows of the long tables of after-sales figures, made quickly: every text is escaped where it is put in."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from django.urls import NoReverseMatch
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from analytics.refund_months import MatrixRow, MonthCell
from analytics.refund_reports import HoursCell, HoursRow, HoursTable
from backoffice.common.quick_html import escaped
from backoffice.common.web import around

_LINK = '<a href="{}">{}</a>'
_HEAD = '<th scope="row">{}</th>'
_SUM = '<tr class="sum">'
_MONTH = '<td class="num" data-metric="month_cases" data-key="{}" data-value="{}">{}</td>'


def _safe(rows: Iterable[str]) -> SafeString:
    return SafeString("".join(rows))  # nosec B308 B703 # every part is escaped where it is made


def month_rows_html(rows: Iterable[MatrixRow], *, can_drill: bool) -> SafeString:
    """Write the rows of products and of their reasons."""
    try:
        url = around("analytics:product")
    except NoReverseMatch:
        url = ("", "")
    return _safe([_month_row(row, url, can_drill=can_drill) for row in rows])


def _month_row(row: MatrixRow, url: tuple[str, str], *, can_drill: bool) -> str:
    label = escaped(row.label)
    head = _LINK.format(str(row.title_id).join(url), label) if row.title_id and url[0] else label
    cells = "".join([_month_cell(cell, can_drill=can_drill) for cell in (*row.cells, row.total)])
    return f"{_SUM if row.is_product else '<tr>'}{_HEAD.format(head)}{cells}</tr>"


def _month_cell(cell: MonthCell, *, can_drill: bool) -> str:
    count = f"{cell.case_count:,}" if cell.case_count else '<span class="muted">0</span>'
    shown = _LINK.format(escaped(cell.url), count) if can_drill and cell.url else count
    return _MONTH.format(escaped(cell.key), cell.case_count, shown)


@lru_cache(maxsize=8)
def _words_of(_language: str | None) -> dict[str, str]:
    """Return the texts of a language, which is in force, as HTML."""
    return {
        "nine": escaped(_("9 in 10: %(time)s")),
        "one": escaped(ngettext("%(number)s time", "%(number)s times", 1)),
        "many": escaped(ngettext("%(number)s time", "%(number)s times", 2)),
    }


_HOURS = (
    '<td class="num" data-label="{label}">'
    '<div class="l1" data-metric="{name}_median" data-key="{key}" data-value="{cell.median}">{median}</div>'
    '<div class="l2"><span data-metric="{name}_p90" data-key="{key}" data-value="{cell.ninetieth}">{nine}</span>'
    ' · <span data-metric="{name}_count" data-key="{key}" data-value="{cell.stays}">{times}</span></div></td>'
)
_NO_HOURS = '<td class="num is-none">—</td>'


def hours_rows_html(table: HoursTable) -> SafeString:
    """Write the rows of people or of reasons."""
    words, labels = _words_of(get_language()), [escaped(column) for column in table.columns]
    return _safe([_hours_row(words, table.name, row, labels) for row in table.rows])


def _hours_row(words: dict[str, str], name: str, row: HoursRow, labels: Sequence[str]) -> str:
    cells = [_hours(words, name, cell, label) for cell, label in zip(row.cells, labels, strict=True)]
    return f"<tr>{_HEAD.format(escaped(row.label))}{''.join(cells)}</tr>"


def _hours(words: dict[str, str], name: str, cell: HoursCell, label: str) -> str:
    if not cell.key:
        return _NO_HOURS
    times = words["one" if cell.stays == 1 else "many"] % {"number": f"{cell.stays:,}"}
    return _HOURS.format(
        name=name, key=escaped(cell.key), cell=cell, label=label, median=escaped(cell.median_text),
        nine=words["nine"] % {"time": escaped(cell.ninetieth_text)}, times=times,
    )  # fmt: skip
