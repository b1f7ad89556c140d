"""Papers that are one table: the picking list (A4, along the shelves) and the sheet of invoices to issue (A4, wide)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from orders.fulfilment.papers.content import InvoicePaper, InvoiceRow, PickPaper, PickRow
from orders.fulfilment.papers.sheet import Cell, Column, Sheet, Table
from orders.fulfilment.papers.shown import invoice_facts, picking_facts

PICKING_SIZE, INVOICE_SIZE = (210.0, 297.0), (297.0, 210.0)
_LEFT = 12.0


class _Listing:
    """A title, a table over as many pages as it takes, and page numbers."""

    def __init__(self, sheet: Sheet, title: str, facts: str, *, now: datetime) -> None:
        self._sheet, self._title, self._facts, self._now = sheet, title, facts, now
        self._page = 0

    def draw(self, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> None:
        bottom = self._sheet.height - 16
        table = Table(self._sheet, columns, x=_LEFT, size=9.5, bottom=bottom, turn=self._turn)
        y = table.head(self._turn())
        for row in rows:
            y = table.row(y, row)
        self._foot()
        self._sheet.new_page()

    def _turn(self) -> float:
        if self._page:
            self._foot()
            self._sheet.new_page()
        self._page += 1
        room = self._sheet.width - 2 * _LEFT
        self._sheet.fitted(_LEFT, 10, self._title, (18, 14), room, bold=True)
        self._sheet.fitted(_LEFT, 18, self._facts, (10, 8), room)
        return 26

    def _foot(self) -> None:
        y, right = self._sheet.height - 12, self._sheet.width - _LEFT
        time = _("Printed %(time)s") % {"time": f"{timezone.localtime(self._now):%Y-%m-%d %H:%M}"}
        self._sheet.text(_LEFT, y, time, 8)
        self._sheet.text(right, y, _("Page %(page)s") % {"page": self._page}, 8, align="right")


def draw_picking(sheet: Sheet, paper: PickPaper, *, now: datetime) -> None:
    """Set the whole list."""
    columns = [
        Column(pgettext("picking list", "Done"), 10),
        Column(_("Shelf"), 26, lines=2),
        Column(_("Merchant code"), 36, lines=2),
        Column(_("Product"), 76),
        Column(pgettext("number of", "Pieces"), 20, is_right=True),
        Column(pgettext("number of", "Orders"), 18, is_right=True),
    ]
    _Listing(sheet, _("Picking list"), picking_facts(paper), now=now).draw(columns, map(_picking_cells, paper.rows))


def _picking_cells(row: PickRow) -> list[Cell]:
    return [
        Cell("□"), Cell(row.shelf or "—", is_bold=True), Cell(row.code or "—"), Cell(f"{row.spec} {row.title}".strip()),
        Cell(str(row.quantity), is_bold=True), Cell(str(row.orders)),
    ]  # fmt: skip


def draw_invoices(sheet: Sheet, paper: InvoicePaper, *, now: datetime) -> None:
    """Set the whole sheet."""
    columns = [
        Column(_("Order number"), 44),
        Column(_("To issue by"), 24),
        Column(pgettext("invoice", "For"), 26, lines=2),
        Column(pgettext("invoice", "Title"), 66),
        Column(_("Tax number"), 42),
        Column(_("Amount"), 26, is_right=True),
        Column(_("Remark"), 44),
    ]
    _Listing(sheet, _("Invoices to issue"), invoice_facts(paper), now=now).draw(
        columns, map(_invoice_cells, paper.rows)
    )


def _invoice_cells(row: InvoiceRow) -> list[Cell]:
    form = _("Electronic") if row.is_electronic else pgettext("invoice", "On paper")
    due = f"{timezone.localtime(row.due_at):%m-%d %H:%M}"
    return [
        Cell(row.order), Cell(due, is_bold=True), Cell(f"{row.kind} · {form}"),
        Cell(row.title, is_bold=True), Cell(row.tax_number), Cell(f"{row.amount:,.2f}", is_bold=True), Cell(row.remark),
    ]  # fmt: skip
