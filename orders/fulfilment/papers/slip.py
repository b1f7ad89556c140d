"""The packing slip, A5: what to pack, what was agreed, how it is packed."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from reportlab.lib.units import mm

from orders.fulfilment.papers.content import Piece, SlipPaper
from orders.fulfilment.papers.fonts import BOLD, REGULAR
from orders.fulfilment.papers.sheet import Cell, Column, Sheet, Table
from orders.fulfilment.papers.shown import again_mark
from orders.fulfilment.papers.text import cut, wrap

SIZE = (148.0, 210.0)
_LEFT, _ROOM, _RIGHT = 9.0, 130.0, 139.0
_BOTTOM = 198.0
_SIZE, _STEP = 9.5, 4.3


def draw_slip(sheet: Sheet, paper: SlipPaper, *, now: datetime) -> None:
    """Set one order, on further pages where it is long."""
    pages = _Pages(sheet, paper, now)
    y = pages.first()
    y = _table(sheet, paper, y, pages)
    y = _list(sheet, pages, y + 2, _("To do"), [*paper.services, *paper.wishes], is_boxed=True)
    y = _list(sheet, pages, y + 1, _("How to pack"), paper.instructions)
    y = _list(sheet, pages, y + 1, _("Buyer note"), [paper.note] if paper.note else [])
    _list(sheet, pages, y + 1, _("Remark"), [paper.remark] if paper.remark else [])
    pages.end()


class _Pages:
    """The head and foot of each page of one slip."""

    def __init__(self, sheet: Sheet, paper: SlipPaper, now: datetime) -> None:
        self._sheet, self._paper, self._now = sheet, paper, now
        self._page = 1

    def first(self) -> float:
        sheet, paper = self._sheet, self._paper
        sheet.fitted(_LEFT, 8, paper.shop, (11, 9), 70)
        sheet.fitted(_LEFT, 13, paper.number, (19, 16, 12), 78, bold=True)
        sheet.bars(_RIGHT - 52, 8, paper.number, room=52, high=10)
        if paper.ship_by:
            due = f"{_('Ship by')} {timezone.localtime(paper.ship_by):%m-%d %H:%M}"
            sheet.fitted(_RIGHT, 19.5, due, (11, 9), 52, align="right", bold=True)
        sheet.line(_LEFT, 25.5, _RIGHT, 25.5, weight=1.2)
        mark = again_mark(paper.print_no)
        who = f"{paper.who} · {paper.place}".strip(" ·")
        sheet.fitted(_LEFT, 27, who, (10, 8.5), 84 if mark else _ROOM)
        if mark:
            sheet.box(_RIGHT - 42, 26.8, 42, 6)
            sheet.fitted(_RIGHT - 21, 27.6, mark, (10, 8), 40, align="middle", bold=True)
        return 34.5

    def turn(self) -> float:
        """Begin the next page; return where its content starts."""
        self._foot()
        self._sheet.new_page()
        self._page += 1
        self._sheet.fitted(_LEFT, 8, self._paper.number, (14, 11), _ROOM, bold=True)
        self._sheet.line(_LEFT, 14.5, _RIGHT, 14.5, weight=1)
        return 16.5

    def end(self) -> None:
        self._foot()
        self._sheet.new_page()

    def _foot(self) -> None:
        self._sheet.line(_LEFT, 200, _RIGHT, 200, weight=0.3)
        time = _("Printed %(time)s") % {"time": f"{timezone.localtime(self._now):%Y-%m-%d %H:%M}"}
        self._sheet.text(_LEFT, 201, time, 8)
        self._sheet.text(_RIGHT, 201, _("Page %(page)s") % {"page": self._page}, 8, align="right")


def _table(sheet: Sheet, paper: SlipPaper, y: float, pages: _Pages) -> float:
    columns = [
        Column(_("Shelf"), 17, lines=2),
        Column(_("Product"), 71),
        Column(_("Merchant code"), 28, lines=2),
        Column(pgettext("number of", "Pieces"), 14, is_right=True),
    ]
    table = Table(sheet, columns, x=_LEFT, size=_SIZE, bottom=_BOTTOM, turn=pages.turn)
    y = table.head(y)
    for piece in paper.pieces:
        y = table.row(y, _cells(piece))
    return table.row(
        y, [Cell(""), Cell(_("Pieces in all"), is_bold=True), Cell(""), Cell(str(paper.piece_count), is_bold=True)]
    )


def _cells(piece: Piece) -> list[Cell]:
    gift = f"[{_('Gift')}] " if piece.is_gift else ""
    title = f"{gift}{piece.spec} {piece.title}".strip()
    return [Cell(piece.shelf, is_bold=True), Cell(title), Cell(piece.code), Cell(str(piece.quantity), is_bold=True)]


def _list(
    sheet: Sheet, pages: _Pages, y: float, head: str, texts: Sequence[str], *, is_boxed: bool = False
) -> float:  # fmt: skip
    """Set a headed list of texts; nothing where there is none."""
    if not texts:
        return y
    font = BOLD if is_boxed else REGULAR
    lines = [line for text in texts for line in _wrapped(f"· {text}" if len(texts) > 1 else text, font)]
    if y + _STEP * min(len(lines) + 1, 4) > _BOTTOM:
        y = pages.turn()
    sheet.text(_LEFT, y, head, 8.5, bold=not is_boxed)
    y += _STEP
    for line in lines:
        if y + _STEP > _BOTTOM:
            y = pages.turn()
        sheet.text(_LEFT + 2, y, line, _SIZE, bold=is_boxed)
        y += _STEP
    return y


def _wrapped(text: str, font: str) -> list[str]:
    """Break a text; one that nobody reads to its end is cut."""
    room = (_ROOM - 4) * mm
    return cut(wrap(text, font, _SIZE, room), font, _SIZE, room, lines=8)
