"""What the findings of a note say, in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from orders.core.texts import WIPED
from orders.notes.models import BuyerNote

PAIR_LABELS: Mapping[str, Any] = {
    "colour": pgettext_lazy("of a product", "Colour"),
    "size": pgettext_lazy("of a product", "Size"),
    "quantity": gettext_lazy("Quantity"),
    "engraving": gettext_lazy("Text to engrave"),
    "card": gettext_lazy("Text of the card"),
    "delivery_date": gettext_lazy("Delivery date"),
    "delivery_slot": gettext_lazy("Time of delivery"),
    "deliver_before": gettext_lazy("Deliver before"),
    "address": gettext_lazy("New address"),
    "invoice_title": gettext_lazy("Invoice title"),
    "tax_number": gettext_lazy("Tax number"),
    "courier": gettext_lazy("Courier"),
    "courier_not": gettext_lazy("Not this courier"),
    "gift": pgettext_lazy("a present", "Gift"),
    "packing": gettext_lazy("Packing"),
}

_SLOTS: Mapping[str, Any] = {
    "morning": gettext_lazy("in the morning"),
    "afternoon": gettext_lazy("in the afternoon"),
    "evening": gettext_lazy("in the evening"),
    "weekend": gettext_lazy("at the weekend"),
    "workday": gettext_lazy("on a working day"),
}

CHANGE_LABELS: Mapping[str, Any] = {
    "ship_day": gettext_lazy("Day it ships"),
    "slot": gettext_lazy("Time of delivery"),
    "deliver_before": gettext_lazy("Deliver before"),
    "packing": gettext_lazy("Packing"),
    "gift_wrap": gettext_lazy("Gift wrap"),
    "card": gettext_lazy("Text of the card"),
    "gift": pgettext_lazy("a present", "Gift"),
    "courier": gettext_lazy("Courier"),
    "invoice_title": gettext_lazy("Invoice title"),
    "tax_number": gettext_lazy("Tax number"),
    "engraving": gettext_lazy("Text to engrave"),
    "specs": gettext_lazy("Spec that ships instead"),
    "recipient": gettext_lazy("Recipient"),
}  # of the fields of NoteChanges, as `changes` in the history of a confirmed note names them


def note_words(text: str) -> str:
    """Return what the buyer wrote, or say that its time was over."""
    return _("(wiped with the recipient's data)") if text == WIPED else text


def pair_label(key: str) -> str:
    return str(PAIR_LABELS.get(key, key))


def pair_value(key: str, value: str) -> str:
    """Return a value in words: times of the day are kept as codes."""
    return str(_SLOTS.get(value, value)) if key == "delivery_slot" else value


def change_label(name: str) -> str:
    return str(CHANGE_LABELS.get(name, name))


def missing_words(note: BuyerNote) -> list[str]:
    """Return what the buyer still has to say."""
    problems = note.findings.get("problems", [])
    keys = dict.fromkeys(problem["key"] for problem in problems if problem.get("code") == "missing")
    return [pair_label(key) for key in keys]
