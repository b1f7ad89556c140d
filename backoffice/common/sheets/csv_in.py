"""A streaming CSV reader: finds the encoding and the delimiter, and reads the file through once before it is used."""

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from django.utils.translation import gettext as _

from backoffice.common.sheets.columns import Cell
from backoffice.common.sheets.errors import SheetError
from backoffice.common.sheets.limits import Limits

Record = tuple[int, list[Cell]]

CODECS = {"utf-8": "utf-8-sig", "gb18030": "gb18030", "big5": "big5hkscs"}
ALIASES = {"utf-8-sig": "utf-8", "utf8": "utf-8", "gbk": "gb18030", "gb2312": "gb18030", "big5hkscs": "big5"}
GUESSES = ("utf-8", "gb18030")
DELIMITERS = (",", ";", "\t")
CHUNK = 256 * 1024
MAX_LINE = 2_000_000
MAX_RECORD_LINES = 200
SAMPLE = 10
END = "\0"  # no text file holds it, so it shows whether the last quotation mark was closed
UTF16_STARTS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class CsvFile:
    """A CSV file that was read through once without a fault: its encoding, its delimiter, its number of records."""

    def __init__(self, path: Path, limits: Limits, encoding: str | None = None) -> None:
        self._path = path
        self._limits = limits
        self.encoding = find_encoding(path, encoding)
        self._skipped, self.delimiter = self._find_delimiter()
        self.record_count = sum(1 for _record in self.rows())

    def rows(self) -> Iterator[Record]:
        """Give the records that hold anything, each with the number of the line on which it begins.

        Raises:
            SheetError: a quotation mark is not closed, or there are too many rows, columns or characters.
        """
        count = 0
        for line, cells in self._records(self.delimiter):
            if line > self._skipped and any(cells):
                count += 1
                if count > self._limits.rows:
                    raise SheetError(_("The file has more than %(count)s rows.") % {"count": self._limits.rows})
                yield line, cells

    def _records(self, delimiter: str) -> Iterator[Record]:
        with self._path.open(encoding=CODECS[self.encoding], newline="") as stream:
            reader = csv.reader(_lines(stream), delimiter=delimiter)
            begins = 1
            while True:
                try:
                    cells = next(reader)
                except csv.Error as error:
                    raise _open_quote(begins) from error
                if cells == [END] and reader.line_num == begins:
                    return
                self._check(cells, begins, reader.line_num)
                yield begins, cells  # type: ignore[misc]  # list[str] is read only from here on
                begins = reader.line_num + 1

    def _check(self, cells: list[str], begins: int, ends: int) -> None:
        if ends - begins >= MAX_RECORD_LINES or (ends > begins and cells[-1].endswith(END)):
            raise _open_quote(begins)
        if len(cells) > self._limits.columns:
            raise SheetError(
                _("Line %(line)s has more than %(count)s columns.") % {"line": begins, "count": self._limits.columns}
            )

    def _find_delimiter(self) -> tuple[int, str]:
        """Give the lines to skip and the delimiter: the one Excel's own `sep=` line names, or that which parts most."""
        with self._path.open(encoding=CODECS[self.encoding], newline="") as stream:
            first = next(_lines(stream)).rstrip("\r\n").strip('"')
        if first.lower().startswith("sep=") and first[4:] in DELIMITERS:
            return 1, first[4:]
        return 0, max(DELIMITERS, key=self._parts_by)

    def _parts_by(self, delimiter: str) -> tuple[int, int]:
        """Rate a delimiter by the shortest of the first records, then by all of them."""
        widths: list[int] = []
        try:
            for _line, cells in self._records(delimiter):
                if cells:
                    widths.append(len(cells))
                if len(widths) == SAMPLE:
                    break
        except SheetError:
            pass
        return min(widths, default=0), sum(widths)


def find_encoding(path: Path, wanted: str | None = None) -> str:
    """Find the encoding in which every byte of the file makes sense: by its mark, else UTF-8, else GB18030.

    Raises:
        SheetError: there is none, or the file is no text.
    """
    with path.open("rb") as stream:
        start = stream.read(4)
    if not start:
        raise SheetError(_("The file is empty."))
    if start.startswith(UTF16_STARTS):
        raise _utf16()
    if wanted is not None:
        name = ALIASES.get(wanted.lower(), wanted.lower())
        return _proved(path, (name,) if name in CODECS else ())
    return _proved(path, ("utf-8",) if start.startswith(codecs.BOM_UTF8) else GUESSES)


def _proved(path: Path, names: tuple[str, ...]) -> str:
    line = 1
    for name in names:
        line = _first_undecodable_line(path, CODECS[name])
        if not line:
            return name
    raise SheetError(
        _("Line %(line)s of the file is not text in %(encodings)s. Save it as UTF-8 or choose its encoding.")
        % {"line": line, "encodings": " / ".join(names or CODECS)}
    )


def _first_undecodable_line(path: Path, codec: str) -> int:
    """Give 0 when the whole file decodes.

    Raises:
        SheetError: it holds NUL bytes, as UTF-16 and binary files do.
    """
    decoder = codecs.getincrementaldecoder(codec)(errors="strict")
    lines = 1
    with path.open("rb") as stream:
        while True:
            chunk = stream.read(CHUNK)
            if b"\0" in chunk:
                raise _utf16()
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return lines + error.object.count(b"\n", 0, error.start)
            if not chunk:
                return 0
            lines += chunk.count(b"\n")


def _lines(stream: TextIO) -> Iterator[str]:
    while line := stream.readline(MAX_LINE):
        if len(line) == MAX_LINE:
            raise SheetError(_("A line of the file has more than %(count)s characters.") % {"count": MAX_LINE})
        yield line
    yield END


def _utf16() -> SheetError:
    return SheetError(_("The file is in UTF-16 or is no text. Save it as CSV in UTF-8, or as .xlsx, and retry."))


def _open_quote(line: int) -> SheetError:
    return SheetError(_("The quotation mark opened on line %(line)s is not closed.") % {"line": line})
