"""One way to write a table, whatever the file: an export has one generator of rows and two renderers."""

from collections.abc import Sequence
from types import TracebackType
from typing import IO, Protocol, Self

from backoffice.common.sheets.columns import Cell, Column
from backoffice.common.sheets.csv_out import CsvWriter
from backoffice.common.sheets.xlsx import XlsxWriter

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class RowWriter(Protocol):
    rows_written: int

    @property
    def truncated(self) -> int: ...

    @property
    def data_sha256(self) -> str: ...

    def add_sheet(self, name: str, columns: Sequence[Column]) -> None: ...

    def write_row(self, values: Sequence[Cell]) -> None: ...

    def add_summary(self, name: str, entries: Sequence[tuple[str, Cell]]) -> None: ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_writer(stream: IO[bytes], file_format: str) -> RowWriter:
    """Give the writer of a format, "csv" or "xlsx", onto a binary stream that stays the caller's to close."""
    writers: dict[str, type[XlsxWriter] | type[CsvWriter]] = {"csv": CsvWriter, "xlsx": XlsxWriter}
    return writers[file_format](stream)
