"""The rows of parcels in trouble, made quickly: texts translated once for a language, every value escaped."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from backoffice.common.quick_html import escaped
from backoffice.common.row_cells import Cells
from backoffice.common.templatetags.ui import icon
from backoffice.common.web import around
from orders.fulfilment.couriers import courier_name
from orders.fulfilment.statuses import AnomalyKind
from orders.fulfilment.views.case_words import ended_words, kind_tone, reason_words


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case and the `<tbody>` that shows it."""

    pk: int
    html: SafeString


@lru_cache(maxsize=8)
def _words_of(_language: str | None) -> dict[str, str]:
    """Return the texts of a language, which is in force, as HTML."""
    words = {
        "select": _("Select the case of"),
        "since": _("Open since"),
        "parcel": _("Parcel"),
        "done": _("Done so far"),
        "who": _("Who has it"),
        "no courier": _("Courier not known"),
        "nobody": _("nobody"),
    }
    made = {key: escaped(text) for key, text in words.items()}
    check = icon("check", "icon-sm")
    for key, text in (("asked", _("courier asked")), ("informed", _("buyer informed"))):
        made[key] = f'<div class="l1">{check}{escaped(text)}</div>'
    return made | {
        f"badge {kind}": _BADGE.format(kind_tone(kind), escaped(str(label))) for kind, label in AnomalyKind.choices
    }


_BADGE = '<span class="badge tone-{}">{}</span>'
_ROW = (
    '<tbody id="case-{pk}" data-row data-case="{pk}" data-kind="{kind}"><tr>'
    '<td class="col-check"><label class="row-check"><input type="checkbox" class="form-check-input" form="bulk" '
    'name="selected" value="{pk}" aria-label="{words[select]} {number}"></label></td>'
    '<td class="col-time" data-label="{words[since]}">{time}</td>'
    '<td class="grow"><div class="l1">{badge} <a href="{url}" hx-get="{url}" hx-target="#dialog-slot" '
    'hx-swap="innerHTML" hx-push-url="false" data-action="case">{reason}</a></div><div class="l2">{fact}</div></td>'
    '<td data-label="{words[parcel]}"><div class="l1"><span class="number">{number}</span>{copy}</div>'
    '<div class="l2">{courier} · <a class="number" href="{desk_url}">{order}</a></div></td>'
    '<td data-label="{words[done]}">{done}</td><td data-label="{words[who]}">{owner}</td></tr></tbody>'
)
_MUTED = '<span class="muted">{}</span>'


class CaseRowMaker:
    """Makes the rows of one answer."""

    def __init__(self, now: datetime) -> None:
        self.cells, self.words = Cells(now), _words_of(get_language())
        self.case_url, self.desk_url = around("fulfilment:anomaly-case"), around("desk:order-detail")

    def rows(self, cases: Iterable[Any]) -> list[CaseRow]:
        """Return the rows of cases, which have the columns of `queries.tracking.case_rows`."""
        return [CaseRow(case.pk, self.html(case)) for case in cases]

    def html(self, case: Any) -> SafeString:
        number, order = escaped(case.shipment__tracking_number), escaped(case.order__number)
        owner = case.owner__display_name or case.owner__username
        html = _ROW.format(
            words=self.words, pk=case.pk, kind=case.kind, number=number, order=order, time=self._time(case),
            badge=self.words[f"badge {case.kind}"], url=str(case.pk).join(self.case_url),
            reason=escaped(reason_words(case.kind, case.detail)), fact=escaped(_fact(case)),
            copy=self.cells.copy(number), desk_url=order.join(self.desk_url),
            courier=escaped(courier_name(case.shipment__courier)) or self.words["no courier"], done=self._done(case),
            owner=escaped(owner) if owner else _MUTED.format(self.words["nobody"]),
        )  # fmt: skip
        return SafeString(html)  # nosec B308 B703 # every part is escaped where it is made

    def _time(self, case: Any) -> str:
        """When it was closed; of an open one, since when it is open."""
        if case.closed_at is not None:
            return self.cells.when(case.closed_at, clock=True)
        return f'{self.cells.when(case.opened_at, clock=True)}<div class="l2">{self.cells.age(case.opened_at)}</div>'

    def _done(self, case: Any) -> str:
        asked = self.words["asked"] if case.courier_asked_at else ""
        informed = self.words["informed"] if case.buyer_informed_at else ""
        return f"{asked}{informed}" or _MUTED.format("—")


def _fact(case: Any) -> str:
    """Return how a case ended; of an open one, what was heard last of its parcel."""
    if case.closed_at is None:
        return str(case.shipment__last_event)
    return ended_words(case.detail, case.closed_by__display_name or case.closed_by__username or "", case.outcome)
