"""One way to read a table, whatever the file: sheets, a header, and rows that come one by one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Literal, Self

from django.utils.translation import gettext as _

from backoffice.common.sheets.columns import Cell
from backoffice.common.sheets.csv_in import CsvFile
from backoffice.common.sheets.errors import SheetError
from backoffice.common.sheets.limits import MIB, Limits
from backoffice.common.sheets.xlsx_in import Workbook

Record = tuple[int, list[Cell]]
IsHeader = Callable[[Sequence[str]], bool]
ChooseSheet = Callable[[Mapping[str, list[str]]], str | None]

ZIP_START = b"PK\x03\x04"
OLE_START = b"\xd0\xcf\x11\xe0"
HEADER_ROWS = 10  # how many rows may stand above the header, it included


class Table:
    """A table open for reading: iterate it for (line, cells), as often as needed; close it after use.

    The header is line 1 of a plain file. Cells of a CSV file are strings; those of a workbook are strings, whole
    numbers, floats, times on the shop's clock without a zone, or None. Rows without any value are left out.
    """

    def __init__(self, source: "Source", sheet: str, header: Record) -> None:
        self._source = source
        self.sheet = sheet
        self.header_line = header[0]
        self.header = _titles(header[1])

    @property
    def format(self) -> Literal["csv", "xlsx"]:
        return self._source.format

    @property
    def encoding(self) -> str | None:
        """The encoding of a CSV file."""
        return self._source.encoding

    @property
    def sheets(self) -> list[str]:
        return self._source.sheets

    @property
    def row_estimate(self) -> int:
        """The number of data rows, for progress: never too low in a well-made file."""
        return max(0, self._source.row_count(self.sheet) - 1)

    def __iter__(self) -> Iterator[Record]:
        return (record for record in self._source.rows(self.sheet) if record[0] > self.header_line)

    def close(self) -> None:
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


class CsvSource:
    format: Literal["csv"] = "csv"

    def __init__(self, file: CsvFile, name: str) -> None:
        self._file = file
        self.sheets = [name]
        self.encoding: str | None = file.encoding

    def rows(self, _sheet: str) -> Iterator[Record]:
        return self._file.rows()

    def row_count(self, _sheet: str) -> int:
        return self._file.record_count

    def close(self) -> None:
        """Do nothing: a CSV file is open only while it is iterated."""


class XlsxSource:
    format: Literal["xlsx"] = "xlsx"
    encoding: str | None = None

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self.sheets = workbook.sheets
        self.rows = workbook.rows
        self.row_count = workbook.row_count
        self.close = workbook.close


Source = CsvSource | XlsxSource


def open_table(
    path: Path | str,
    *,
    filename: str,
    encoding: str | None = None,
    limits: Limits | None = None,
    is_header: IsHeader | None = None,
    choose_sheet: ChooseSheet | None = None,
) -> Table:
    """Open an order file after a look through all of it.

    Args:
        path: where the file lies; its content, not its name, tells what it is.
        filename: the name under which it was uploaded.
        encoding: of a CSV file, when the reader chose it; else it is found.
        limits: what the file may ask of the machine.
        is_header: tells whether a row, stripped, is the header; without it, or when no row of the first ten is,
            the first row that holds anything.
        choose_sheet: picks the sheet by the headers of all; without it, or when it picks none, the first sheet
            that holds anything.

    Raises:
        SheetError: the file cannot be read as a table.
    """
    source = _open_source(Path(path), filename, encoding, limits or Limits())
    try:
        headers = _find_headers(source, is_header)
        titles = {sheet: _titles(header[1]) for sheet, header in headers.items()}
        sheet = (choose_sheet(titles) if choose_sheet else None) or next(iter(headers))
        return Table(source, sheet, headers[sheet])
    except BaseException:
        source.close()
        raise


def _open_source(path: Path, filename: str, encoding: str | None, limits: Limits) -> Source:
    if path.stat().st_size > limits.file_bytes:
        raise SheetError(_("The file is larger than %(size)s MB.") % {"size": limits.file_bytes // MIB})
    with path.open("rb") as stream:
        start = stream.read(512)
    if start.startswith(ZIP_START):
        return XlsxSource(Workbook(path, limits))
    if start.startswith(OLE_START):
        raise SheetError(_("This workbook is protected by a password or is an old .xls file. Save it as plain .xlsx."))
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        raise SheetError(
            _("This is a web page or XML file under a spreadsheet's name. Open it in Excel, save as .xlsx.")
        )
    return CsvSource(CsvFile(path, limits, encoding), filename)


def _find_headers(source: Source, is_header: IsHeader | None) -> dict[str, Record]:
    """Give the header of each sheet that holds anything."""
    found = {sheet: _find_header(source.rows(sheet), is_header) for sheet in source.sheets}
    headers = {sheet: header for sheet, header in found.items() if header is not None}
    if not headers:
        raise SheetError(_("The file holds no rows."))
    return headers


def _find_header(rows: Iterator[Record], is_header: IsHeader | None) -> Record | None:
    candidates = list(islice(rows, HEADER_ROWS if is_header else 1))
    for record in candidates:
        if is_header and is_header(_titles(record[1])):
            return record
    return candidates[0] if candidates else None


def _titles(cells: Sequence[Cell]) -> list[str]:
    return ["" if cell is None else str(cell).strip() for cell in cells]
