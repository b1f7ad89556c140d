"""One table's rows as worksheet XML, with their digest."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from backoffice.common.sheets.columns import (
    DATE_KINDS,
    RECORD_SEPARATOR,
    UNIT_SEPARATOR,
    Cell,
    Column,
    converters,
    row_texts,
)
from backoffice.common.sheets.xlsx_parts import HEADER_STYLE, STYLES, column_letters

MAX_TEXT = 32_767
MAX_TEMPLATES = 4_096
ROW_NUMBER = "\0"

ILLEGAL = "\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff"  # by XML 1.0
_ILLEGAL = re.compile(f"[{ILLEGAL}]")
_SPECIAL = re.compile(f"[&<>\r{ILLEGAL}]|_x")
_CODED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 -- Excel's calendar knows no zones
_FIRST_DAY = 61  # 1 March 1900: before it, Excel's calendar has a 29 February 1900


class Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...


def cut_text(text: str) -> str:
    """Cut a text at the number of UTF-16 units that a cell holds."""
    if len(text) * 2 <= MAX_TEXT:
        return text
    units = text.encode("utf-16-le")
    return text if len(units) <= MAX_TEXT * 2 else units[: MAX_TEXT * 2].decode("utf-16-le", "ignore")


def clean_text(text: str) -> str:
    """Drop the characters that XML forbids."""
    return _ILLEGAL.sub("", text)


def escape(text: str) -> str:
    """Escape XML's signs, line ends that XML would change, and what Excel would read as a coded character."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    return _CODED.sub("_x005F_", text)


def serial_text(text: str) -> str:
    """Give Excel's day number of a canonical date or time.

    Raises:
        ValueError: it is before Excel's calendar is right.
    """
    span = datetime.fromisoformat(text) - _EPOCH
    if span.days < _FIRST_DAY:
        raise ValueError(f"{text} is too early for a spreadsheet")
    return repr(span.days + span.seconds / 86_400) if span.seconds else str(span.days)


def header_row(columns: Sequence[Column]) -> str:
    cells = "".join(
        f'<c r="{column_letters(number)}1" s="{HEADER_STYLE}" t="inlineStr">'
        f'<is><t xml:space="preserve">{escape(clean_text(column.title))}</t></is></c>'
        for number, column in enumerate(columns, start=1)
    )
    return f'<row r="1">{cells}</row>'


class RowEncoder:
    """Turns rows of values into <row> elements, adds them to a digest, counts the texts that it had to cut."""

    def __init__(self, columns: Sequence[Column], digest: Digest) -> None:
        self.truncated = 0
        self._digest = digest
        self._converters = converters(columns)
        self._dated = [index for index, column in enumerate(columns) if column.kind in DATE_KINDS]
        self._cells = [_cell_template(number, column) for number, column in enumerate(columns, start=1)]
        self._templates: dict[bytes, str] = {}

    def encode(self, values: Sequence[Cell], row_number: int) -> str:
        """Give the row's XML: one %-template for each set of filled columns, since this is the export's hot path."""
        texts = row_texts(self._converters, values)
        plain = "".join(texts)
        is_special = _SPECIAL.search(plain) is not None
        if is_special or len(plain) * 2 > MAX_TEXT:
            texts = [self._fit(text) for text in texts]
        self._digest.update((UNIT_SEPARATOR.join(texts) + RECORD_SEPARATOR).encode())
        if is_special:
            texts = [escape(text) for text in texts]
        for index in self._dated:
            if texts[index]:
                texts[index] = serial_text(texts[index])
        filled = bytes(map(bool, texts))
        template = self._templates.get(filled) or self._template(filled)
        return template.replace(ROW_NUMBER, str(row_number)) % tuple(filter(None, texts))

    def _fit(self, text: str) -> str:
        clean = clean_text(text)
        cut = cut_text(clean)
        self.truncated += cut != clean
        return cut

    def _template(self, filled: bytes) -> str:
        cells = "".join(cell for cell, is_filled in zip(self._cells, filled, strict=True) if is_filled)
        template = f'<row r="{ROW_NUMBER}">{cells}</row>'
        if len(self._templates) < MAX_TEMPLATES:
            self._templates[filled] = template
        return template


def _cell_template(number: int, column: Column) -> str:
    place = f"{column_letters(number)}{ROW_NUMBER}"
    if column.is_text:
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>'
    return f'<c r="{place}" s="{STYLES.get(column.kind, 0)}"><v>%s</v></c>'
