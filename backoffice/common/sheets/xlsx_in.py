"""A streaming .xlsx reader: rows come one by one, in memory that does not grow with the file."""

import math
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Self

from django.utils.translation import gettext as _

from backoffice.common.sheets.columns import Cell
from backoffice.common.sheets.errors import SheetError
from backoffice.common.sheets.limits import Limits
from backoffice.common.sheets.number_formats import date_styles, moment_of
from backoffice.common.sheets.shared_strings import SharedStrings, load_shared_strings
from backoffice.common.sheets.sheet_rows import Record, RowTaker, whole_number
from backoffice.common.sheets.xml_parts import Attributes, decode_text, elements, feed, new_parser
from backoffice.common.sheets.zipguard import check_archive

MAX_EXACT = 10**21
TEXT_TYPES = frozenset({"str", "inlineStr", "e", "d"})


class Workbook:
    """An .xlsx file that passed the guard, open for reading; close it after use."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._limits = limits
        self._row_counts = check_archive(path, limits)
        self._archive = zipfile.ZipFile(path)
        try:
            self._read_parts()
        except BaseException:
            self._archive.close()
            raise

    @property
    def sheets(self) -> list[str]:
        return list(self._parts)

    def row_count(self, sheet: str) -> int:
        """Count the rows of a sheet, empty ones included."""
        return self._row_counts[self._parts[sheet]]

    def rows(self, sheet: str) -> Iterator[Record]:
        """Give the rows of a sheet that hold anything, each with its number."""
        parser = new_parser()
        taker = RowTaker(parser, self._limits, self._value_of)
        with self._archive.open(self._parts[sheet]) as stream:
            for _chunk in feed(parser, stream):
                yield from taker.take()

    def close(self) -> None:
        self._strings.close()
        self._archive.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _read_parts(self) -> None:
        targets = self._targets("_rels/.rels", "")
        main = next((target for kind, target in targets.values() if kind == "officeDocument"), "xl/workbook.xml")
        folder = str(PurePosixPath(main).parent)
        targets = self._targets(f"{folder}/_rels/{PurePosixPath(main).name}.rels", folder)
        by_kind = {kind: target for kind, target in targets.values() if self._has(target)}
        self._parts: dict[str, str] = {}
        self._is_1904 = False
        elements(self._archive, main, lambda tag, attributes: self._take_sheet(tag, attributes, targets))
        if not self._parts:
            raise SheetError(_("The workbook has no worksheet."))
        self._date_styles = date_styles(self._archive, by_kind.get("styles"))
        self._strings: SharedStrings = load_shared_strings(
            self._archive, by_kind.get("sharedStrings"), self._limits.cell_characters
        )

    def _take_sheet(self, tag: str, attributes: Attributes, targets: dict[str, tuple[str, str]]) -> None:
        if tag == "workbookPr":
            self._is_1904 = attributes.get("date1904", "0") in {"1", "true"}
        elif tag == "sheet":
            kind, target = targets.get(attributes.get("id", ""), ("", ""))
            if kind == "worksheet" and self._has(target):
                self._parts[attributes.get("name", target)] = target

    def _targets(self, name: str, folder: str) -> dict[str, tuple[str, str]]:
        """Give the kind and the part of each relation in a .rels part."""
        found: dict[str, tuple[str, str]] = {}

        def take(tag: str, attributes: Attributes) -> None:
            if tag == "Relationship" and attributes.get("TargetMode") != "External":
                target = attributes.get("Target", "")
                path = target[1:] if target.startswith("/") else str(PurePosixPath(folder) / target)
                found[attributes.get("Id", "")] = (attributes.get("Type", "").rpartition("/")[2], path)

        if not self._has(name):
            raise SheetError(_("This is an archive, but not an Excel workbook. Upload the .xlsx or .csv file itself."))
        elements(self._archive, name, take)
        return found

    def _has(self, name: str) -> bool:
        return name in self._archive.NameToInfo

    def _value_of(self, text: str, kind: str | None, style: str | None) -> Cell:
        """Give the value of a cell from its text, its type and its style."""
        if kind == "s":
            return self._strings.get(whole_number(text))
        if kind in TEXT_TYPES:
            return decode_text(text) if "_x" in text else text
        if kind == "b":
            return "TRUE" if text.strip() == "1" else "FALSE"
        number = _number(text)
        if style in self._date_styles and not isinstance(number, str):
            return moment_of(number, is_1904=self._is_1904)
        return number


def _number(text: str) -> int | float | str:
    """Give a number, whole where it is; its digits are those of the file."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    return int(number) if number.is_integer() and abs(number) < MAX_EXACT else number
