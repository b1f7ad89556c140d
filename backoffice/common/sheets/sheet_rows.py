"""Turns the XML of a worksheet into rows."""

from collections.abc import Callable
from xml.parsers import expat

from django.utils.translation import gettext as _

from backoffice.common.sheets.columns import Cell
from backoffice.common.sheets.errors import SheetError
from backoffice.common.sheets.limits import Limits
from backoffice.common.sheets.xml_parts import Attributes
from backoffice.common.sheets.zipguard import bomb, damaged

Record = tuple[int, list[Cell]]
ValueOf = Callable[[str, str | None, str | None], Cell]

MAX_SHEET_ROWS = 1_048_576
DIGITS = "0123456789"


class RowTaker:
    """Takes the parser's events; value_of gives a cell's value from its text, its type and its style."""

    def __init__(self, parser: expat.XMLParserType, limits: Limits, value_of: ValueOf) -> None:
        self._parser = parser
        self._limits = limits
        self._value_of = value_of
        self._columns: dict[str, int] = {}
        self._ready: list[Record] = []
        self._row: list[Cell] = []
        self._number = 0
        self._column = 0
        self._pieces: list[str] = []
        self._append = self._pieces.append
        self._cell_kind: str | None = None
        self._cell_style: str | None = None
        parser.StartElementHandler = self._start_root

    def take(self) -> list[Record]:
        """Give the rows completed since the last call."""
        if len(self._pieces) > 1 and sum(map(len, self._pieces)) > self._limits.cell_characters:
            raise bomb()
        ready, self._ready = self._ready, []
        return ready

    def _start_root(self, tag: str, _attributes: Attributes) -> None:
        """Learn from the first element whether the names carry a prefix; nearly none do, and most events are saved."""
        is_plain = ":" not in tag
        self._parser.StartElementHandler = self._start if is_plain else self._start_prefixed
        self._parser.EndElementHandler = self._end if is_plain else self._end_prefixed

    def _start_prefixed(self, tag: str, attributes: Attributes) -> None:
        self._start(tag.rpartition(":")[2], attributes)

    def _end_prefixed(self, tag: str) -> None:
        self._end(tag.rpartition(":")[2])

    def _start(self, tag: str, attributes: Attributes) -> None:
        if tag == "v" or tag == "t":  # noqa: PLR1714 -- millions of events: a set is slower
            self._parser.CharacterDataHandler = self._append
        elif tag == "c":
            place = attributes.get("r")
            self._column = self._next_column() if place is None else self._column_of(place)
            self._cell_kind = attributes.get("t")
            self._cell_style = attributes.get("s")
        elif tag == "row":
            self._begin_row(attributes.get("r"))

    def _end(self, tag: str) -> None:
        if tag == "v" or tag == "t":  # noqa: PLR1714
            self._parser.CharacterDataHandler = None
        elif tag == "c":
            if self._pieces:
                self._end_cell()
        elif tag == "row" and self._row:
            self._ready.append((self._number, self._row))

    def _begin_row(self, number: str | None) -> None:
        self._number = self._number + 1 if number is None else whole_number(number)
        most = min(self._limits.rows, MAX_SHEET_ROWS)
        if self._number > most:
            raise SheetError(_("The sheet has more than %(count)s rows.") % {"count": most})
        self._row = []
        self._column = 0

    def _end_cell(self) -> None:
        pieces, row = self._pieces, self._row
        text = pieces[0] if len(pieces) == 1 else "".join(pieces)
        pieces.clear()
        missing = self._column - 1 - len(row)
        if missing:
            if missing < 0:
                raise damaged()
            row.extend([None] * missing)
        row.append(self._value_of(text, self._cell_kind, self._cell_style))

    def _next_column(self) -> int:
        if self._column >= self._limits.columns:
            raise self._too_wide()
        return self._column + 1

    def _too_wide(self) -> SheetError:
        return SheetError(_("The sheet has more than %(count)s columns.") % {"count": self._limits.columns})

    def _column_of(self, place: str) -> int:
        letters = place.rstrip(DIGITS)
        return self._columns.get(letters) or self._learn_column(letters)

    def _learn_column(self, letters: str) -> int:
        number = 0
        for letter in letters.upper():
            number = number * 26 + ord(letter) - 64
            if not 0 < number <= self._limits.columns:
                raise self._too_wide()
        self._columns[letters] = number
        return number


def whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise damaged() from error
