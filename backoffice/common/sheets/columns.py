"""The columns of an export and the one canonical text of each value, shared by every renderer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

Cell = str | int | float | Decimal | date | datetime | None
Converter = Callable[[Any], str]

SHOP_ZONE = ZoneInfo("Asia/Shanghai")
UNIT_SEPARATOR = "\x1f"
RECORD_SEPARATOR = "\x1e"


class Kind(StrEnum):
    TEXT = "text"
    URL = "url"
    MONEY = "money"
    NUMBER = "number"
    INTEGER = "integer"
    DATE = "date"
    DATETIME = "datetime"


TEXT_KINDS = frozenset({Kind.TEXT, Kind.URL})
DATE_KINDS = frozenset({Kind.DATE, Kind.DATETIME})
DEFAULT_WIDTHS = {
    Kind.TEXT: 20.0,
    Kind.URL: 32.0,
    Kind.MONEY: 12.0,
    Kind.NUMBER: 12.0,
    Kind.INTEGER: 10.0,
    Kind.DATE: 12.0,
    Kind.DATETIME: 19.0,
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an export: its header, what its values are, and its width in characters."""

    title: str
    kind: Kind = Kind.TEXT
    width: float | None = None
    is_ready: bool = False  # its values are texts already: digits, or a moment on the shop's clock

    @property
    def is_text(self) -> bool:
        return self.kind in TEXT_KINDS

    @property
    def shown_width(self) -> float:
        return self.width or DEFAULT_WIDTHS[self.kind]


def text_of(value: str | int | None) -> str:
    """Give the text of a value in a text column, where ids may arrive as whole numbers.

    Raises:
        TypeError: it is neither a string nor a whole number.
    """
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError(f"{type(value).__name__} has no one text: pass a string")
    return str(value)


def number_text(value: Decimal | float | None) -> str:
    """Give the exact decimal digits of a number.

    Raises:
        ValueError: it is NaN or infinite.
        TypeError: it is no number.
    """
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise TypeError(f"{type(value).__name__} is not a number")
    text = str(value)
    if "n" in text or "N" in text:
        raise ValueError("NaN and infinity cannot stand in a spreadsheet")
    return format(Decimal(text), "f") if "E" in text or "e" in text else text


def datetime_text(value: datetime | None) -> str:
    """Give a moment on the shop's clock, to the second.

    Raises:
        ValueError: the moment carries no time zone.
    """
    if value is None:
        return ""
    if value.tzinfo is None:
        raise ValueError("a time without a time zone cannot be exported")
    return value.astimezone(SHOP_ZONE).isoformat(" ", "seconds")[:19]


def date_text(value: date | None) -> str:
    """Give a day; a moment gives its day on the shop's clock."""
    if value is None:
        return ""
    return datetime_text(value)[:10] if isinstance(value, datetime) else value.isoformat()


def _to_the_second(text: str | None) -> str:
    return text[:19] if text else ""


def converters(columns: Sequence[Column]) -> list[Converter | None]:
    """Give one converter per column; None marks one whose strings pass as they are."""
    by_kind: dict[Kind, Converter] = dict.fromkeys((Kind.MONEY, Kind.NUMBER, Kind.INTEGER), number_text)
    by_kind |= {Kind.DATE: date_text, Kind.DATETIME: datetime_text}
    ready: dict[Kind, Converter] = {Kind.DATETIME: _to_the_second}
    return [(ready if column.is_ready else by_kind).get(column.kind) for column in columns]


def row_texts(row_converters: Sequence[Converter | None], values: Sequence[Cell]) -> list[str]:
    """Give the canonical texts of one row.

    Raises:
        ValueError: there are too few or too many values, or one cannot stand in a spreadsheet.
        TypeError: a value is not of its column's kind.
    """
    return [
        (value if type(value) is str else text_of(value)) if convert is None else convert(value)  # type: ignore[arg-type]
        for convert, value in zip(row_converters, values, strict=True)
    ]
