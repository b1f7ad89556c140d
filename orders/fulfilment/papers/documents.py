"""One PDF of a kind of paper: read in parts, set page by page."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import IO

from backoffice.common.models import Store
from orders.fulfilment.models import PrintRecord
from orders.fulfilment.papers import lists, slip, waybill
from orders.fulfilment.papers.reading import read_slips, read_waybills
from orders.fulfilment.papers.sheet import Sheet
from orders.fulfilment.papers.shown import invoice_paper, picking_paper

Paper = PrintRecord.Paper
_AT_ONCE = 100  # papers read with one set of statements


def write_document(target: IO[bytes], *, store: Store, paper: str, ids: Sequence[int], now: datetime) -> None:
    """Write the PDF of these waybills or orders, in this order.

    Raises:
        PaperError: the fonts are not there.
        PrintError: a recipient cannot be opened.
    """
    size, draw = _PAPERS[paper]
    sheet = Sheet(target, size=size, title=str(Paper(paper).label))
    draw(sheet, store, ids, now)
    sheet.save()


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]


def _waybills(sheet: Sheet, store: Store, ids: Sequence[int], now: datetime) -> None:
    for part in _parts(ids):
        for paper in read_waybills(store, part):
            waybill.draw_waybill(sheet, paper, now=now)


def _slips(sheet: Sheet, store: Store, ids: Sequence[int], now: datetime) -> None:
    for part in _parts(ids):
        for paper in read_slips(store, part):
            slip.draw_slip(sheet, paper, now=now)


def _picking(sheet: Sheet, store: Store, ids: Sequence[int], now: datetime) -> None:
    lists.draw_picking(sheet, picking_paper(store, ids), now=now)


def _invoices(sheet: Sheet, store: Store, ids: Sequence[int], now: datetime) -> None:
    lists.draw_invoices(sheet, invoice_paper(store, ids), now=now)


_Draw = Callable[[Sheet, Store, Sequence[int], datetime], None]
_PAPERS: Mapping[str, tuple[tuple[float, float], _Draw]] = {
    Paper.WAYBILL: (waybill.SIZE, _waybills),
    Paper.PACKING_SLIP: (slip.SIZE, _slips),
    Paper.PICKING_LIST: (lists.PICKING_SIZE, _picking),
    Paper.INVOICE_SHEET: (lists.INVOICE_SIZE, _invoices),
}
