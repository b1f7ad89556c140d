"""What the values of a recipient are called, and those that a reveal shows beside them."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from orders.core.statuses import WishKind

_LABELS: Mapping[str, Any] = {
    "name": pgettext_lazy("person", "Name"),
    "mobile": gettext_lazy("Mobile"),
    "phone": gettext_lazy("Phone"),
    "street": gettext_lazy("Street"),
    "province": gettext_lazy("Province"),
    "city": gettext_lazy("City"),
    "district": gettext_lazy("District"),
    "place": gettext_lazy("Place"),
    "zip": gettext_lazy("Postcode"),
    "modified_address": gettext_lazy("Changed address"),
    "original_address": gettext_lazy("Original address"),
    "alipay": gettext_lazy("Alipay account"),
    "identity_name": gettext_lazy("Name on the identity card"),
    "identity_number": gettext_lazy("Identity number"),
    "identity_phone": gettext_lazy("Buyer's phone"),
}


def clear_label(key: str) -> str:
    """Return what a value of `orders.core.services.reveal_recipient` is called."""
    start, _mark, rest = key.partition("_")
    label = _FAMILIES.get(start)
    return label(rest) if label else str(_LABELS.get(key, key))


def _platform(key: str) -> str:
    return _("%(field)s (platform)") % {"field": _LABELS.get(key, key)}


def _contact(key: str) -> str:
    number, _mark, part = key.partition("_")
    return (_("Answer to contact %(number)s") if part else _("Contact %(number)s")) % {"number": number}


def _wish(key: str) -> str:
    kind, _mark, number = key.rpartition("_")
    if not number.isdigit():
        kind, number = key, ""
    label = str(dict(WishKind.choices).get(kind, kind))
    return _("Wish: %(wish)s") % {"wish": f"{label} {number}".strip()}


_FAMILIES: Mapping[str, Callable[[str], str]] = {"platform": _platform, "contact": _contact, "wish": _wish}
