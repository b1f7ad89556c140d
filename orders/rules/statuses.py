from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.core.statuses import HoldKind


class RuleAction(models.TextChoices):
    """What the first rule that fits does with a paid order that nobody has reviewed."""

    ACCEPT = "accept", pgettext_lazy("rule", "Accept")
    HOLD = "hold", pgettext_lazy("rule", "Hold")
    LEAVE = "leave", _("Leave to a person")


HOLD_KINDS = (HoldKind.MANUAL, HoldKind.RISK, HoldKind.ADDRESS_PROBLEM, HoldKind.OUT_OF_STOCK)  # a rule may open these
