"""Spreadsheets of traces: which columns they have, and one event per row."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from backoffice.common.sheets.columns import Cell
from backoffice.common.sheets.errors import SheetError
from backoffice.common.sheets.limits import Limits
from backoffice.common.sheets.reading import Table, open_table
from orders.fulfilment.services.tracking import TraceEvent
from orders.intake.engine import ImportRefused

NAMES: Mapping[str, tuple[str, ...]] = {
    "number": (
        "运单号", "快递单号", "物流单号", "运单编号", "运单号码", "快递号", "单号", "trackingnumber", "waybillnumber",
        "number",
    ),
    "at": ("时间", "轨迹时间", "操作时间", "扫描时间", "更新时间", "物流时间", "发生时间", "time", "at"),
    "state": ("状态", "物流状态", "轨迹状态", "快递状态", "操作类型", "status", "state"),
    "place": ("地点", "所在地", "位置", "城市", "扫描网点", "网点", "place", "location", "city"),
    "text": (
        "内容", "轨迹", "轨迹内容", "物流轨迹", "轨迹描述", "物流信息", "描述", "详情", "跟踪记录", "text",
        "description",
    ),
    "courier": ("快递公司", "物流公司", "承运商", "快递", "快递名称", "courier", "carrier"),
}  # fmt: skip
_BY_TITLE = {title: name for name, titles in NAMES.items() for title in titles}
_NEEDED = frozenset({"number", "at"})
_TIME = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[ T]*(?:(\d{1,2})[:：时](\d{1,2})分?(?:[:：]?(\d{1,2}))?)?"
)
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that holds no event, and why."""

    line: int
    number: str
    reason: str


def columns_of(header: Sequence[str]) -> dict[str, int]:
    """Return the place of each column that is known; of two that mean the same the first counts."""
    found: dict[str, int] = {}
    for place, title in enumerate(header):
        name = _BY_TITLE.get(_plain(title))
        if name is not None:
            found.setdefault(name, place)
    return found


def _plain(title: str) -> str:
    return re.sub(r"[\s_*:：]+|[(（].*?[)）]", "", unicodedata.normalize("NFKC", title)).lower()


def open_traces(path: Path, *, name: str, encoding: str = "") -> tuple[Table, dict[str, int]]:
    """Open a file of traces.

    Raises:
        ImportRefused: it is no table, or lacks the columns.
    """
    limits = Limits(file_bytes=settings.IMPORT_MAX_BYTES)
    try:
        table = open_table(
            path, filename=name, encoding=encoding or None, limits=limits,
            is_header=lambda titles: columns_of(titles).keys() >= _NEEDED,
        )  # fmt: skip
    except SheetError as error:
        raise ImportRefused(str(error)) from error
    columns = columns_of(table.header)
    if not columns.keys() >= _NEEDED:
        table.close()
        raise ImportRefused(_("The file needs a column with tracking numbers (运单号) and one with times (时间)."))
    return table, columns


def read_rows(table: Table, columns: Mapping[str, int]) -> Iterator[tuple[int, TraceEvent | BadRow]]:
    """Yield each row of the file with its line."""
    for line, cells in table:
        values = {name: _text(cells[place]) if place < len(cells) else "" for name, place in columns.items()}
        raw = cells[columns["at"]] if columns["at"] < len(cells) else None
        at = raw if isinstance(raw, datetime) else _time(values["at"])
        if at is None:
            reason = _("“%(text)s” is no time; write it like 2026-06-01 15:30.") % {"text": values["at"][:40]}
            yield line, BadRow(line, values["number"][:60], reason)
        else:
            rest = {name: value for name, value in values.items() if name not in {"number", "at"}}
            yield line, TraceEvent(values["number"], at, **rest)


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()[:_LONGEST]


def _time(text: str) -> datetime | None:
    found = _TIME.fullmatch(text.strip())
    try:
        if found is not None:
            return datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001 -- the shop's clock
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return at
