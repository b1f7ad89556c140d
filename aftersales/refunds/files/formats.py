"""Rows of the platform's refund list as clean records: pure functions, no database."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from aftersales.refunds.files import headers
from aftersales.refunds.files.records import NOTHING, CaseRecord, State, state_of
from aftersales.refunds.files.words import intervention_of, phase_of_word, yes_or_no
from aftersales.refunds.statuses import MONEY_KINDS, OPEN_STATES
from backoffice.common.masking import mask_text
from backoffice.common.sheets.errors import SheetError
from backoffice.common.sheets.limits import Limits
from backoffice.common.sheets.reading import Table, open_table
from orders.fulfilment.couriers import find_courier
from orders.intake.engine import ImportRefused
from orders.intake.formats import cells as read
from orders.intake.formats.cells import Cell
from orders.intake.formats.errors import CellError, RowError
from orders.intake.formats.headers import FormatMatch
from orders.intake.formats.plan import Converters, Plan
from orders.intake.formats.records import ABSENT

_WORD, _REASON, _TEXT, _TITLE, _CODE, _COURIER = 60, 200, 2000, 500, 100, 30


def _moment_or_words(cell: Cell) -> datetime | None:
    """Return a time; “2天3小时” and other words are none."""
    try:
        return read.moment(cell)
    except CellError:
        return None


_CONVERTERS: Converters = {
    "number": (read.identifier, None),
    "order_number": (read.identifier, None),
    "line_key": (read.identifier, None),
    "platform_status": (read.limited(_WORD), None),
    "platform_kind": (read.limited(40), None),
    "needs_return": (read.text, None),
    "amount": (read.money, None),
    "requested_at": (read.moment, None),
    "finished_at": (read.moment, None),
    "deadline": (_moment_or_words, None),
    "goods": (read.text, None),
    "phase": (read.text, None),
    "intervention": (read.text, None),
    "reason": (read.clipped(_REASON), None),
    "text": (read.clipped(_TEXT), None),
    "liability": (read.clipped(40), None),
    "product_id": (read.identifier, None),
    "sku_code": (read.clipped(_CODE), None),
    "title": (read.clipped(_TITLE), None),
    "return_number": (read.tracking_numbers, ()),
    "return_courier": (read.text, None),
    "returned_at": (_moment_or_words, None),
}


class BadRow(NamedTuple):
    """A row that is no case: its cells, for fixing, and why."""

    cells: Sequence[Cell]
    error: RowError


class CaseParser:
    """Reads the rows of one header."""

    def __init__(self, match: FormatMatch) -> None:
        self._plan = Plan(match, _CONVERTERS)
        self._match = match

    def parse(self, line: int, cells: Sequence[Cell], *, snapshot_at: datetime) -> CaseRecord | RowError:
        try:
            values = dict(zip(self._plan.fields, self._plan.read(cells), strict=True))
            record = self._record(values, self._extra(cells, values), snapshot_at)
        except CellError as error:
            return self._plan.refuse(line, error)
        return record

    def _extra(self, cells: Sequence[Cell], values: Mapping[str, Any]) -> dict[str, str]:
        extra = {name: mask_text(text) for name, text in self._plan.further(cells).items()}
        word = _said(values["intervention"])
        if word and intervention_of(word) is None:
            extra[headers.first_name("intervention")] = mask_text(word)
        return extra

    def _record(self, values: dict[str, Any], extra: dict[str, str], snapshot_at: datetime) -> CaseRecord:
        for field in headers.REQUIRED:
            if values[field] is None:
                raise CellError(_MISSING.get(field, "text_missing"), field=field)
        state = _state(values)
        is_open = state.status in OPEN_STATES
        return CaseRecord(
            number=values["number"], order_number=values["order_number"], snapshot_at=snapshot_at,
            status=state.status.value, kind=state.kind.value, amount=_amount(state, values["amount"]),
            platform_status=values["platform_status"], platform_kind=_said(values["platform_kind"]),
            requested_at=_moment(values["requested_at"]),
            finished_at=None if is_open else _moment(values["finished_at"]),
            deadline=_moment(values["deadline"]) if is_open else None,
            phase=_phase(values["phase"]), goods=_unless_absent(values["goods"], state.goods.value),
            reason=_text(values["reason"]), text=_text(values["text"]), liability=_text(values["liability"]),
            intervention=_intervention(values["intervention"]),
            line_key=_said(values["line_key"]), product_id=_said(values["product_id"]),
            sku_code=_said(values["sku_code"]), title=_said(values["title"]), extra=extra, **_parcel(values),
        )  # fmt: skip


_MISSING = {"number": "id_missing", "order_number": "id_missing", "platform_status": "status_missing"}


def _state(values: Mapping[str, Any]) -> State:
    found = state_of(
        status=values["platform_status"],
        kind=_said(values["platform_kind"]),
        needs_return=yes_or_no(_said(values["needs_return"])),
        goods=_said(values["goods"]),
    )
    if isinstance(found, str):
        raise CellError("status_unknown", values[found], found)
    return found


def _amount(state: State, amount: Decimal) -> Decimal:
    return amount if state.kind in MONEY_KINDS else NOTHING


def _said(value: Any) -> str:
    """Return the text; an empty cell and an absent column are none."""
    return "" if value is None or value is ABSENT else str(value)


def _text(value: Any) -> str | None:
    """Return the text, "" for an empty cell, None for an absent column."""
    return None if value is ABSENT else value or ""


def _moment(value: Any) -> datetime | None:
    return value if isinstance(value, datetime) else None


def _unless_absent(value: Any, found: str) -> str | None:
    return None if value is ABSENT else found


def _phase(value: Any) -> str | None:
    phase = phase_of_word(_said(value))
    return phase.value if phase is not None else None


def _intervention(value: Any) -> int | None:
    return None if value is ABSENT or (found := intervention_of(_said(value) or "1")) is None else found.value


def _parcel(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parcel that the buyer sent; of several numbers in one cell the first."""
    numbers, courier = values["return_number"], _said(values["return_courier"])
    if numbers is ABSENT or not numbers:
        return {}
    return {
        "return_number": numbers[0],
        "return_courier": courier_code(courier),
        "returned_at": _moment(values["returned_at"]),
    }


def courier_code(name: str) -> str:
    """Return the code of a courier, or its name as it was written when it is none that is known."""
    found = find_courier(name) if name else None
    return (found.code if found else name)[:_COURIER]


def open_refund_list(path: Path, *, name: str, encoding: str = "") -> tuple[Table, FormatMatch]:
    """Open a refund list.

    Raises:
        ImportRefused: it is no table, no refund list, or lacks a column.
    """
    try:
        table = open_table(
            path, filename=name, encoding=encoding or None, limits=Limits(file_bytes=settings.IMPORT_MAX_BYTES),
            is_header=headers.is_refund_list,
            choose_sheet=lambda sheets: next(
                (title for title, header in sheets.items() if headers.is_refund_list(header)), None
            ),
        )  # fmt: skip
    except SheetError as error:
        raise ImportRefused(str(error)) from error
    match = headers.recognise(table.header)
    if match.refusal:
        table.close()
        raise ImportRefused(match.refusal)
    return table, match


def read_rows(
    table: Table, match: FormatMatch, *, snapshot_at: datetime
) -> Iterator[tuple[int, CaseRecord | BadRow, Sequence[Cell]]]:
    """Yield each row with its line and its cells.

    Raises:
        SheetError: the file is damaged further down.
    """
    parser = CaseParser(match)
    for line, cells in table:
        found = parser.parse(line, cells, snapshot_at=snapshot_at)
        yield line, BadRow(cells, found) if isinstance(found, RowError) else found, cells
