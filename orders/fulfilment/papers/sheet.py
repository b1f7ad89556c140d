"""A page to draw on: millimetres from the top left, lines of text that fit, rules, codes, tables over pages."""

from collections.abc import Callable, Sequence
from typing import IO, NamedTuple

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from orders.fulfilment.papers.codes import QUIET, code128, qr
from orders.fulfilment.papers.fonts import BOLD, REGULAR, load_fonts
from orders.fulfilment.papers.text import LEADING, cut, fit, wrap

_POINT = 1 / mm  # millimetres in a point


class Cell(NamedTuple):
    text: str
    is_bold: bool = False


class Column(NamedTuple):
    head: str
    width: float
    is_right: bool = False
    lines: int = 3


class Sheet:
    """One PDF of pages of one size; lengths are millimetres, sizes of type are points."""

    def __init__(self, target: IO[bytes], *, size: tuple[float, float], title: str) -> None:
        load_fonts()
        self.width, self.height = size
        self._canvas = Canvas(target, pagesize=(size[0] * mm, size[1] * mm), pageCompression=1)
        self._canvas.setTitle(title)
        self._canvas.setCreator("Backoffice")

    def new_page(self) -> None:
        self._canvas.showPage()

    def save(self) -> None:
        self._canvas.save()

    def line(self, x1: float, y1: float, x2: float, y2: float, *, weight: float = 0.6) -> None:
        self._canvas.setLineWidth(weight)
        self._canvas.line(x1 * mm, self._y(y1), x2 * mm, self._y(y2))

    def box(self, x: float, y: float, wide: float, high: float, *, weight: float = 0.8, is_full: bool = False) -> None:
        self._canvas.setLineWidth(weight)
        self._canvas.rect(x * mm, self._y(y + high), wide * mm, high * mm, stroke=not is_full, fill=is_full)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        bold: bool = False,
        align: str = "left",
        white: bool = False,
    ) -> None:
        """Set one line whose top is at y; the caller has seen to it that it fits."""
        font = BOLD if bold else REGULAR
        self._canvas.setFont(font, size)
        self._canvas.setFillGray(1 if white else 0)
        draw = {"left": self._canvas.drawString, "right": self._canvas.drawRightString}.get(
            align, self._canvas.drawCentredString
        )
        draw(x * mm, self._y(y) - size * 0.95, text)
        self._canvas.setFillGray(0)

    def fitted(
        self, x: float, y: float, text: str, sizes: Sequence[float], room: float, *, high: float = 0,
        bold: bool = False, align: str = "left",
    ) -> float:  # fmt: skip
        """Set a text in the largest size that fits its room and height; return where the next may begin."""
        found = fit(text, BOLD if bold else REGULAR, sizes, room * mm, high=high * mm)
        for row in found.lines:
            self.text(x, y, row, found.size, bold=bold, align=align)
            y += found.size * LEADING * _POINT
        return y

    def bars(self, x: float, y: float, text: str, *, room: float, high: float) -> None:
        """Set a bar code in the middle of its room, with white on both sides."""
        found = code128(text)
        module = min(0.5, room / (found.width + 2 * QUIET))
        left = x + (room - found.width * module) / 2
        for place, wide in found.bars:
            self.box(left + place * module, y, wide * module, high, is_full=True)

    def qr(self, x: float, y: float, text: str, *, side: float) -> None:
        found = qr(text)
        module = side / found.side
        for column, row, length in found.runs:
            self.box(x + column * module, y + row * module, length * module, module * 1.02, is_full=True)

    def _y(self, y: float) -> float:
        return (self.height - y) * mm


class Table:
    """Rows under a head; when a page is full, `turn` begins the next and says where its table starts."""

    def __init__(
        self,
        sheet: Sheet,
        columns: Sequence[Column],
        *,
        x: float,
        size: float,
        bottom: float,
        turn: Callable[[], float],
    ) -> None:
        self._sheet, self._columns, self._x, self._size = sheet, columns, x, size
        self._bottom, self._turn = bottom, turn
        self._step = size * LEADING * _POINT

    @property
    def _right(self) -> float:
        return self._x + sum(column.width for column in self._columns)

    def head(self, y: float) -> float:
        """Set the names of the columns; return where the first row begins."""
        left = self._x
        for column in self._columns:
            self._set(left, y, column, cut(
                wrap(column.head, BOLD, self._size - 1, (column.width - 3) * mm), BOLD, self._size - 1,
                (column.width - 3) * mm, lines=1,
            ), bold=True, size=self._size - 1)  # fmt: skip
            left += column.width
        y += self._step + 1
        self._sheet.line(self._x, y, self._right, y, weight=1)
        return y + 0.8

    def row(self, y: float, cells: Sequence[Cell]) -> float:
        """Set one row, on a new page where this one is full; return where the next begins."""
        texts = [self._lines(column, cell) for column, cell in zip(self._columns, cells, strict=True)]
        high = max(1, *(len(lines) for lines in texts)) * self._step + 1.6
        if y + high > self._bottom:
            y = self.head(self._turn())
        left = self._x
        for column, cell, lines in zip(self._columns, cells, texts, strict=True):
            self._set(left, y, column, lines, bold=cell.is_bold, size=self._size)
            left += column.width
        y += high
        self._sheet.line(self._x, y - 0.6, self._right, y - 0.6, weight=0.25)
        return y

    def _lines(self, column: Column, cell: Cell) -> list[str]:
        font, room = BOLD if cell.is_bold else REGULAR, (column.width - 3) * mm
        return cut(wrap(cell.text, font, self._size, room), font, self._size, room, lines=column.lines)

    def _set(self, left: float, y: float, column: Column, lines: Sequence[str], *, bold: bool, size: float) -> None:
        for line in lines:
            if column.is_right:
                self._sheet.text(left + column.width - 3, y, line, size, bold=bold, align="right")
            else:
                self._sheet.text(left, y, line, size, bold=bold)
            y += self._step
