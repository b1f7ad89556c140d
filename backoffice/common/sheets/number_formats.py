"""Which number formats of a workbook show dates, and what their numbers mean."""

import re
import zipfile
from datetime import datetime, timedelta

from backoffice.common.sheets.xml_parts import Attributes, elements

BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
EPOCH_1900 = datetime(1899, 12, 30)  # noqa: DTZ001 -- a workbook's clock has no zone
EPOCH_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
LEAP_BUG_DAY = 60  # the 29 February 1900 that never was
LAST_DAY = 2_958_465  # 31 December 9999
DAY_MILLISECONDS = 86_400_000

_LITERALS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)


def is_date_format(code: str) -> bool:
    """Tell whether a format code shows a date or a time."""
    return bool(re.search("[ymdhs]", _LITERALS.sub("", code), re.IGNORECASE))


def date_styles(archive: zipfile.ZipFile, name: str | None) -> frozenset[str]:
    """Give the numbers of the cell styles that show dates, as they stand in a cell's `s`."""
    custom: dict[str, bool] = {}
    formats: list[str] = []
    inside = ""

    def take(tag: str, attributes: Attributes) -> None:
        nonlocal inside
        if tag in {"cellXfs", "cellStyleXfs", "cellStyles", "dxfs"}:
            inside = tag
        elif tag == "numFmt" and inside != "dxfs":
            custom[attributes.get("numFmtId", "")] = is_date_format(attributes.get("formatCode", ""))
        elif tag == "xf" and inside == "cellXfs":
            formats.append(attributes.get("numFmtId", "0"))

    if name is not None:
        elements(archive, name, take)
    return frozenset(str(style) for style, number in enumerate(formats) if custom.get(number, _is_built_in(number)))


def _is_built_in(number: str) -> bool:
    return number.isdecimal() and int(number) in BUILT_IN_DATES


def moment_of(serial: float, *, is_1904: bool) -> datetime | str | float:
    """Give the wall-clock time of a date cell; a mere time of day as text, a number no calendar has as it is."""
    if not 0 <= serial <= LAST_DAY:
        return serial
    milliseconds = round(serial * DAY_MILLISECONDS)
    if serial < 1:
        return str(timedelta(seconds=milliseconds // 1000)).rjust(8, "0")
    if is_1904:
        return EPOCH_1904 + timedelta(milliseconds=milliseconds)
    return EPOCH_1900 + timedelta(milliseconds=milliseconds, days=serial < LEAP_BUG_DAY)
