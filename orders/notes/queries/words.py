"""What the findings of a note say, in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy, pgettext_lazy

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


def pair_label(key: str) -> str:
    return str(PAIR_LABELS.get(key, key))


def missing_words(note: BuyerNote) -> list[str]:
    """Return what the buyer still has to say."""
    problems = note.findings.get("problems", [])
    keys = dict.fromkeys(problem["key"] for problem in problems if problem.get("code") == "missing")
    return [pair_label(key) for key in keys]
