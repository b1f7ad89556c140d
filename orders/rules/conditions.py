"""The registry of what a rule may ask: each field with its comparisons, its values, and the fact that it looks at.

A condition is stored as {"field", "op", "value"}; `parse_condition` checks one, whoever wrote it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from backoffice.common.display import listed, money_text
from orders.core.statuses import Flag
from orders.notes.statuses import NoteType
from orders.rules.facts import Facts
from orders.rules.provinces import PROVINCES

Choices = Iterable[tuple[str, str | Promise]]
MAX_WORDS, MAX_WORD, MAX_NUMBER = 30, 60, 9999
_MAX_MONEY = Decimal("9999999.99")
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::[0-5][0-9])?")  # browsers may add seconds


class ConditionError(ValueError):
    """A condition that cannot be; the sentence is for the person who wrote it."""


OPS: dict[str, str | Promise] = {
    "at_least": pgettext_lazy("comparison", "at least"),
    "at_most": pgettext_lazy("comparison", "at most"),
    "below": pgettext_lazy("comparison", "below"),
    "any_of": pgettext_lazy("comparison", "one of"),
    "none_of": pgettext_lazy("comparison", "none of"),
    "contains_any": pgettext_lazy("comparison", "contains one of"),
    "contains_none": pgettext_lazy("comparison", "contains none of"),
    "is": pgettext_lazy("comparison", "is"),
    "between": pgettext_lazy("comparison", "between"),
}
PAYMENT_METHODS: dict[str, str | Promise] = {
    "alipay": gettext_lazy("Alipay"),
    "wechat": gettext_lazy("WeChat Pay"),
    "huabei": gettext_lazy("Huabei"),
    "credit_card": gettext_lazy("Credit card"),
    "bank_card": gettext_lazy("Bank card"),
    "cod": gettext_lazy("Cash on delivery"),
    "other": gettext_lazy("Other method"),
}


def _fits_words(words: frozenset[str], fact: frozenset[str]) -> bool:
    return any(word in text for word in words for text in fact)


def _fits_one(allowed: frozenset[str], fact: Any) -> bool:
    return not allowed.isdisjoint(fact) if isinstance(fact, frozenset) else fact in allowed


def _fits_time(bounds: tuple[int, int], minute: int) -> bool:
    start, end = bounds
    return start <= minute < end if start < end else minute >= start or minute < end


_FITS: dict[str, Callable[[Any, Any], bool]] = {
    "at_least": lambda value, fact: fact >= value,
    "at_most": lambda value, fact: fact <= value,
    "below": lambda value, fact: fact < value,
    "any_of": _fits_one,
    "none_of": lambda value, fact: not _fits_one(value, fact),
    "contains_any": _fits_words,
    "contains_none": lambda value, fact: not _fits_words(value, fact),
    "is": lambda value, fact: fact == value,
    "between": _fits_time,
}
_NUMBER, _LIST, _WORDS = ("at_least", "at_most"), ("any_of", "none_of"), ("contains_any", "contains_none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing to ask. `kind` is how its value is written: money, count, percent, words, choices, choice or times."""

    label: str | Promise
    kind: str
    ops: tuple[str, ...]
    fact: Callable[[Facts], Any]
    choices: Choices = ()
    help: str | Promise = ""
    maximum: int = MAX_NUMBER


FIELDS: Mapping[str, Field] = {
    "amount": Field(label=gettext_lazy("Paid amount"), kind="money", ops=_NUMBER, fact=lambda order: order.amount),
    "pieces": Field(label=gettext_lazy("Pieces"), kind="count", ops=_NUMBER, fact=lambda order: order.pieces),
    "title": Field(
        label=gettext_lazy("Product title"), kind="words", ops=_WORDS, fact=lambda order: order.titles,
        help=gettext_lazy("Words with commas between them; one line of the order is enough."),
    ),
    "code": Field(
        label=gettext_lazy("Merchant code"), kind="words", ops=_LIST, fact=lambda order: order.codes,
        help=gettext_lazy("Whole codes with commas between them; one line of the order is enough."),
    ),
    "note": Field(
        label=gettext_lazy("Buyer note"), kind="choice", ops=("is",), fact=lambda order: order.has_note,
        choices=(("no", pgettext_lazy("buyer note", "not there")), ("yes", pgettext_lazy("buyer note", "there"))),
    ),
    "note_types": Field(
        label=gettext_lazy("Type of the note"), kind="choices", ops=_LIST, fact=lambda order: order.note_types,
        choices=NoteType.choices,
        help=gettext_lazy("Orders with a note wait until it has been recognised."),
    ),
    "stock": Field(
        label=gettext_lazy("Stock"), kind="choice", ops=("is",), fact=lambda order: order.stock,
        choices=(("enough", pgettext_lazy("stock", "enough")), ("short", pgettext_lazy("stock", "short"))),
        help=gettext_lazy("Short means: a line lacks pieces, or the hold “out of stock” is open."),
    ),
    "province": Field(
        label=gettext_lazy("Province"), kind="choices", ops=_LIST, fact=lambda order: order.province,
        choices=tuple((name, name) for name in PROVINCES),
    ),
    "buyer_refunds": Field(
        label=gettext_lazy("Refunded orders of the buyer"), kind="count", ops=_NUMBER,
        fact=lambda order: order.buyer_refunds,
        help=gettext_lazy("The buyer's other orders of the last 180 days."),
    ),
    "time_of_day": Field(
        label=gettext_lazy("Time of day"), kind="times", ops=("between",), fact=lambda order: order.minute,
        help=gettext_lazy("When the rules look, in China time; it may run past midnight."),
    ),
    "staff_at_work": Field(
        label=gettext_lazy("Staff at work"), kind="count", ops=_NUMBER, fact=lambda order: order.staff,
        help=gettext_lazy("People who may work on orders and had the back office open in the last 15 minutes."),
    ),
    "payment": Field(
        label=gettext_lazy("Payment method"), kind="choices", ops=_LIST, fact=lambda order: order.payment,
        choices=tuple(PAYMENT_METHODS.items()),
    ),
    "flag": Field(
        label=gettext_lazy("Flag"), kind="choices", ops=_LIST, fact=lambda order: order.flag,
        choices=tuple((str(value), label) for value, label in Flag.choices),
    ),
    "discount": Field(
        label=gettext_lazy("Paid share of the list price"), kind="percent", ops=("below", "at_least"),
        fact=lambda order: order.paid_share, maximum=100,
    ),
}  # fmt: skip
CHANGES_BY_ITSELF = frozenset({"time_of_day", "staff_at_work"})  # with no change of the order


@dataclass(frozen=True, slots=True)
class Condition:
    """A checked condition; `value` is what the comparison takes."""

    field: str
    op: str
    value: Any

    def fits(self, facts: Facts) -> bool:
        """Tell whether the order fits; what is not known of it fits nothing."""
        fact = FIELDS[self.field].fact(facts)
        return fact is not None and _FITS[self.op](self.value, fact)


def parse_condition(stored: Any) -> Condition:
    """Check one stored condition.

    Raises:
        ConditionError: it names no field or comparison, or its value is none.
    """
    key, op = (stored.get("field"), stored.get("op")) if isinstance(stored, dict) else (None, None)
    field = FIELDS.get(key) if isinstance(key, str) else None
    if field is None or not isinstance(key, str):
        raise ConditionError(_("A rule cannot ask for “%(field)s”.") % {"field": str(key)[:40]})
    if op not in field.ops:
        raise ConditionError(_("“%(field)s” cannot be compared that way.") % {"field": field.label})
    return Condition(key, op, _PARSERS[field.kind](field, stored.get("value")))


def clean_condition(stored: Any) -> dict[str, Any]:
    """Return the condition as it is kept: checked, and with nothing else beside.

    Raises:
        ConditionError: see `parse_condition`.
    """
    condition = parse_condition(stored)
    kind = FIELDS[condition.field].kind
    return {"field": condition.field, "op": condition.op, "value": _KEPT[kind](stored["value"])}


def condition_text(stored: Any) -> str:
    """Say one stored condition in words."""
    try:
        condition = parse_condition(stored)
    except ConditionError as error:
        return str(error)
    field = FIELDS[condition.field]
    value = _value_text(field, condition, stored["value"])
    return _("%(field)s %(comparison)s %(value)s") % {
        "field": field.label, "comparison": OPS[condition.op], "value": value,
    }  # fmt: skip


def _value_text(field: Field, condition: Condition, stored: Any) -> str:
    if field.kind == "money":
        return money_text(condition.value)
    if field.kind == "percent":
        return f"{condition.value} %"
    if field.kind == "times":
        return _("%(start)s and %(end)s") % {"start": stored[0], "end": stored[1]}
    labels = {value: str(label) for value, label in field.choices}
    values = stored if isinstance(stored, list) else [stored]
    return listed(labels.get(str(value), str(value)) for value in values)


# Values


def _money(_field: Field, value: Any) -> Decimal:
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount <= _MAX_MONEY or amount != round(amount, 2):
        raise ConditionError(_("Give an amount in yuan, such as 500 or 59.90."))
    return amount


def _count(field: Field, value: Any) -> int:
    text = str(value).strip()
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(field.maximum)) and int(text) <= field.maximum):
        raise ConditionError(_("Give a whole number from 0 to %(maximum)s.") % {"maximum": field.maximum})
    return int(text)


def _words(_field: Field, value: Any) -> frozenset[str]:
    words = [word for word in _list(value) if word.strip()]
    if not words:
        raise ConditionError(_("Give one word at least."))
    if len(words) > MAX_WORDS or any(len(word) > MAX_WORD for word in words):
        raise ConditionError(
            _("At most %(count)s words of %(length)s characters each.") % {"count": MAX_WORDS, "length": MAX_WORD}
        )
    return frozenset(word.strip().casefold() for word in words)


def _choices(field: Field, value: Any) -> frozenset[str]:
    chosen = frozenset(_list(value))
    if not chosen:
        raise ConditionError(_("Choose one at least."))
    if chosen - {key for key, _label in field.choices}:
        raise ConditionError(_("Choose from the list."))
    return chosen


def _choice(field: Field, value: Any) -> str:
    if value not in [key for key, _label in field.choices]:
        raise ConditionError(_("Choose one of the list."))
    return str(value)


def _times(_field: Field, value: Any) -> tuple[int, int]:
    bounds = [_minute(text) for text in _list(value)]
    if len(bounds) != 2 or None in bounds or bounds[0] == bounds[1]:  # noqa: PLR2004 -- from and to
        raise ConditionError(_("Give two different times, such as 22:00 and 08:00."))
    return bounds[0] or 0, bounds[1] or 0


def _minute(text: str) -> int | None:
    found = _TIME.fullmatch(text.strip())
    return int(found[1]) * 60 + int(found[2]) if found else None


def _time_text(text: str) -> str:
    return "{:02}:{:02}".format(*divmod(_minute(text) or 0, 60))


def _list(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else []


_PARSERS: dict[str, Callable[[Field, Any], Any]] = {
    "money": _money,
    "count": _count,
    "percent": _count,
    "words": _words,
    "choices": _choices,
    "choice": _choice,
    "times": _times,
}
_KEPT: dict[str, Callable[[Any], Any]] = {
    "money": lambda value: f"{Decimal(str(value).strip()):.2f}",
    "count": lambda value: int(str(value).strip()),
    "percent": lambda value: int(str(value).strip()),
    "words": lambda value: list(dict.fromkeys(word.strip() for word in value if word.strip())),
    "choices": lambda value: list(dict.fromkeys(value)),
    "choice": str,
    "times": lambda value: [_time_text(text) for text in value],
}
