"""A header compiled once, so that reading a row is one loop over its known cells."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from operator import itemgetter
from typing import Any, TypeAlias

from backoffice.common.masking import mask_text
from orders.intake.formats.cells import EMPTY_TEXTS, Cell, text
from orders.intake.formats.errors import CellError, RowError, shorten
from orders.intake.formats.headers import FormatMatch
from orders.intake.formats.records import ABSENT

# field -> (converter, value of an empty cell)
Converters: TypeAlias = Mapping[str, tuple[Callable[[Cell], Any], Any]]

PERSONAL = frozenset(
    {
        "buyer_nick",
        "alipay_account",
        "payment_detail",
        "recipient_name",
        "address",
        "modified_address",
        "landline",
        "mobile",
        "payer_name",
        "id_number",
        "payer_phone",
        "buyer_note",
        "remark",
        "contact_note",
        "invoice_title",
    }
)
_PLAIN_EXTRAS = EMPTY_TEXTS | {"0", "0.0", "0.00", "0元", "0.00元", "否"}
_EXTRA_LENGTH = 300


class Plan:
    def __init__(self, match: FormatMatch, converters: Converters) -> None:
        self.fields = tuple(converters)
        self._header = match.header
        self._columns = match.columns
        self._width = len(match.header)
        self._blank: list[Any] = [ABSENT] * len(self.fields)
        self._single: list[tuple[int, int, Callable[[Cell], Any], Any]] = []
        self._several: list[tuple[int, tuple[int, ...], Callable[[Cell], Any], Any]] = []
        for slot, (field, (convert, empty)) in enumerate(converters.items()):
            if indexes := match.columns.get(field):
                self._add(slot, indexes, convert, empty)
        self._extras = sorted(match.extras.items())
        present = [slot for slot, field in enumerate(self.fields) if field in match.columns]
        self._present = itemgetter(*present)
        self._seed = blake2b(" ".join(self.fields[slot] for slot in present).encode(), digest_size=16)

    def _add(self, slot: int, indexes: tuple[int, ...], convert: Callable[[Cell], Any], empty: object) -> None:
        if len(indexes) == 1:
            self._single.append((slot, indexes[0], convert, empty))
        else:
            self._several.append((slot, indexes, convert, empty))

    def fit(self, cells: Sequence[Cell]) -> Sequence[Cell]:
        """Return the cells as wide as the header: readers drop empty cells at the end, exports add a comma there."""
        surplus = len(cells) - self._width
        if surplus < 0:
            return [*cells, *[None] * -surplus]
        if surplus and any(cell not in {None, ""} for cell in cells[self._width :]):
            raise CellError("too_many_cells", f"{len(cells)} > {self._width}")
        return cells

    def read(self, cells: Sequence[Cell]) -> list[Any]:
        """Return one value per field; ABSENT where the file has no such column."""
        if len(cells) != self._width:
            cells = self.fit(cells)
        values = self._blank.copy()
        slot = 0
        try:
            for slot, index, convert, empty in self._single:
                cell = cells[index]
                values[slot] = empty if cell is None or cell == "" else convert(cell)
            for slot, indexes, convert, empty in self._several:
                values[slot] = _first(cells, indexes, convert, empty)
        except CellError as error:
            error.field = self.fields[slot]
            raise
        return values

    def further(self, cells: Sequence[Cell]) -> dict[str, str]:
        """Return the further known columns that say something."""
        found = {}
        for name, index in self._extras:
            if index < len(cells):
                cell = cells[index]
                if cell and cell not in _PLAIN_EXTRAS and (value := _extra_text(cell)):
                    found[name] = value
        return found

    def digest(self, values: list[Any], extra: dict[str, str]) -> str:
        """Return the hash of the row's content: equal over column order, encoding and file type."""
        content = self._seed.copy()
        content.update(repr((self._present(values), extra)).encode())
        return content.hexdigest()

    def refuse(self, line: int, error: CellError) -> RowError:
        indexes = self._columns.get(error.field)
        column = self._header[indexes[0]] if indexes else error.field
        value = "***" if error.field in PERSONAL and error.code != "text_too_long" else shorten(mask_text(error.value))
        return RowError(line, error.code, column, value)


def _first(cells: Sequence[Cell], indexes: tuple[int, ...], convert: Callable[[Cell], Any], empty: object) -> object:
    for index in indexes:
        cell = cells[index]
        if cell is not None and cell != "" and (value := convert(cell)) is not None:
            return value
    return empty


@lru_cache(maxsize=20_000)
def _extra_text(cell: Cell) -> str | None:
    """Return the text of a further column; a number without useless zeros, as a workbook holds it."""
    value = text(cell)
    if value is None or value in _PLAIN_EXTRAS:
        return None
    if "." in value and value.replace(".", "", 1).isdecimal():
        value = value.rstrip("0").rstrip(".")
    return None if value in _PLAIN_EXTRAS else value[:_EXTRA_LENGTH]
