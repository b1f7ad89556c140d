"""A streaming CSV writer for Excel and other programs: UTF-8 with BOM, CRLF, header and data rows only."""

import csv
import hashlib
import io
from collections.abc import Sequence
from types import TracebackType
from typing import IO, Self

from backoffice.common.sheets.columns import (
    RECORD_SEPARATOR,
    UNIT_SEPARATOR,
    Cell,
    Column,
    converters,
    row_texts,
)

BOM = "\ufeff"
GUARD = "'"
RISKY_STARTS = frozenset("=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20")
FLUSH_CHARACTERS = 65_536


def guarded(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet program would take for a formula."""
    return GUARD + text if text[:1] in RISKY_STARTS else text


class CsvWriter:
    """Writes one table to a binary stream; implements RowWriter. The guard is its only change to a value."""

    truncated = 0

    def __init__(self, stream: IO[bytes]) -> None:
        self.rows_written = 0
        self._stream = stream
        self._digest = hashlib.sha256()
        self._buffer = io.StringIO(BOM, newline="")
        self._buffer.seek(len(BOM))
        self._write = csv.writer(self._buffer, lineterminator="\r\n").writerow
        self._has_table = False

    @property
    def data_sha256(self) -> str:
        """The SHA-256 of the data rows so far, counted as in XlsxWriter, on the values without their guards."""
        return self._digest.hexdigest()

    def add_sheet(self, name: str, columns: Sequence[Column]) -> None:
        """Begin the table.

        Raises:
            ValueError: the file holds a table already.
        """
        if self._has_table:
            raise ValueError("a CSV file holds one table")
        self._has_table = True
        self._converters = converters(columns)
        self._text_columns = [index for index, column in enumerate(columns) if column.is_text]
        self._write([guarded(column.title) for column in columns])

    def write_row(self, values: Sequence[Cell]) -> None:
        """Write one row, its values in the order of the columns.

        Raises:
            ValueError: a number is NaN or infinite, a time has no zone, or the number of values is wrong.
            TypeError: a value is not of its column's kind.
        """
        texts = row_texts(self._converters, values)
        self._digest.update((UNIT_SEPARATOR.join(texts) + RECORD_SEPARATOR).encode(errors="replace"))
        for index in self._text_columns:
            if texts[index][:1] in RISKY_STARTS:
                texts[index] = GUARD + texts[index]
        self._write(texts)
        self.rows_written += 1
        if self._buffer.tell() > FLUSH_CHARACTERS:
            self._flush()

    def add_summary(self, name: str, entries: Sequence[tuple[str, Cell]]) -> None:
        """Write nothing: a CSV file holds the header and the data rows only."""

    def close(self) -> None:
        """Write what is left; the stream stays open."""
        self._flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()

    def _flush(self) -> None:
        self._stream.write(self._buffer.getvalue().encode(errors="replace"))
        self._buffer.seek(0)
        self._buffer.truncate()
