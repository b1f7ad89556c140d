from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Source(models.TextChoices):
    """Where buyers say what they think."""

    NOTE = "note", _("Buyer note")
    REFUND = "refund", _("Refund reason")
    REVIEW = "review", pgettext_lazy("buyer's words", "Review")


class Verdict(models.TextChoices):
    """Whether a person looked at what the rules found."""

    BY_RULE = "", _("Found by rule")
    CONFIRMED = "confirmed", _("Confirmed by a person")
    REJECTED = "rejected", _("Rejected by a person")
