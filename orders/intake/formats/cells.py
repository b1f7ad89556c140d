"""From raw cells (CSV text, or the typed cells of a workbook) to clean values.

Every function takes any Cell, returns None for an empty one and raises CellError for one that must not be stored.
The first branch of each is the case nearly every cell takes; it decides the speed of an import.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import TypeAlias, TypeGuard
from zoneinfo import ZoneInfo

from orders.intake.formats.errors import CellError

Cell: TypeAlias = str | int | float | Decimal | datetime | date | time | bool | None

SHANGHAI = ZoneInfo("Asia/Shanghai")
EMPTY_TEXTS = frozenset({"", '""', '=""', "null", "NULL", "Null", "nan", "NaN", "NAN", "None", "#N/A", "\\N"})
_EDGES = " \t\r\n\v\f\xa0\u3000\ufeff\u200b"
_SPECIAL_STARTS = frozenset(" =\"'")
_FORMULA_LEADS = "=+-@＝＋－＠"
_CACHE_LIMIT = 50_000
_EXACT_NUMBERS = 1e15  # below, a float holds every whole number
_ID_LENGTH = 64
_ID_CEILING = 10**_ID_LENGTH
_TIME_LENGTH = len("2017-07-08 00:42:32")
_INT_LENGTH = 10  # digits that certainly fit the database
_PHONE_LENGTH = 40


def text(cell: Cell) -> str | None:
    """Return the text without surrounding space, spreadsheet quoting and control characters."""
    if isinstance(cell, str):
        if cell.isprintable() and cell not in EMPTY_TEXTS and cell[0] not in _SPECIAL_STARTS and cell[-1] != " ":
            return cell
        return _scrub(cell)
    return _scrub(_as_text(cell))


def _as_text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _EXACT_NUMBERS:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.replace(microsecond=0, tzinfo=None).isoformat(" ")
    return str(cell)


def _scrub(raw: str) -> str | None:
    value = raw.strip(_EDGES)
    if value.startswith('="') and value.endswith('"') and value != '="':
        value = value[2:-1].replace('""', '"').strip(_EDGES)
    elif value[:1] == "'" and value[1:2] in _FORMULA_LEADS:
        value = value[1:]  # the guard apostrophe of a safe CSV export
    if not value.isprintable():
        value = "".join(filter(_is_kept, value.replace("\r\n", "\n").replace("\r", "\n"))).strip(_EDGES)
    return None if value in EMPTY_TEXTS else value


def _is_kept(sign: str) -> bool:
    """Tell whether a sign may be stored: no controls, no lone surrogates, no invisible marks but emoji joiners."""
    return sign in "\n\t\u200d\u3000\xa0" or unicodedata.category(sign) not in {"Cc", "Cf", "Cs"}


def limited(length: int) -> Callable[[Cell], str | None]:
    """Return a text converter that refuses what the column of the database could not hold."""

    def short_text(cell: Cell) -> str | None:
        value = text(cell)
        if value is not None and len(value) > length:
            raise CellError("text_too_long", f"{len(value)} > {length}")
        return value

    return short_text


def clipped(length: int) -> Callable[[Cell], str | None]:
    """Return a text converter that cuts at the length: for joined titles, whose end matters little."""

    def clipped_text(cell: Cell) -> str | None:
        value = text(cell)
        return value[:length] if value is not None and len(value) > length else value

    return clipped_text


_ID = re.compile(r"(?=.*[0-9])[0-9A-Za-z_-]{1,64}")
_SCIENTIFIC = re.compile(r"[+-]?\d+(\.\d*)?[eE]\+\d+|[+-]?\d+\.\d*[eE]\d+")
_WHOLE_FLOAT = re.compile(r"(\d+)\.0*")
_EXACT_DIGITS = 15  # what a spreadsheet keeps of a number


def identifier(cell: Cell) -> str | None:
    """Return a platform id as text; one that went through a spreadsheet number of over 15 digits is refused."""
    if isinstance(cell, str):
        if cell[:2] == '="' and cell[-1] == '"':
            cell = cell[2:-1]
        if cell.isalnum() and cell.isascii() and len(cell) <= _ID_LENGTH and not cell.isalpha():
            return cell
        return _odd_identifier(cell)
    return None if cell is None else _numeric_identifier(cell)


def _odd_identifier(raw: str) -> str | None:
    value = unicodedata.normalize("NFKC", raw).strip(_EDGES + "'\"=")
    if not value or value in EMPTY_TEXTS:
        return None
    if _SCIENTIFIC.fullmatch(value):
        raise CellError("id_damaged", value)
    if whole := _WHOLE_FLOAT.fullmatch(value):
        return _exact(whole[1])
    if not _ID.fullmatch(value):
        raise CellError("id_illegal", value)
    return value


def _numeric_identifier(cell: Cell) -> str:
    if not _is_number(cell) or not 0 <= cell < _ID_CEILING or cell != int(cell):
        raise CellError("id_illegal", cell)
    return _exact(str(int(cell)))


def _is_number(cell: Cell) -> TypeGuard[int | float | Decimal]:
    """Tell whether the cell is a finite number (a truth value is none)."""
    if isinstance(cell, Decimal):
        return cell.is_finite()
    if isinstance(cell, float):
        return math.isfinite(cell)
    return isinstance(cell, int) and not isinstance(cell, bool)


def _exact(digits: str) -> str:
    if len(digits) > _EXACT_DIGITS:
        raise CellError("id_damaged", digits)
    return digits


ZERO = Decimal("0.00")
_CENT = Decimal("0.01")
_MONEY_LIMIT = Decimal(10) ** 10
_FLOAT_NOISE = Decimal("0.000001")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))")
_AMOUNT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,2})?")
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
_money_cache: dict[str, Decimal | None] = {}


def money(cell: Cell) -> Decimal | None:
    """Return yuan with two decimals. Refused: negative, not finite, a third decimal that is no float noise."""
    if isinstance(cell, str):
        try:
            return _money_cache[cell]
        except KeyError:
            value = _money_text(cell)
        if len(_money_cache) >= _CACHE_LIMIT:
            _money_cache.clear()
        _money_cache[cell] = value
        return value
    return None if cell is None else _money_number(cell)


def refund_money(cell: Cell) -> Decimal | None:
    """Return yuan like `money`; the words a detail file puts here when nobody asked for a refund are no amount."""
    return None if isinstance(cell, str) and cell.strip() in _NO_REFUND else money(cell)


_NO_REFUND = frozenset({"无退款申请", "没有申请退款", "无退款", "无"})


def _money_text(raw: str) -> Decimal | None:
    value = unicodedata.normalize("NFKC", raw).strip(_EDGES + "'\"=¥").removesuffix("元").strip(_EDGES)
    if _NOT_FINITE.fullmatch(value):
        raise CellError("money_not_finite", value)
    if not value or value in EMPTY_TEXTS:
        return None
    value = _THOUSANDS.sub("", value.replace("¥", "").replace(" ", ""))
    if not _AMOUNT.fullmatch(value):
        raise CellError("money_illegal", raw)
    return _money_exact(Decimal(value), raw)


def _money_number(cell: Cell) -> Decimal:
    if not _is_number(cell):
        raise CellError("money_not_finite" if isinstance(cell, float | Decimal) else "money_illegal", cell)
    return _money_exact(Decimal(repr(cell) if isinstance(cell, float) else cell), cell)


def _money_exact(amount: Decimal, raw: Cell) -> Decimal:
    if abs(amount) >= _MONEY_LIMIT:
        raise CellError("money_too_large", raw)
    cents = amount.quantize(_CENT)
    if cents != amount and abs(cents - amount) > _FLOAT_NOISE:
        raise CellError("money_precision", raw)
    if cents < 0:
        raise CellError("money_negative", raw)
    return abs(cents)  # "-0.00" is 0.00


def extra_money(cell: Cell) -> Decimal | None:
    """Return money of a column that may also hold words (coupons): these are no amount; a negative one is refused."""
    try:
        return money(cell)
    except CellError as error:
        if error.code == "money_illegal" or str(cell).lower() == "nan":
            return None
        raise


_YEARS = range(2000, 2100)
_TIME_PATTERN = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]*(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})(?:\.\d+)?秒?)?)?"
)
_COMPACT_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?")
_SERIAL = re.compile(r"\d{5}(\.\d+)?")
_SERIAL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 -- spreadsheets know no time zone
_SERIAL_CEILING = 100_000  # days


def moment(cell: Cell) -> datetime | None:
    """Return the time as aware Beijing time; a date alone is its midnight."""
    if isinstance(cell, str):
        try:
            value = datetime.fromisoformat(cell)
        except ValueError:
            return _odd_moment(cell)
        if len(cell) == _TIME_LENGTH and value.tzinfo is None and value.year in _YEARS:
            return value.replace(tzinfo=SHANGHAI)
        return _odd_moment(cell)
    return None if cell is None else _typed_moment(cell)


def _odd_moment(raw: str) -> datetime | None:
    value = unicodedata.normalize("NFKC", raw).strip(_EDGES + "'\"=")
    if value in EMPTY_TEXTS or value.startswith("0000-00-00"):
        return None
    if _SERIAL.fullmatch(value):
        return _typed_moment(float(value))
    found = _TIME_PATTERN.fullmatch(value) or _COMPACT_TIME.fullmatch(value)
    try:
        parsed = _assemble(found.groups(default="0")) if found else datetime.fromisoformat(value)
    except ValueError as error:
        raise CellError("time_illegal", raw) from error
    return _sane(parsed, raw)


def _assemble(parts: Sequence[str]) -> datetime:
    year, month, day, hour, minute, second = (int(part) for part in parts)
    return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 -- the zone follows


def _typed_moment(cell: Cell) -> datetime:
    if isinstance(cell, datetime):
        return _sane(cell, cell)
    if isinstance(cell, date):
        return _sane(datetime.combine(cell, time.min), cell)
    if not _is_number(cell) or not 0 <= cell < _SERIAL_CEILING:
        raise CellError("time_illegal", cell)
    return _sane(_SERIAL_EPOCH + timedelta(days=float(cell)), cell)


def _sane(value: datetime, raw: Cell) -> datetime:
    if value.year not in _YEARS:
        raise CellError("time_absurd", raw)
    if value.microsecond:  # day fractions of spreadsheets are a little off
        value = (value + timedelta(microseconds=500_000)).replace(microsecond=0)
    return value.replace(tzinfo=SHANGHAI) if value.tzinfo is None else value.astimezone(SHANGHAI)


_COUNT_LIMIT = 2_147_483_647


def count(cell: Cell) -> int | None:
    """Return a whole number from 0 on: `1`, `1.0`, `1件`."""
    if isinstance(cell, str) and cell.isdecimal() and cell.isascii() and len(cell) < _INT_LENGTH:
        return int(cell)
    value = text(cell)
    if value is None:
        return None
    try:
        number = Decimal(unicodedata.normalize("NFKC", value).rstrip("件个 ").replace(",", ""))
    except InvalidOperation as error:
        raise CellError("count_illegal", value) from error
    if not number.is_finite() or not 0 <= number <= _COUNT_LIMIT or number != int(number):
        raise CellError("count_illegal", value)
    return int(number)


_NOES = frozenset({None, "否", "no", "NO", "No", "N", "n", "0", "false", "FALSE", "False", "非预售订单"})


def truth(cell: Cell) -> bool:
    """Read 是/否, a word such as 手机订单, or nothing."""
    return bool(cell) and text(cell) not in _NOES


def phone(cell: Cell) -> str | None:
    """Return a phone as the platform shows it: masks and extensions (`188…-123`) stay, spreadsheet quoting goes."""
    if isinstance(cell, str) and cell.isdecimal() and cell.isascii() and len(cell) < _PHONE_LENGTH:
        return cell
    value = text(cell)
    if value is None:
        return None
    value = unicodedata.normalize("NFKC", value).strip(_EDGES + "'\"=")
    if _SCIENTIFIC.fullmatch(value):
        raise CellError("id_damaged", value)
    if len(value) > _PHONE_LENGTH:
        raise CellError("text_too_long", f"{len(value)} > {_PHONE_LENGTH}")
    return None if value in EMPTY_TEXTS else value


_TRACKING_PREFIX = re.compile(r"\b(?:No|运单号|物流单号)\s*[:.]\s*", re.IGNORECASE)
_TRACKING_BREAKS = re.compile(r"[\s,;、|/]+")
_TRACKING = re.compile(r"(?=.*[0-9])[0-9A-Za-z-]{4,60}")


def tracking_numbers(cell: Cell) -> tuple[str, ...]:
    """Return the parcel numbers of a cell, in order, each once; words such as 无需物流 are none."""
    if cell is None or cell == "":
        return ()
    if not isinstance(cell, str):
        return (_numeric_identifier(cell),)
    value = _TRACKING_PREFIX.sub(" ", unicodedata.normalize("NFKC", cell).replace("，", ","))
    parts = [part.strip("'\"=") for part in _TRACKING_BREAKS.split(value)]
    if any(_SCIENTIFIC.fullmatch(part) for part in parts):
        raise CellError("id_damaged", cell)
    return tuple(dict.fromkeys(part.upper() for part in parts if _TRACKING.fullmatch(part)))


def is_blank(cells: Sequence[Cell]) -> bool:
    return not any(cell is not None and str(cell).strip(_EDGES) for cell in cells)
