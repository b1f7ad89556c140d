"""The rows of the lists of returned goods, made quickly: words translated once for a language, one pattern a row."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache

from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from aftersales.refunds.queries.returns import ReturnRow
from aftersales.refunds.statuses import ReasonKind, RefundKind
from backoffice.common.quick_html import escaped
from backoffice.common.row_cells import Cells, ShownRow
from backoffice.common.web import around
from orders.core.spec_words import spec_values


@lru_cache(maxsize=8)
def _words_of(_language: str | None) -> dict[str, str]:
    words = {
        "due": _("Inspect within"),
        "signed": _("Signed for"),
        "sent": _("Sent back"),
        "found": _("Inspected at"),
        "says": _("What the buyer says"),
        "parcel": _("Parcel"),
        "case": _("Case"),
        **{f"kind {value}": str(label) for value, label in RefundKind.choices},
        **{f"reason {value}": str(label) for value, label in ReasonKind.choices},
    }
    return {key: escaped(text) for key, text in words.items()}


class ReturnRows:
    """Makes the rows of one answer."""

    def __init__(self, now: datetime, *, inspect_hours: int) -> None:
        self.cells, self.words = Cells(now), _words_of(get_language())
        self.time = timedelta(hours=inspect_hours)
        self.url = around("returns:parcel")

    def rows(self, cases: Iterable[ReturnRow]) -> list[ShownRow]:
        return [ShownRow(case, self.html(case)) for case in cases]

    def html(self, row: ReturnRow) -> SafeString:
        words, number = self.words, escaped(row.number)
        title, spec = escaped(row.title or row.sku_code or "—"), row.agreed_spec or row.spec or ""
        # a case that was opened here names its reason by its kind
        reason = words.get(f"reason {row.reason}") or escaped(row.reason)
        tracking, says = escaped(row.tracking_number or ""), escaped(row.text) if row.text else reason
        html = _ROW.format(
            pk=row.pk, number=number, url=number.join(self.url), due=self._due(row), title=title,
            spec=escaped(spec_values(spec)), full_spec=escaped(spec), code=escaped(row.sku_code), count=row.quantity,
            kind=words[f"kind {row.kind}"], reason=reason, says=says, tracking=tracking,
            copy=self.cells.copy(tracking) if tracking else "",
            event=escaped(row.last_event or ""), buyer=escaped(row.buyer or ""), word_says=words["says"],
            word_parcel=words["parcel"], word_case=words["case"],
        )  # fmt: skip
        return SafeString(html)  # nosec B308 B703 # every part is escaped where it is made

    def _due(self, row: ReturnRow) -> str:
        """How long the goods may still lie, or since when they travel or are inspected."""
        if row.inspected_at is not None:
            return self._since("found", row.inspected_at)
        if row.return_signed_at is None:
            return self._since("sent", row.status_since)
        until = self.cells.countdown(row.return_signed_at + self.time)
        left = f'<span class="visually-hidden">{self.words["due"]}</span> {until}'
        return f'<div class="l1">{left}</div><div class="l2">{self._since("signed", row.return_signed_at)}</div>'

    def _since(self, word: str, moment: datetime) -> str:
        return f'<span class="muted">{self.words[word]}</span> {self.cells.when(moment, clock=True)}'


_ROW = (
    '<tbody id="return-{pk}" data-row data-refund="{number}"><tr>'
    '<td class="col-due">{due}</td>'
    '<td class="grow"><div class="l1">'
    '<a href="{url}" data-row-link title="{title}">{title}</a></div>'
    '<div class="l2"><span title="{full_spec}">{spec}</span> <span class="number">{code}</span> ×{count:,}</div></td>'
    '<td class="grow" data-label="{word_says}"><div class="l1">{kind} · {reason}</div>'
    '<div class="l2" title="{says}">{says}</div></td>'
    '<td class="col-parcel" data-label="{word_parcel}"><div class="l1"><span class="number">{tracking}</span>{copy}'
    "</div>"
    '<div class="l2" title="{event}">{event}</div></td>'
    '<td class="col-case" data-label="{word_case}"><div class="l1"><span class="number">{number}</span></div>'
    '<div class="l2">{buyer}</div></td></tr></tbody>'
)
