"""The rows of the list of parcels, made quickly: texts translated once for a language, every value escaped."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from backoffice.common.quick_html import escaped
from backoffice.common.row_cells import Cells
from backoffice.common.web import around
from orders.fulfilment.couriers import courier_name
from orders.fulfilment.statuses import TraceState
from orders.fulfilment.views.case_words import kind_label, state_tone


@dataclass(frozen=True, slots=True)
class ParcelRow:
    """One parcel and the `<tbody>` that shows it."""

    pk: int
    number: str
    html: SafeString


@lru_cache(maxsize=8)
def _words_of(_language: str | None) -> dict[str, str]:
    """Return the texts of a language, which is in force, as HTML."""
    words = {
        "parcel": _("Parcel"),
        "news": _("Last news"),
        "age": pgettext("of news", "Age"),
        "state": _("State"),
        "shipped": pgettext("column", "Shipped"),
        "order": _("Order"),
        "no courier": _("Courier not known"),
        "no trace": _("no trace yet"),
    }
    made = {key: escaped(text) for key, text in words.items()}
    return made | {
        f"badge {value}": _BADGE.format(state_tone(value), escaped(str(label))) for value, label in TraceState.choices
    }


_BADGE = '<span class="badge tone-{}">{}</span>'
_ROW = (
    '<tbody data-row data-parcel="{number}" data-state="{state}"><tr>'
    '<td data-label="{words[parcel]}"><div class="l1"><a class="number" href="{order_url}">{number}</a>{copy}</div>'
    '<div class="l2">{courier}</div></td>'
    '<td class="grow" data-label="{words[news]}"><div class="l1" title="{event}">{news}</div>{trouble}</td>'
    '<td class="col-time" data-label="{words[age]}">{age}</td>'
    '<td class="col-status" data-label="{words[state]}">{badge}</td>'
    '<td class="col-time" data-label="{words[shipped]}">{shipped}</td>'
    '<td data-label="{words[order]}"><div class="l1"><a class="number" href="{desk_url}">{order}</a></div>'
    '<div class="l2">{place}</div></td>'
    "</tr></tbody>"
)
_TROUBLE = '<div class="l2"><a class="text-bad" href="{}?number={}">{}</a></div>'


class ParcelRowMaker:
    """Makes the rows of one answer."""

    def __init__(self, now: datetime) -> None:
        self.cells, self.words = Cells(now), _words_of(get_language())
        self.cases_url = reverse("fulfilment:anomaly-list")
        self.trace_url, self.desk_url = around("fulfilment:parcel-trace"), around("desk:order-detail")

    def rows(self, parcels: Iterable[Any]) -> list[ParcelRow]:
        """Return the rows of parcels, which have the columns of `queries.tracking.parcel_rows`."""
        return [ParcelRow(parcel.pk, parcel.tracking_number, self.html(parcel)) for parcel in parcels]

    def html(self, parcel: Any) -> SafeString:
        number, order, state = escaped(parcel.tracking_number), escaped(parcel.order__number), parcel.trace_state
        event = escaped(parcel.last_event)
        html = _ROW.format(
            words=self.words, number=number, state=state or "none", order=order, event=event, news=event or "—",
            order_url=order.join(self.trace_url), copy=self.cells.copy(number), desk_url=order.join(self.desk_url),
            courier=escaped(courier_name(parcel.courier)) or self.words["no courier"],
            trouble=self._trouble(parcel.anomaly_kinds, number), age=self._age(parcel.last_event_at),
            badge=self.words[f"badge {state}"], shipped=self.cells.when(parcel.shipped_at, clock=True),
            place=escaped(f"{parcel.order__province} {parcel.order__city}"),
        )  # fmt: skip
        return SafeString(html)  # nosec B308 B703 # every part is escaped where it is made

    def _trouble(self, kinds: list[str], number: str) -> str:
        if not kinds:
            return ""
        return _TROUBLE.format(self.cases_url, number, escaped(" · ".join([kind_label(kind) for kind in kinds])))

    def _age(self, at: datetime | None) -> str:
        if at is None:
            return f'<span class="muted">{self.words["no trace"]}</span>'
        return f'{self.cells.when(at, clock=True)}<div class="l2">{self.cells.age(at)}</div>'
