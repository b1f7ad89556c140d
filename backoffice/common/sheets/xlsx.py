"""A streaming .xlsx writer: one pass, no temporary file, memory that does not grow with the rows."""

import contextlib
import hashlib
import re
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from types import TracebackType
from typing import IO, Self

from backoffice.common.sheets import xlsx_parts as parts
from backoffice.common.sheets.columns import Cell, Column, Kind
from backoffice.common.sheets.xlsx_rows import RowEncoder, header_row

MAX_SHEET_ROWS = 1_048_576
MAX_SHEET_BYTES = 1_900_000_000  # from 2 GiB a part needs ZIP64, which some spreadsheet programs refuse
MAX_NAME = 31
FLUSH_CHARACTERS = 65_536

_BAD_IN_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f\ud800-\udfff\ufffe\uffff]")


class XlsxWriter:
    """Writes tables to a binary stream; implements RowWriter.

    Text is always an inline string, so nothing can become a formula. A table longer than a sheet goes on in a
    sheet of the same name with (2) and the header again.
    """

    def __init__(self, stream: IO[bytes], *, has_autofilter: bool = False) -> None:
        self.rows_written = 0
        self._has_autofilter = has_autofilter
        self._zip = zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._digest = hashlib.sha256()
        self._encoders: list[RowEncoder] = []
        self._names: list[str] = []
        self._member: IO[bytes] | None = None

    @property
    def truncated(self) -> int:
        """The number of texts that were cut at the length which a cell holds."""
        return sum(encoder.truncated for encoder in self._encoders)

    @property
    def data_sha256(self) -> str:
        """The SHA-256 of the data rows so far: texts joined by U+001F, each row ended by U+001E, in UTF-8."""
        return self._digest.hexdigest()

    def add_sheet(self, name: str, columns: Sequence[Column]) -> None:
        """Begin a table; the rows that follow belong to it."""
        self._end_sheet()
        self._name, self._columns, self._sheet_count = name, tuple(columns), 1
        self._encoder = RowEncoder(self._columns, self._digest)
        self._encoders.append(self._encoder)
        self._begin_sheet(name)

    def write_row(self, values: Sequence[Cell]) -> None:
        """Write one row, its values in the order of the columns.

        Raises:
            ValueError: a number is NaN or infinite, a time has no zone, or the number of values is wrong.
            TypeError: a value is not of its column's kind.
        """
        if self._row >= MAX_SHEET_ROWS or self._sheet_bytes > MAX_SHEET_BYTES:
            self._continue_sheet()
        row = self._encoder.encode(values, self._row + 1)
        self._row += 1
        self.rows_written += 1
        self._add(row)

    def add_summary(self, name: str, entries: Sequence[tuple[str, Cell]]) -> None:
        """Add a sheet of one label and one value per row, apart from the data rows and their digest."""
        self._end_sheet()
        self._columns = (Column("", width=24), Column("", width=60))
        self._begin_sheet(name, has_header=False)
        for label, value in entries:
            encoder = RowEncoder((self._columns[0], Column("", _kind_of(value))), hashlib.sha256())
            self._row += 1
            self._add(encoder.encode((label, value), self._row))
        self._end_sheet()

    def close(self) -> None:
        """Finish the workbook; the stream stays open."""
        self._end_sheet()
        if not self._names:
            raise ValueError("a workbook needs a sheet")
        self._zip.writestr("[Content_Types].xml", parts.content_types_xml(len(self._names)))
        self._zip.writestr("_rels/.rels", parts.PACKAGE_RELATIONS_XML)
        self._zip.writestr("xl/workbook.xml", parts.workbook_xml(self._names))
        self._zip.writestr("xl/_rels/workbook.xml.rels", parts.workbook_relations_xml(len(self._names)))
        self._zip.writestr("xl/styles.xml", parts.STYLES_XML)
        self._zip.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
            return
        with contextlib.suppress(OSError, ValueError):
            if self._member is not None:
                self._member.close()
            self._zip.close()

    def _begin_sheet(self, name: str, *, has_header: bool = True) -> None:
        self._names.append(self._free_name(name))
        self._member = self._zip.open(f"xl/worksheets/sheet{len(self._names)}.xml", "w")
        self._pending: list[str] = [parts.sheet_start(self._columns, has_header=has_header)]
        self._pending_characters = self._sheet_bytes = self._row = 0
        if has_header:
            self._pending.append(header_row(self._columns))
            self._row = 1

    def _continue_sheet(self) -> None:
        self._finish_member()
        self._sheet_count += 1
        self._begin_sheet(f"{self._name} ({self._sheet_count})")

    def _end_sheet(self) -> None:
        if self._member is not None:
            self._finish_member()

    def _finish_member(self) -> None:
        last = f"{parts.column_letters(len(self._columns))}{self._row}"
        self._pending.append(parts.sheet_end(f"A1:{last}" if self._has_autofilter else None))
        self._flush()
        if self._member is not None:
            self._member.close()
            self._member = None

    def _add(self, row: str) -> None:
        self._pending.append(row)
        self._pending_characters += len(row)
        if self._pending_characters > FLUSH_CHARACTERS:
            self._flush()

    def _flush(self) -> None:
        if self._member is not None:
            self._sheet_bytes += self._member.write("".join(self._pending).encode())
        self._pending.clear()
        self._pending_characters = 0

    def _free_name(self, name: str) -> str:
        """Give a name that Excel allows and no sheet of this workbook has."""
        base = _BAD_IN_NAME.sub("_", name).strip("' ") or "Sheet"
        taken = {other.casefold() for other in self._names}
        shown, number = base[:MAX_NAME], 1
        while shown.casefold() in taken:
            number += 1
            suffix = f" ({number})"
            shown = base[: MAX_NAME - len(suffix)] + suffix
        return shown


def _kind_of(value: Cell) -> Kind:
    if isinstance(value, datetime):
        return Kind.DATETIME
    if isinstance(value, date):
        return Kind.DATE
    if isinstance(value, Decimal):
        return Kind.MONEY
    if isinstance(value, float):
        return Kind.NUMBER
    return Kind.INTEGER if isinstance(value, int) else Kind.TEXT
