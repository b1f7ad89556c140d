"""Bar codes and QR codes as plain bars and squares, for the PDF and for SVG in a page alike."""

from collections.abc import Iterator
from typing import NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

QUIET = 10  # modules of white on both sides that scanners ask for


class Bars(NamedTuple):
    """Places and widths of the black bars, in modules, and the width of all."""

    bars: list[tuple[int, int]]
    width: int


class Squares(NamedTuple):
    """Runs of black squares (column, row, length), and how many squares a side has."""

    runs: list[tuple[int, int, int]]
    side: int


def code128(text: str) -> Bars:
    """Return a Code 128 without its quiet zones; digits are set in pairs."""
    from reportlab.graphics.barcode.code128 import Code128Auto  # noqa: PLC0415 -- takes 7 MB; few pages show a code

    code = Code128Auto(text)
    code.validate()
    code.encode()
    code.decompose()
    bars, place = [], 0
    for sign in code.decomposed:
        wide = ord(sign.lower()) - ord("a") + 1
        if sign.isupper():
            bars.append((place, wide))
        place += wide
    return Bars(bars, place)


def qr(text: str) -> Squares:
    """Return a QR code without its quiet zone."""
    import segno  # noqa: PLC0415 -- as above

    rows = [list(row) for row in segno.make_qr(text, error="m").matrix]
    return Squares([(x, y, n) for y, row in enumerate(rows) for x, n in _runs(row)], len(rows))


def _runs(row: list[int]) -> Iterator[tuple[int, int]]:
    start = 0
    for place in range(1, len(row) + 1):
        if place == len(row) or row[place] != row[start]:
            if row[start]:
                yield start, place - start
            start = place


def code128_svg(text: str) -> SafeString:
    """Return the bar code as inline SVG, as wide as its box; a scanner reads it, a screen reader the number beside."""
    found = code128(text)
    bars = format_html_join("", '<rect x="{}" y="0" width="{}" height="50"/>', found.bars)
    total = found.width + 2 * QUIET
    return format_html(
        '<svg class="paper-bars" viewBox="{} 0 {} 50" preserveAspectRatio="none" aria-hidden="true">{}</svg>',
        -QUIET, total, bars,
    )  # fmt: skip


def qr_svg(text: str) -> SafeString:
    found = qr(text)
    squares = format_html_join("", '<path d="M{} {}h{}v1h-{}z"/>', ((x, y, n, n) for x, y, n in found.runs))
    return format_html(
        '<svg class="paper-qr" viewBox="-2 -2 {} {}" aria-hidden="true">{}</svg>',
        found.side + 4, found.side + 4, squares,
    )  # fmt: skip
