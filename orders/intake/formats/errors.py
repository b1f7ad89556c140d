"""Why a cell or row is refused, as data: the sentence is made, in the reader's language, when it is shown."""

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

REASONS = {
    "id_missing": _("“%(column)s” is empty."),
    "id_damaged": _(
        "“%(column)s” %(value)s was damaged by a spreadsheet program, its last digits are lost. Export the file again."
    ),
    "id_illegal": _(
        "“%(column)s” %(value)s is not a number of up to 64 letters, digits, “-” and “_” with at least one digit."
    ),
    "money_illegal": _("“%(column)s” %(value)s is not an amount of money."),
    "money_negative": _("“%(column)s” %(value)s is negative."),
    "money_not_finite": _("“%(column)s” %(value)s is not a finite amount."),
    "money_precision": _("“%(column)s” %(value)s has more than two decimals."),
    "money_too_large": _("“%(column)s” %(value)s is too large."),
    "time_illegal": _("“%(column)s” %(value)s is not a date and time."),
    "time_absurd": _("“%(column)s” %(value)s is not between the years 2000 and 2099."),
    "time_missing": _("“%(column)s” is empty."),
    "count_illegal": _("“%(column)s” %(value)s is not a whole number."),
    "count_too_small": _("“%(column)s” %(value)s is less than one."),
    "status_missing": _("“%(column)s” is empty."),
    "status_unknown": _("“%(column)s” %(value)s is not a known status."),
    "text_missing": _("“%(column)s” is empty."),
    "text_too_long": _("“%(column)s” is longer than its limit: %(value)s."),
    "too_many_cells": _("The row has more cells than the header: %(value)s."),
}
_SHOWN = 40  # characters of an offending value


class CellError(Exception):
    """A cell that cannot be stored; `code` is a key of REASONS."""

    def __init__(self, code: str, value: object = "", field: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.value = str(value)
        self.field = field


class RowError(NamedTuple):
    """A refused row. `line` is the physical line (the header is 1); a personal `value` is already masked."""

    line: int
    code: str
    column: str = ""
    value: str = ""

    @property
    def reason(self) -> str:
        """The sentence for staff, in the language active now."""
        return str(REASONS[self.code]) % {"column": self.column, "value": self.value}

    def as_dict(self) -> dict[str, int | str]:
        return {"line": self.line, "reason": self.reason}


def shorten(value: str) -> str:
    printable = "".join(sign if sign.isprintable() else " " for sign in value[: _SHOWN + 1])
    return printable if len(value) <= _SHOWN else f"{printable[:_SHOWN]}…"
