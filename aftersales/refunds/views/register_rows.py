"""The rows of the registers, made quickly: texts translated once for a language, every value escaped."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from aftersales.refunds.queries.registers import EntryRow
from aftersales.refunds.statuses import CaseState, ComplaintKind, ViolationKind
from backoffice.common.display import TONES, money_text
from backoffice.common.quick_html import escaped
from backoffice.common.row_cells import Cells, ShownRow
from backoffice.common.web import around

_BADGE = '<span class="badge tone-{}">{}</span>'
_MUTED = '<span class="muted">{}</span>'
_CASE = '<div data-label="{}"><a class="number" href="{}">{}</a></div>'
_LINK = '<a class="number" href="{}">{}</a>'
_ROW = (
    '<tr data-entry="{pk}" data-state="{state}"><td class="nowrap">{time}</td>'
    '<td><a href="{url}">{kind}</a>{number}</td><td class="register-text">{text}</td>'
    '<td data-label="{words[order]}">{order}</td>{money}<td data-label="{words[owner]}">{owner}</td>'
    "<td>{badge} {outcome}</td></tr>"
)
_MONEY = (
    '<td class="num" data-label="{words[points]}">{points}</td>'
    '<td class="num" data-label="{words[penalty]}">{penalty}</td>'
)


@lru_cache(maxsize=8)
def _words_of(_language: str | None) -> dict[str, str]:
    """Return the texts of a language, which is in force, as HTML."""
    words = {
        "no deadline": _("no deadline"),
        "nobody": _("nobody"),
        "order": _("Order"),
        "case": pgettext("after-sales", "Case"),
        "owner": _("Handled by"),
        "points": _("Points"),
        "penalty": _("Penalty"),
        **{f"kind {value}": str(label) for value, label in (*ComplaintKind.choices, *ViolationKind.choices)},
    }
    made = {key: escaped(text) for key, text in words.items()}
    return made | {
        f"state {value}": _BADGE.format(TONES.get(value, "grey"), escaped(str(label)))
        for value, label in CaseState.choices
    }


class RegisterRows:
    """Makes the rows of one answer of a register: "complaint" or "violation"."""

    def __init__(self, register: str, now: datetime) -> None:
        self.cells, self.words = Cells(now), _words_of(get_language())
        self.has_points = register == "violation"
        self.url = around(f"registers:{register}-detail")
        self.order_url, self.case_url = around("desk:order-detail"), around("refunds:refund-detail")

    def rows(self, entries: Iterable[EntryRow]) -> list[ShownRow]:
        return [ShownRow(entry, self.html(entry)) for entry in entries]

    def html(self, entry: EntryRow) -> SafeString:
        words = self.words
        number = f'<div class="hint number">{escaped(entry.number)}</div>' if entry.number else ""
        html = _ROW.format(
            pk=entry.pk, state=entry.state, time=self._time(entry), url=str(entry.pk).join(self.url), number=number,
            kind=words[f"kind {entry.kind}"], text=escaped(entry.text), order=self._about(entry), words=words,
            money=self._money(entry) if self.has_points else "", badge=words[f"state {entry.state}"],
            owner=escaped(entry.owner) if entry.owner else words["nobody"], outcome=escaped(entry.outcome),
        )  # fmt: skip
        return SafeString(html)  # nosec B308 B703 # every part is escaped where it is made

    def _time(self, entry: EntryRow) -> str:
        if entry.closed_at is not None:
            return self.cells.when(entry.closed_at, clock=True)
        if entry.deadline is not None:
            return self.cells.countdown(entry.deadline)
        return _MUTED.format(self.words["no deadline"])

    def _about(self, entry: EntryRow) -> str:
        """Return the links to the order and to the case."""
        order, case = escaped(entry.order or ""), escaped(entry.refund or "")
        made = _LINK.format(order.join(self.order_url), order) if order else ""
        return f"{made}{_CASE.format(self.words['case'], case.join(self.case_url), case)}" if case else made

    def _money(self, entry: EntryRow) -> str:
        return _MONEY.format(words=self.words, points=entry.points, penalty=money_text(entry.penalty))
