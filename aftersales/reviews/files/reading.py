"""Opening a file of reviews, whatever it is, and reading it row by row."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.utils.translation import gettext as _

from aftersales.reviews.files.columns import RowProblem, columns_of, is_enough, record_of
from aftersales.reviews.services.records import ReviewRecord
from backoffice.common.sheets.columns import Cell
from backoffice.common.sheets.errors import SheetError
from backoffice.common.sheets.limits import Limits
from backoffice.common.sheets.reading import Table, open_table
from orders.intake.engine import ImportRefused

_LARGEST_JSON = 32 * 1024 * 1024
_TOP_FIELDS = {
    "tid_str": "number", "tid": "number", "oid_str": "line_key", "oid": "line_key", "nick": "nick",
    "item_title": "title", "num_iid": "product_id", "result": "result", "content": "text", "created": "reviewed_at",
    "reply": "reply",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is no review, and why."""

    line: int
    reason: str


@dataclass(slots=True)
class ReviewFile:
    """An open file of reviews: a table, or the rows of a JSON answer."""

    table: Table | None = None
    columns: Mapping[str, int] = field(default_factory=dict)
    rates: list[Any] = field(default_factory=list)

    @property
    def format(self) -> str:
        return self.table.format if self.table is not None else "json"

    @property
    def row_estimate(self) -> int:
        return self.table.row_estimate if self.table is not None else len(self.rates)

    def rows(self, *, snapshot_at: datetime) -> Iterator[tuple[int, ReviewRecord | BadRow]]:
        """Yield each row with its line.

        Raises:
            SheetError: the file is damaged further down.
        """
        for line, values in self._values():
            try:
                yield line, record_of(values, snapshot_at=snapshot_at)
            except RowProblem as problem:
                yield line, BadRow(line, str(problem))

    def _values(self) -> Iterator[tuple[int, Mapping[str, Cell]]]:
        if self.table is None:
            yield from ((at, values) for at, rate in enumerate(self.rates, start=1) if (values := _of_rate(rate)))
            return
        for line, row in self.table:
            yield line, {name: row[place] if place < len(row) else None for name, place in self.columns.items()}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.table is not None:
            self.table.close()


def open_reviews(path: Path, *, name: str, encoding: str = "") -> ReviewFile:
    """Open a file of reviews.

    Raises:
        ImportRefused: it is none, or lacks the columns.
    """
    with path.open("rb") as stream:
        start = stream.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] in {b"{", b"["}:
        return ReviewFile(rates=_rates(path))
    try:
        table = open_table(
            path, filename=name, encoding=encoding or None, limits=Limits(file_bytes=settings.IMPORT_MAX_BYTES),
            is_header=lambda titles: is_enough(columns_of(titles)),
        )  # fmt: skip
    except SheetError as error:
        raise ImportRefused(str(error)) from error
    columns = columns_of(table.header)
    if not is_enough(columns):
        table.close()
        raise ImportRefused(
            _("The file needs columns with order numbers (订单编号), times (评价时间), and texts, results or stars "
              "(评价内容, 评价结果, 星级).")
        )  # fmt: skip
    return ReviewFile(table=table, columns=columns)


def _rates(path: Path) -> list[Any]:
    """Return the rows of what taobao.traderates.get answers, with or without what is wrapped round them.

    Raises:
        ImportRefused: it is no such answer.
    """
    if path.stat().st_size > _LARGEST_JSON:
        raise ImportRefused(_("The file is larger than %(size)s MB.") % {"size": _LARGEST_JSON >> 20})
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"), parse_float=str)
    except (ValueError, RecursionError) as error:
        raise ImportRefused(_("The file is damaged: it cannot be read as JSON.")) from error
    for wrap in ("traderates_get_response", "trade_rates", "trade_rate"):
        if isinstance(found, dict) and wrap in found:
            found = found[wrap]
    rates = [found] if isinstance(found, dict) and "created" in found else found
    if isinstance(rates, dict):  # an answer without any
        rates = []
    if not isinstance(rates, list):
        raise ImportRefused(_("The file holds no reviews of taobao.traderates.get."))
    return rates


def _of_rate(rate: Any) -> Mapping[str, Cell]:
    """Return the values of a buyer's review by our names; what the shop wrote of a buyer is left out."""
    if not isinstance(rate, dict):
        return {"reviewed_at": None}  # refused, with its line
    if rate.get("role") == "seller":
        return {}
    values: dict[str, Cell] = {}
    for name, ours in _TOP_FIELDS.items():
        cell = rate.get(name)
        if cell is not None and ours not in values:
            values[ours] = str(cell)  # whole numbers of JSON are exact
    return values or {"reviewed_at": None}
