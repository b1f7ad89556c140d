"""The pieces of a return parcel as a form: one row a piece, or of many pieces one row for each outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from aftersales.refunds.models import Refund
from aftersales.refunds.services.goods import Found
from aftersales.refunds.services.goods.skus import lines_of_case
from aftersales.refunds.statuses import InspectionOutcome
from orders.core.models import OrderLine
from orders.fulfilment.checking import facts_of_lines
from orders.fulfilment.models import Sku

MOST_SINGLE = 12  # pieces that have a row each
_DIGITS = 4


@dataclass(slots=True)
class PieceRow:
    """One row: what it is about, and what was said of it."""

    place: int
    line: OrderLine
    sku: Sku | None
    is_counted: bool  # of many pieces: so many with one outcome
    is_first: bool = True  # says which goods it is about
    outcome: str = ""
    quantity: str = ""
    note: str = ""
    code: str = ""  # of another product than was expected
    error: str = ""

    @property
    def outcome_label(self) -> str:
        return str(InspectionOutcome(self.outcome).label) if self.outcome in InspectionOutcome.values else ""

    @property
    def is_in_stock(self) -> bool:
        return self.sku is not None and self.sku.counted_at is not None


def piece_rows(refund: Refund, more: int = 0) -> list[PieceRow]:
    """Return the rows for a case; `more`: pieces that came beyond those that the case is about."""
    lines = lines_of_case(refund)
    facts = facts_of_lines(lines)
    count = {line.pk: _pieces(refund, line, more) for line in lines}
    if sum(count.values()) <= MOST_SINGLE:
        places = [(line, "") for line in lines for _piece in range(count[line.pk])]
    else:
        places = [(line, outcome.value) for line in lines for outcome in InspectionOutcome]
    return [
        PieceRow(
            place, line, facts[line.pk].sku if line.pk in facts else None, bool(outcome),
            outcome in ("", InspectionOutcome.RESTOCK), outcome,
        )
        for place, (line, outcome) in enumerate(places)
    ]  # fmt: skip


def _pieces(refund: Refund, line: OrderLine, more: int) -> int:
    return min(refund.quantity + more, max(line.quantity, refund.quantity)) if refund.line_id else line.quantity


def can_have_more(refund: Refund, more: int) -> bool:
    """Tell whether the buyer may have sent more pieces than the rows are about."""
    return refund.line is not None and refund.quantity + more < min(refund.line.quantity, MOST_SINGLE)


def read_rows(rows: Sequence[PieceRow], data: Mapping[str, Any]) -> None:
    """Fill the rows with what was sent; a row whose words cannot be used says why."""
    for row in rows:
        row.note = str(data.get(f"note-{row.place}", ""))[:1000]
        row.code = str(data.get(f"code-{row.place}", "")).replace("\0", "").strip()[:100]
        if row.is_counted:
            row.quantity = str(data.get(f"quantity-{row.place}", "")).strip()[:20]
            row.error = "" if _is_count(row.quantity) else _("“%(text)s” is no number.") % {"text": row.quantity}
        else:
            row.outcome = str(data.get(f"outcome-{row.place}", ""))[:20]
            row.error = "" if row.outcome else _("Say what you found.")


def _is_count(text: str) -> bool:
    return not text or (text.isascii() and text.isdigit() and len(text) <= _DIGITS)


def found_of(refund: Refund, rows: Sequence[PieceRow]) -> list[Found]:
    """Return what was found; a code of a product that the shop does not have is an error of its row."""
    codes = {row.code for row in rows if row.code}
    skus = _skus(refund, codes) if codes else {}
    for row in rows:
        if row.code and row.code not in skus:
            row.error = _("No product of the shop has the code %(code)s.") % {"code": row.code}
    return [
        Found(row.outcome, int(row.quantity or 0) if row.is_counted else 1, _sku_id(row, skus), row.note)
        for row in rows
        if not row.is_counted or int(row.quantity or 0)
    ]


def _sku_id(row: PieceRow, skus: Mapping[str, int]) -> int | None:
    if row.code:
        return skus.get(row.code)
    return row.sku.pk if row.sku else None


def _skus(refund: Refund, codes: set[str]) -> dict[str, int]:
    found = Sku.objects.filter(Q(code__in=codes) | Q(barcode__in=codes), store=refund.store_id).order_by("-pk")
    rows = list(found.values_list("pk", "code", "barcode"))
    by_barcode = {barcode: pk for pk, _code, barcode in rows if barcode}
    return by_barcode | {code: pk for pk, code, _barcode in rows}
