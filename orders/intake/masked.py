"""Cells of an order file as they may be shown."""

from collections.abc import Sequence
from typing import Any

from backoffice.common.masking import mask_name, mask_phone, mask_text
from orders.intake.formats import FormatMatch
from orders.intake.formats.plan import PERSONAL

_NAMES = frozenset({"recipient_name", "payer_name", "buyer_nick"})
_PHONES = frozenset({"mobile", "landline", "payer_phone"})
_FREE_TEXTS = frozenset({"buyer_note", "remark", "contact_note", "invoice_title"})
HIDDEN = "***"


def personal_columns(match: FormatMatch) -> dict[int, str]:
    """Return the columns that hold personal data, by index, with their field."""
    return {index: field for field, indexes in match.columns.items() if field in PERSONAL for index in indexes}


def masked_cells(match: FormatMatch, cells: Sequence[Any]) -> list[str]:
    personal = personal_columns(match)
    return [mask_cell(personal.get(index), cell) for index, cell in enumerate(cells)]


def mask_cell(field: str | None, cell: Any) -> str:
    text = "" if cell is None else str(cell)
    if not text:
        return ""
    if field in _NAMES:
        return mask_name(text)
    if field in _PHONES:
        return mask_phone(text.strip("'"))
    if field is None or field in _FREE_TEXTS:
        return text if _is_number(text) else mask_text(text)
    return HIDDEN


def _is_number(text: str) -> bool:
    """Ids and amounts stay as they are; only a mobile's eleven digits are masked like one."""
    bare = text.strip("='\"")
    return bare.replace(".", "", 1).isdigit() and not (len(bare) == 11 and bare[0] == "1")  # noqa: PLR2004
