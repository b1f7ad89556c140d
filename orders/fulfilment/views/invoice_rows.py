"""The rows of the queue of invoices, made quickly: words translated once for a language, one pattern for each part."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from backoffice.common.display import money_text
from backoffice.common.quick_html import escaped
from backoffice.common.row_cells import Cells, ShownRow
from backoffice.common.web import around
from orders.core.statuses import OrderStatus
from orders.fulfilment.models import InvoiceRequest
from orders.fulfilment.queries.invoices import InvoiceRow
from orders.fulfilment.statuses import InvoiceState


@lru_cache(maxsize=8)
def _words_of(_language: str | None) -> dict[str, str]:
    words = {
        "select": _("Select the invoice of order"),
        "asked": pgettext("invoice", "asked"),
        "no title": _("no title yet"),
        "amount": _("Amount"),
        "kept": _("only %(amount)s was kept"),
        "after refunds": _("%(amount)s after refunds"),
        "order": _("Order"),
        "electronic": _("electronic"),
        "paper": _("on paper"),
        "to ask": _("to ask for"),
        "not issued": _("was not issued"),
        "to mail": _("to be mailed"),
        **{f"kind {value}": str(label) for value, label in InvoiceRequest.Kind.choices},
        **{f"status {value}": str(label) for value, label in OrderStatus.choices},
    }
    return {key: escaped(text) for key, text in words.items()}


class InvoiceRows:
    """Makes the rows of one answer, of what `invoice_row` says of each; those that wait may be selected for print."""

    def __init__(self, cells: Cells, *, may_print: bool) -> None:
        self.cells, self.may_print, self.words = cells, may_print, _words_of(get_language())
        self.order_url = around("desk:order-detail")
        self.act_head, _act = around("fulfilment:invoice-act", "act")

    def rows(self, rows: Iterable[dict[str, Any]]) -> list[ShownRow]:
        return [ShownRow(row, self.html(row)) for row in rows]

    def html(self, row: dict[str, Any]) -> SafeString:
        one: InvoiceRow = row["invoice"]
        words, number, order = self.words, escaped(one.order.number), one.order
        html = _ROW.format(
            pk=one.pk, number=number, state=one.state,
            check=_CHECK.format(one.order_id, words["select"], number) if self.may_print else "",
            due=self._due(one), title=self._title(one), kind=words[f"kind {one.kind}"],
            tax=self._copied(one.tax_number), amount=money_text(one.amount), less=self._less(row),
            order=number.join(self.order_url), status=words[f"status {order.status}"],
            form=words["electronic" if one.is_electronic else "paper"],
            last=self._missing(row, one) if one.state == InvoiceState.PENDING else self._invoice(row, one),
            acts=self._acts(one.pk, row["acts"]), word_amount=words["amount"], word_order=words["order"],
        )  # fmt: skip
        return SafeString(html)  # nosec B308 B703 # every part is escaped where it is made

    def _due(self, one: InvoiceRow) -> str:
        if one.state != InvoiceState.PENDING:
            return self.cells.when(one.requested_at, clock=True)
        asked = f'<div class="l2">{self.words["asked"]} {self.cells.when(one.requested_at)}</div>'
        return f"{self.cells.countdown(one.due_at)}{asked}"

    def _title(self, one: InvoiceRow) -> str:
        if not one.title:
            return _TITLE.format("", f'<span class="muted">{self.words["no title"]}</span>')
        title = escaped(one.title)
        return _TITLE.format(title, f"{title}{self.cells.copy(title)}")

    def _copied(self, text: str) -> str:
        if not text:
            return ""
        shown = escaped(text)
        return f' · <span class="number">{shown}</span>{self.cells.copy(shown)}'

    def _less(self, row: dict[str, Any]) -> str:
        """What refunds left of the amount."""
        key = "kept" if row["excess"] else "after refunds" if row["lowered"] else ""
        return f'<div class="l2 text-bad">{self.words[key] % {"amount": money_text(row["limit"])}}</div>' if key else ""

    def _missing(self, row: dict[str, Any], one: InvoiceRow) -> str:
        first = second = ""
        if row["missing"]:
            badge = _ASK.format(self.words["to ask"]) if one.needs_details else ""
            first = f'<div class="l1 missing">{badge}{escaped(row["missing"])}</div>'
        if one.remark:
            remark = escaped(one.remark)
            second = f'<div class="l2" title="{remark}">{remark}</div>'
        return first + second or '<span class="muted">—</span>'

    def _invoice(self, row: dict[str, Any], one: InvoiceRow) -> str:
        number = escaped(one.invoice_number)
        first = f'<span class="number">{number}</span>{self.cells.copy(number)}' if number else ""
        first = first or f'<span class="muted">{self.words["not issued"]}</span>'
        return f'<div class="l1">{first}</div><div class="l2">{self._way(row, one)}</div>'

    def _way(self, row: dict[str, Any], one: InvoiceRow) -> str:
        """Why it is void, with what it is on its way, or who issued it."""
        if row["void_reason"]:
            return escaped(row["void_reason"])
        if one.tracking_number:
            return f'{escaped(row["courier"])} <span class="number">{escaped(one.tracking_number)}</span>'
        if not one.is_electronic:
            return self.words["to mail"]
        who = escaped(one.issued_by)
        return f"{self.cells.when(one.issued_at, clock=True)} {who}" if one.issued_at else ""

    def _acts(self, pk: int, acts: Sequence[tuple[str, str]]) -> str:
        return "".join(
            [
                _ACT.format(f"{self.act_head}{pk}/{key}/", key, escaped(label), "" if place else "btn-primary")
                for place, (key, label) in enumerate(acts)
            ]
        )


_ROW = (
    '<tbody id="invoice-{pk}" data-row data-invoice="{pk}" data-order="{number}" data-state="{state}"><tr>{check}'
    '<td class="col-due">{due}</td><td class="grow">{title}<div class="l2">{kind}{tax}</div></td>'
    '<td class="col-money num" data-label="{word_amount}"><div class="l1">{amount}</div>{less}</td>'
    '<td class="order-cell" data-label="{word_order}"><div class="l1">'
    '<a class="number" href="{order}">{number}</a></div><div class="l2">{status} · {form}</div></td>'
    '<td class="grow">{last}</td>'
    '<td class="acts-cell"><div class="acts">{acts}</div></td></tr></tbody>'
)
_CHECK = (
    '<td class="col-check"><label class="row-check"><input type="checkbox" class="form-check-input" form="bulk" '
    'name="selected" value="{0}" aria-label="{1} {2}"></label></td>'
)
_TITLE = '<div class="l1" title="{}">{}</div>'
_ASK = '<span class="badge tone-red-outline">{}</span> '
_ACT = (
    '<a class="btn btn-sm {3}" href="{0}" hx-get="{0}" hx-target="#dialog-slot" hx-swap="innerHTML" '
    'hx-push-url="false" data-action="{1}">{2}</a>'
)
