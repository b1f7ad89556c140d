"""Text that always fits: broken into lines between Chinese characters or words, set smaller, at last cut with “…”."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reportlab.pdfbase import pdfmetrics

CUT = "…"
LEADING = 1.25  # from line to line, in sizes of the type
_PIECE = re.compile(r"[^\s⺀-￿]+|\s+|.", re.DOTALL)  # a word, space, or one character of a script without spaces
_UNPRINTABLE = frozenset({"Cf", "Cc", "Cs", "Mn"})
_NOT_AT_START = frozenset("，。、；：！？）】》」』”’,.;:!?)]…")


class Fitted(NamedTuple):
    """Lines of one size."""

    lines: list[str]
    size: float


def plain(text: object) -> str:
    """Return a text without what no printer can show: line ends, controls, signs that only join or turn others."""
    signs = " ".join(unicodedata.normalize("NFC", str(text)).split())
    return "".join(sign for sign in signs if unicodedata.category(sign) not in _UNPRINTABLE)


def width(text: str, font: str, size: float) -> float:
    return pdfmetrics.stringWidth(text, font, size)


def wrap(text: str, font: str, size: float, room: float) -> list[str]:
    """Break a text into lines; a word that is wider than a line is broken too."""
    lines, line, used = [], "", 0.0
    for piece in _pieces(text, font, size, room):
        wide = width(piece, font, size)
        if line and used + wide > room and piece not in _NOT_AT_START:
            lines.append(line.rstrip())
            line, used = "", 0.0
            piece = piece.lstrip()  # noqa: PLW2901 -- a line does not begin with a space
            wide = width(piece, font, size)
        line, used = line + piece, used + wide
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(text: str, font: str, size: float, room: float) -> Iterator[str]:
    for piece in _PIECE.findall(plain(text)):
        if len(piece) > 1 and width(piece, font, size) > room:
            yield from piece
        else:
            yield piece


def fit(text: str, font: str, sizes: Sequence[float], room: float, *, high: float = 0) -> Fitted:
    """Return the text in the first of the sizes in which it needs no more than its height (one line), else cut."""
    found: list[str] = []
    for size in sizes:
        found = wrap(text, font, size, room)
        if len(found) <= _rows(high, size):
            return Fitted(found, size)
    return Fitted(cut(found, font, sizes[-1], room, lines=_rows(high, sizes[-1])), sizes[-1])


def _rows(high: float, size: float) -> int:
    return max(1, int(high / (size * LEADING)))


def cut(found: list[str], font: str, size: float, room: float, *, lines: int) -> list[str]:
    """Keep so many lines; the last says by “…” that something is missing."""
    if len(found) <= lines:
        return found
    last = found[lines - 1]
    while last and width(last + CUT, font, size) > room:
        last = last[:-1]
    return [*found[: lines - 1], last + CUT]
