"""The waybill, 100 × 180 mm: from the courier's name down to what is inside."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from reportlab.lib.units import mm

from orders.fulfilment.papers.content import Piece, WaybillPaper
from orders.fulfilment.papers.fonts import BOLD, REGULAR
from orders.fulfilment.papers.sheet import Sheet
from orders.fulfilment.papers.shown import again_mark
from orders.fulfilment.papers.text import cut, fit, width, wrap

SIZE = (100.0, 180.0)
_LEFT, _ROOM, _RIGHT = 4.0, 92.0, 96.0
_INSIDE_TOP, _INSIDE_END = 100.0, 152.0
_SMALL = 8.5
_STEP = 3.8  # millimetres of a small line
_MAX_WISH_LINES = 4


def draw_waybill(sheet: Sheet, paper: WaybillPaper, *, now: datetime) -> None:
    """Set one page."""
    _head(sheet, paper)
    _codes(sheet, paper)
    _people(sheet, paper)
    end = _wishes(sheet, paper)
    _inside(sheet, paper, end)
    _foot(sheet, paper, now)
    sheet.new_page()


def _head(sheet: Sheet, paper: WaybillPaper) -> None:
    mark = again_mark(paper.print_no)
    room = 48.0 if mark else _ROOM
    sheet.fitted(_LEFT, 4.5, paper.courier, (28, 24, 20, 16), room, bold=True)
    if mark:
        sheet.box(_RIGHT - 40, 6, 40, 9, is_full=True)
        wide = width(mark, BOLD, 12) / mm
        sheet.text(_RIGHT - 20, 8, mark, 12 if wide < 38 else 9, bold=True, align="middle", white=True)  # noqa: PLR2004
    sheet.line(_LEFT, 18, _RIGHT, 18, weight=1.2)
    sheet.fitted(_LEFT, 19.5, paper.area, (30, 25, 20, 16), _ROOM, bold=True)
    sheet.line(_LEFT, 35, _RIGHT, 35, weight=1.2)


def _codes(sheet: Sheet, paper: WaybillPaper) -> None:
    sheet.bars(_LEFT, 37.5, paper.number, room=_ROOM, high=14)
    sheet.fitted(50, 52.5, paper.number, (15, 12, 9, 6), _ROOM, bold=True, align="middle")
    sheet.line(_LEFT, 60, _RIGHT, 60, weight=1.2)


def _people(sheet: Sheet, paper: WaybillPaper) -> None:
    _mark(sheet, 62, pgettext("waybill", "To"), 9)
    phone = fit(paper.to.phone, BOLD, (16, 13, 10), 60 * mm)
    wide = width("".join(phone.lines[:1]), BOLD, phone.size) / mm
    sheet.fitted(_RIGHT, 61.5, paper.to.phone, (phone.size,), 60, bold=True, align="right")
    sheet.fitted(_LEFT + 11, 61.5, paper.to.name, (16, 14, 12, 10), _ROOM - 14 - wide, bold=True)
    sheet.fitted(_LEFT + 11, 69, paper.to.address, (13, 11.5, 10, 8.5, 7), _ROOM - 11, high=17.5, bold=True)
    sheet.line(_LEFT, 87, _RIGHT, 87, weight=0.8)
    if paper.sender.name or paper.sender.address:
        _mark(sheet, 89, pgettext("waybill", "From"), 6)
        sender = f"{paper.sender.name}  {paper.sender.phone}".strip()
        below = sheet.fitted(_LEFT + 11, 88, sender, (9, 8), _ROOM - 11)
        sheet.fitted(_LEFT + 11, below, paper.sender.address, (8, 7), _ROOM - 11, high=6.5)
    sheet.line(_LEFT, 98.8, _RIGHT, 98.8, weight=1.2)


def _mark(sheet: Sheet, y: float, word: str, side: float) -> None:
    """Set a black square with a word in it."""
    sheet.box(_LEFT, y, 9, side, is_full=True)
    size = next((size for size in (side * 2, side * 1.5, side) if width(word, BOLD, size) < 8 * mm), 4.5)
    sheet.text(_LEFT + 4.5, y + side / 2 - size * 0.2, word, size, bold=True, align="middle", white=True)


def _wishes(sheet: Sheet, paper: WaybillPaper) -> float:
    """Set what was agreed with the buyer above the foot; return where it begins."""
    found = [line for wish in paper.wishes for line in wrap(f"★ {wish}", BOLD, _SMALL, (_ROOM - 4) * mm)]
    lines = cut(found, BOLD, _SMALL, (_ROOM - 4) * mm, lines=_MAX_WISH_LINES)
    if not lines:
        return _INSIDE_END
    high = len(lines) * _STEP + 2
    top = _INSIDE_END - high - 1
    sheet.box(_LEFT, top, _ROOM, high)
    for place, line in enumerate(lines):
        sheet.text(_LEFT + 2, top + 0.8 + place * _STEP, line, _SMALL, bold=True)
    return top - 1


def _inside(sheet: Sheet, paper: WaybillPaper, end: float) -> None:
    """Set what is in the parcel as far as there is room; what is left is counted."""
    count = ngettext("%(count)s piece", "%(count)s pieces", paper.piece_count) % {"count": paper.piece_count}
    sheet.text(_LEFT, _INSIDE_TOP, count, 10, bold=True)
    if len(paper.orders) > 1:
        merged = _("Merged: %(count)s orders") % {"count": len(paper.orders)}
        sheet.text(_RIGHT, _INSIDE_TOP, merged, 10, bold=True, align="right")
    y, room = _INSIDE_TOP + 5, int((end - _INSIDE_TOP - 5) / _STEP)
    lines_each = 2 if 2 * len(paper.pieces) <= room else 1
    for place, piece in enumerate(paper.pieces):
        if place + 1 >= room / lines_each and len(paper.pieces) > place + 1:
            _left_over(sheet, y, paper.pieces[place:])
            return
        y = _piece(sheet, y, piece, lines_each)


def _piece(sheet: Sheet, y: float, piece: Piece, lines_each: int) -> float:
    gift = f"[{_('Gift')}] " if piece.is_gift else ""
    text = f"{gift}{piece.spec} {piece.code} {piece.title}".strip()
    found = cut(wrap(text, REGULAR, _SMALL, (_ROOM - 12) * mm), REGULAR, _SMALL, (_ROOM - 12) * mm, lines=lines_each)
    sheet.text(_RIGHT, y, f"×{piece.quantity}", _SMALL + 1, bold=True, align="right")
    for line in found:
        sheet.text(_LEFT, y, line, _SMALL)
        y += _STEP
    return y


def _left_over(sheet: Sheet, y: float, pieces: list[Piece]) -> None:
    count = sum(piece.quantity for piece in pieces)
    text = ngettext("… and %(count)s piece more", "… and %(count)s pieces more", count) % {"count": count}
    sheet.text(_LEFT, y, text, _SMALL, bold=True)


def _foot(sheet: Sheet, paper: WaybillPaper, now: datetime) -> None:
    sheet.line(_LEFT, 153, _RIGHT, 153, weight=0.8)
    sheet.qr(_RIGHT - 22, 155, paper.number, side=21)
    y = sheet.fitted(_LEFT, 154.5, f"{_('Order')} {', '.join(paper.orders)}", (8, 7), 66, high=13)
    if paper.ship_by:
        y = sheet.fitted(_LEFT, y, f"{_('Ship by')} {timezone.localtime(paper.ship_by):%m-%d %H:%M}", (8,), 66)
    sheet.fitted(_LEFT, 172, _("Printed %(time)s") % {"time": f"{timezone.localtime(now):%Y-%m-%d %H:%M}"}, (7,), 66)
