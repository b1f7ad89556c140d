"""Rows as the text that COPY reads: made where no database is at hand, sent without another look at each value."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from orders.intake.formats import Absent

_NULL = "\x01"  # not the usual \N: a line without a backslash needs no second look
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\0": "", "\x01": ""})
_BLOCK = 1 << 18
_COPY = "COPY {} ({}) FROM STDIN (NULL E'\\x01')"


def _text(value: str) -> str:
    return value if value.isprintable() and "\\" not in value else value.translate(_ESCAPES)


def _array(values: Sequence[str]) -> str:
    quoted = ('"' + value.replace("\\", r"\\").replace('"', r"\"") + '"' for value in values)
    return _text("{" + ",".join(quoted) + "}")


_Write = Callable[[Any], str]


class _Writers(dict[type, _Write]):
    def __missing__(self, kind: type) -> _Write:
        """Write a subclass as its base: choices are strings."""
        self[kind] = next(write for base, write in list(self.items()) if issubclass(kind, base))
        return self[kind]


_WRITERS = _Writers({
    str: _text,
    type(None): lambda _value: _NULL,
    Absent: lambda _value: _NULL,
    bool: lambda value: "t" if value else "f",
    int: str,
    Decimal: str,
    datetime: str,
    bytes: lambda value: r"\\x" + value.hex(),
    list: _array,
})  # fmt: skip


def copy_line(row: Sequence[Any]) -> str:
    """Return a row as one line of COPY's text format."""
    writers = _WRITERS
    line = "\t".join([value if type(value) is str else writers[type(value)](value) for value in row])
    if "\\" in line or "\n" in line or "\r" in line or "\0" in line or line.count("\t") >= len(row):
        line = "\t".join([writers[type(value)](value) for value in row])
    return line + "\n"


def copy_in(table: str, columns: Sequence[str], data: bytes) -> None:
    """Copy finished lines in. They are bytes and not an iterator: no query fits into a COPY under way."""
    with connection.cursor() as cursor, cursor.copy(_COPY.format(table, ", ".join(columns))) as copy:
        for start in range(0, len(data), _BLOCK):
            copy.write(data[start : start + _BLOCK])
