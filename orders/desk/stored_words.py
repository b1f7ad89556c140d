"""The words of what is stored as a code: rules of the system, and reasons that nobody typed."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.core.services.appointments import APPOINTED_RULE
from orders.core.services.recipients import NEW_RECIPIENT
from orders.core.statuses import ACCEPTED_ON_PAYMENT, STOCK_RULE

UNDONE, HELD_AGAIN = "undone", "held_again"
_SYSTEM_RULES: Mapping[str, Any] = {
    "import": gettext_lazy("by an import"),
    "note": gettext_lazy("by a buyer note"),
    "refund": gettext_lazy("by a refund"),
    APPOINTED_RULE: gettext_lazy("by an appointed date"),
    ACCEPTED_ON_PAYMENT: gettext_lazy("on payment"),
    STOCK_RULE: gettext_lazy("by a shortage"),
}
_REASONS: Mapping[str, Any] = {
    UNDONE: gettext_lazy("Undone"),
    HELD_AGAIN: gettext_lazy("Held again"),
    NEW_RECIPIENT: gettext_lazy("Recipient changed"),
    "refund_agreed": gettext_lazy("A refund was agreed with the buyer"),
    "restocked": gettext_lazy("Stock arrived"),
    "exchanged": gettext_lazy("Another spec was agreed with the buyer"),
    "line_refunded": gettext_lazy("The line was refunded"),
    "line_closed": gettext_lazy("The order or the line was closed"),
}


def rule_words(rule: str) -> str:
    """Say which rule did it: one of the store by its name, one of the system in words."""
    return str(_SYSTEM_RULES[rule]) if rule in _SYSTEM_RULES else _("Rule “%(rule)s”") % {"rule": rule}


def reason_words(reason: str) -> str:
    """Return a reason as it was typed, or in words when an act gave it by itself."""
    return str(_REASONS.get(reason, reason))
