"""From the driver's tuples to the values of a file's row."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from backoffice.common.sealing import SealError
from orders.core.recipients import open_recipient
from orders.desk.exports.columns import ExportColumn

EXTRA_FIELDS = ("id",)
CLEAR_FIELDS = ("id", "number", "recipient__sealed", "recipient__changed")
_MAX_MEMO = 4096


def memoised(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Remember what a reader said of the few values there are: looking a label up in a language is slow."""
    known: dict[Any, Any] = {}

    def remembered(value: Any) -> Any:
        key = tuple(value) if type(value) is list else value
        if key in known:
            return known[key]
        text = read(value)
        if len(known) < _MAX_MEMO:
            known[key] = text
        return text

    return remembered


class RowMaker:
    """Makes the rows of one file, and counts the orders that they belong to."""

    def __init__(
        self, columns: list[ExportColumn], *, fields: tuple[str, ...], store_id: int, is_clear: bool, watermark: str
    ) -> None:
        self.order_count = 0
        self.unreadable = 0  # orders of a clear-text export whose recipient could not be opened
        self._store_id, self._watermark, self._width = store_id, watermark, len(columns)
        self._id = fields.index("id")
        self._number, self._sealed, self._changed = (fields.index(name) if is_clear else 0 for name in CLEAR_FIELDS[1:])
        self._readers = [(place, memoised(column.read)) for place, column in enumerate(columns) if column.read]
        self._once = [place for place, column in enumerate(columns) if column.is_once]
        self._openers = (
            [(place, column.open) for place, column in enumerate(columns) if column.open] if is_clear else []
        )

    def rows(self, raw: Iterable[tuple[Any, ...]]) -> Iterator[list[Any]]:
        width, readers, once, order_id = self._width, self._readers, self._once, self._id
        previous, opened = None, None
        for row in raw:
            values = list(row[:width])
            for place, read in readers:
                values[place] = read(values[place])
            if row[order_id] == previous:
                for place in once:
                    values[place] = None
            else:
                previous = row[order_id]
                self.order_count += 1
                opened = self._open(row) if self._openers else None
            if opened is not None:
                for place, read_open in self._openers:
                    values[place] = read_open(opened)
            if self._watermark:
                values.append(self._watermark)
            yield values

    def _open(self, row: tuple[Any, ...]) -> dict[str, str] | None:
        """Open to whom a row's order goes, what staff changed included.

        None where there is nobody any more, or the key is gone: it stays masked.
        """
        sealed = row[self._sealed]
        if sealed is None:
            return None
        try:
            return open_recipient(self._store_id, row[self._number], sealed, row[self._changed])
        except SealError:
            self.unreadable += 1
            return None
