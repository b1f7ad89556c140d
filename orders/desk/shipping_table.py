"""A table of order number, courier and tracking number: reading it, and saying beforehand what each row will do."""

import csv
import io
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from backoffice.common.models import Store
from backoffice.common.sheets.limits import MIB, Limits
from backoffice.common.sheets.reading import open_table
from orders.core.models import Hold, Order, OrderLine
from orders.desk.packing import Packed, packed_orders
from orders.desk.services import DeskError, Item
from orders.fulfilment.checking import Check, checks_of_lines
from orders.fulfilment.couriers import TrackingError, check_tracking, find_courier, guess_courier, normalise_tracking
from orders.fulfilment.models import Shipment
from orders.fulfilment.services import ship_problem

MAX_ROWS = 5_000
_LIMITS = Limits(file_bytes=10 * MIB, inflated_bytes=60 * MIB, members=200, rows=20_000, columns=60)
_GAPS = re.compile(r"\t|[,，;；]|\s{2,}| ")
_NUMBER = re.compile(r"(?=.*[0-9])[0-9A-Za-z_-]{1,64}")
_HEADS: Mapping[str, tuple[str, ...]] = {
    "number": ("订单编号", "订单号", "order number", "order", "number"),
    "courier": ("物流公司", "快递公司", "快递", "承运商", "courier"),
    "tracking_number": ("物流单号", "快递单号", "运单号", "单号", "tracking number", "tracking"),
}
Cells = Sequence[str]


@dataclass(frozen=True, slots=True)
class TableRow:
    line: int
    number: str
    courier: str
    tracking_number: str


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """What a row will do: `ok`, `warning` (ships, but look), `skipped` (done before) or `problem`."""

    row: TableRow
    state: str
    text: str = ""
    order_id: int | None = None
    courier_code: str = ""
    tracking_number: str = ""

    @property
    def ships(self) -> bool:
        return self.state in {"ok", "warning"}

    def item(self) -> Item:
        values = {"courier": self.courier_code, "tracking_number": self.tracking_number}
        return Item(self.order_id or 0, self.row.number, values)


# Reading


def read_text(text: str) -> list[TableRow]:
    """Read a pasted table: three cells a line, divided by tabs, commas, semicolons or spaces.

    Raises:
        DeskError: it holds no rows, or too many.
    """
    lines = text.replace("\ufeff", "").splitlines()
    return _rows((number, _cells(line)) for number, line in enumerate(lines, start=1))


def _cells(line: str) -> Cells:
    if '"' in line:
        return [
            cell.strip() for cell in next(csv.reader(io.StringIO(line), delimiter="\t" if "\t" in line else ","), [])
        ]
    if "\t" in line:
        return [cell.strip() for cell in line.split("\t")]
    return [cell.strip() for cell in _GAPS.split(line.strip()) if cell.strip()]


def read_file(file: UploadedFile) -> list[TableRow]:
    """Read an uploaded .xlsx or .csv.

    Raises:
        SheetError: it cannot be read as a table.
        DeskError: it holds no rows, or too many.
    """
    with tempfile.NamedTemporaryFile(suffix=Path(file.name or "").suffix[:8]) as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        with open_table(copy.name, filename=file.name or "", limits=_LIMITS) as table:
            head = (table.header_line, list(table.header))
            body = ((line, [_text(cell) for cell in cells]) for line, cells in table)
            return _rows(row for part in ([head], body) for row in part)


def _text(cell: Any) -> str:
    """Return a cell as typed: a number without a fraction is an id that Excel has eaten."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip().lstrip("'")


def _rows(lines: Iterable[tuple[int, Cells]]) -> list[TableRow]:
    order: Sequence[int] | None = None
    rows: list[TableRow] = []
    for line, cells in lines:
        if not any(cells):
            continue
        if order is None:
            order, is_head = _order(cells)
            if is_head:
                continue
        rows.append(_row(line, cells, order))
        if len(rows) > MAX_ROWS:
            raise DeskError(_("The table has more than %(count)s rows. Split it.") % {"count": MAX_ROWS})
    if not rows:
        raise DeskError(_("The table holds no rows."))
    return rows


def _order(cells: Cells) -> tuple[Sequence[int], bool]:
    """Find the three columns by their header; without one they are the first three."""
    heads = [cell.strip().lower() for cell in cells]
    places = [next((heads.index(name) for name in names if name in heads), None) for names in _HEADS.values()]
    if places[0] is None or places[2] is None:
        return (0, 1, 2), False
    return [place if place is not None else -1 for place in places], True


def _row(line: int, cells: Cells, order: Sequence[int]) -> TableRow:
    if len(cells) == 2 and order == (0, 1, 2):  # noqa: PLR2004 -- no courier: its number may name it
        cells = [cells[0], "", cells[1]]
    values = [cells[place].strip() if 0 <= place < len(cells) else "" for place in order]
    return TableRow(line, values[0].lstrip("'")[:80], values[1][:80], values[2].lstrip("'")[:80])


def as_text(rows: Iterable[TableRow]) -> str:
    """Return the rows as a table that `read_text` reads: how they travel from preview to commit."""
    return "\n".join(f"{row.number}\t{row.courier}\t{row.tracking_number}" for row in rows)


# Checking


@dataclass(slots=True)
class _Known:
    """What the store knows about the rows, read in seven statements, and two more for what needs a second look."""

    orders: dict[str, Order]
    lines: dict[int, list[OrderLine]]
    holds: dict[int, list[Hold]]
    parcels: dict[str, Shipment]
    number_counts: Counter[str]
    tracking_counts: Counter[str]
    checks: dict[int, list[Check]] = field(default_factory=dict)
    packed: list[Packed] = field(default_factory=list)


def check_rows(store: Store, rows: Sequence[TableRow]) -> list[CheckedRow]:
    """Say what each row will do; the service has the last word when it ships."""
    known = _known(store, rows)
    return [_check(row, known) for row in rows]


def _known(store: Store, rows: Sequence[TableRow]) -> _Known:
    orders = {
        order.number: order for order in Order.objects.for_store(store).filter(number__in={row.number for row in rows})
    }
    ids = [order.pk for order in orders.values()]
    tracking = [_tracking(row) for row in rows]
    known = _Known(orders, {}, {}, {}, Counter(row.number for row in rows), Counter(filter(None, tracking)))
    for order in orders.values():
        order.store = store
    for line in OrderLine.objects.filter(order_id__in=ids).order_by("order_id", "position"):
        known.lines.setdefault(line.order_id, []).append(line)
    for hold in Hold.objects.filter(order_id__in=ids, released_at__isnull=True).order_by("pk"):
        known.holds.setdefault(hold.order_id, []).append(hold)
    for check in checks_of_lines([line for lines in known.lines.values() for line in lines]):
        known.checks.setdefault(check.line.order_id, []).append(check)
    known.packed = packed_orders(store.pk, order_ids=ids, numbers=sorted(set(filter(None, tracking))))
    parcels = Shipment.objects.for_store(store).filter(tracking_number__in=set(filter(None, tracking)))
    known.parcels = {parcel.tracking_number: parcel for parcel in parcels.select_related("order")}
    return known


def _tracking(row: TableRow) -> str:
    try:
        return normalise_tracking(row.tracking_number)
    except TrackingError:
        return ""


def _check(row: TableRow, known: _Known) -> CheckedRow:
    problem = _cell_problem(row, known)
    if problem:
        return CheckedRow(row, "problem", problem)
    order, tracking = known.orders[row.number], _tracking(row)
    parcel = known.parcels.get(tracking)
    if parcel is not None and parcel.order_id == order.pk:
        return CheckedRow(row, "skipped", _("Already shipped with this number."), order.pk)
    if parcel is not None:
        return CheckedRow(
            row,
            "problem",
            _("This tracking number belongs to order %(number)s.") % {"number": parcel.order.number},
            order.pk,
        )
    gate = _packed_problem(order, tracking, known) or ship_problem(
        order, lines=known.lines.get(order.pk, []), holds=known.holds.get(order.pk, []),
        checks=known.checks.get(order.pk, []),
    )  # fmt: skip
    if gate:
        return CheckedRow(row, "problem", gate, order.pk)
    courier = find_courier(row.courier) if row.courier else guess_courier(tracking)
    if courier is None:
        return CheckedRow(row, "problem", _("The number does not tell which courier it is."), order.pk)
    warning = check_tracking(courier, tracking) or ""
    return CheckedRow(row, "warning" if warning else "ok", warning, order.pk, courier.code, tracking)


def _packed_problem(order: Order, tracking: str, known: _Known) -> str:
    """Return what the parcels that are packed already say against this number for this order."""
    under = [packed for packed in known.packed if packed.number == tracking]
    own = [packed for packed in known.packed if packed.order_id == order.pk]
    if under and order.pk not in {packed.order_id for packed in under}:
        return _("This tracking number belongs to order %(number)s.") % {"number": under[0].order_number}
    if merged := next((packed for packed in under if packed.order_count > 1), None):
        values = {"number": merged.number, "count": merged.order_count}
        return _("Packed with %(count)s orders as %(number)s: scan that parcel out, and all of them ship.") % values
    if own and not under:
        return _("It is packed as %(number)s: ship it with that number, or void the waybill.") % {
            "number": own[0].number
        }
    return ""


def _cell_problem(row: TableRow, known: _Known) -> str:
    """Return what is wrong with the row itself."""
    if not _NUMBER.fullmatch(row.number):
        return _("This is no order number.")
    if row.number not in known.orders:
        return _("This store has no such order.")
    if known.number_counts[row.number] > 1:
        return _("This order stands in the table more than once.")
    if row.courier and find_courier(row.courier) is None:
        return _("“%(name)s” is not in the list of couriers.") % {"name": row.courier}
    try:
        tracking = normalise_tracking(row.tracking_number)
    except TrackingError as error:
        return str(error)
    return _("This tracking number stands in the table more than once.") if known.tracking_counts[tracking] > 1 else ""
