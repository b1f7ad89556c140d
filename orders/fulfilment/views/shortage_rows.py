"""The rows of the queue of shortages, made quickly: words translated once for a language, one pattern for each part."""

from collections.abc import Iterable
from functools import lru_cache

from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from backoffice.common.quick_html import escaped
from backoffice.common.row_cells import Cells, ShownRow
from backoffice.common.web import around
from orders.core.spec_words import spec_values
from orders.fulfilment.queries.shortages import ShortageRow
from orders.fulfilment.statuses import ShortageOutcome, ShortageSolution


@lru_cache(maxsize=8)
def _words_of(_language: str | None) -> dict[str, str]:
    words = {
        "select": _("Select the shortage of"),
        "left": _("Time left"),
        "missing": pgettext("pieces", "Missing"),
        "free": pgettext("stock", "Free"),
        "note": _("Buyer's note"),
        "agreed": pgettext("shortage", "Agreed"),
        "offered": pgettext("shortage", "offered"),
        "open": pgettext("shortage", "not settled"),
        **{f"solution {value}": str(label) for value, label in ShortageSolution.choices},
        **{f"outcome {value}": str(label) for value, label in ShortageOutcome.choices},
    }
    return {key: escaped(text) for key, text in words.items()}


class ShortageRows:
    """Makes the rows of one answer; what is closed cannot be selected."""

    def __init__(self, cells: Cells, *, is_closed: bool) -> None:
        self.cells, self.is_closed, self.words = cells, is_closed, _words_of(get_language())
        self.case_url = around("fulfilment:shortage")
        self.order_url = around("desk:order-detail")

    def rows(self, shortages: Iterable[ShortageRow]) -> list[ShownRow]:
        return [ShownRow(shortage, self.html(shortage)) for shortage in shortages]

    def html(self, row: ShortageRow) -> SafeString:
        words, number, title = self.words, escaped(row.number), escaped(row.title)
        note, spec = escaped(row.note or ""), row.agreed_spec or row.spec
        check = "" if self.is_closed else _CHECK.format(row.pk, words["select"], number)
        due = self.cells.when(row.closed_at, clock=True) if row.closed_at else self.cells.countdown(row.ship_by)
        html = _ROW.format(
            pk=row.pk, number=number, check=check, due=due, case=str(row.pk).join(self.case_url), title=title,
            full_spec=escaped(spec), spec=escaped(spec_values(spec)), code=escaped(row.code),
            order=number.join(self.order_url), quantity=row.quantity, free=row.on_hand - row.reserved, note=note,
            shown_note=note or "—", agreed=self._agreed(row), word_left=words["left"], word_missing=words["missing"],
            word_free=words["free"], word_note=words["note"], word_agreed=words["agreed"],
        )  # fmt: skip
        return SafeString(html)  # nosec B308 B703 # every part is escaped where it is made

    def _agreed(self, row: ShortageRow) -> str:
        """How it ended, what was agreed or offered, what the buyer answered."""
        words = self.words
        parts = _FIRST.format(words[f"outcome {row.outcome}"]) if row.outcome else ""
        if row.solution:
            is_offer = not row.decided_at and not row.closed_at
            offered = f' <span class="muted">{words["offered"]}</span>' if is_offer else ""
            expected = f" {row.expected_on:%m-%d}" if row.expected_on else ""
            parts += _FIRST.format(f"{words[f'solution {row.solution}']}{offered}{expected}")
        if row.answer:
            answer = escaped(row.answer)
            return f'{parts}<div class="l2" title="{answer}">{answer}</div>'
        return parts or f'<span class="muted">{words["open"]}</span>'


_ROW = (
    '<tbody id="shortage-{pk}" data-row data-shortage="{pk}" data-order="{number}"><tr>{check}'
    '<td class="col-due" data-label="{word_left}">{due}</td>'
    '<td class="grow"><div class="l1"><a href="{case}" hx-get="{case}" hx-target="#dialog-slot" hx-swap="innerHTML" '
    'hx-push-url="false" aria-haspopup="dialog" data-row-link data-action="settle" title="{title}">{title}</a></div>'
    '<div class="l2"><span title="{full_spec}">{spec}</span> · <span class="number">{code}</span> · '
    '<a class="number" href="{order}">{number}</a></div></td>'
    '<td class="num" data-label="{word_missing}"><strong class="text-bad">{quantity:,}</strong></td>'
    '<td class="num" data-label="{word_free}">{free:,}</td>'
    '<td class="only-wide" data-label="{word_note}"><div class="l1" title="{note}">{shown_note}</div></td>'
    '<td data-label="{word_agreed}">{agreed}</td></tr></tbody>'
)
_CHECK = (
    '<td class="col-check"><label class="row-check"><input type="checkbox" class="form-check-input" form="bulk" '
    'name="selected" value="{0}" aria-label="{1} {2}"></label></td>'
)
_FIRST = '<div class="l1">{}</div>'
