"""What buyers say in public, and how far the shop's answer is."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ReviewResult(models.TextChoices):
    UNKNOWN = "", _("Not stated")
    GOOD = "good", pgettext_lazy("review", "Good")
    NEUTRAL = "neutral", pgettext_lazy("review", "Neutral")
    BAD = "bad", pgettext_lazy("review", "Bad")


POOR_RESULTS = (ReviewResult.NEUTRAL, ReviewResult.BAD)  # 中评 and 差评, which the tab of poor reviews holds
POOR_STARS = 3  # so many or fewer stand there as well


class ReplyState(models.TextChoices):
    NONE = "", _("No reply")
    RECORDED = "recorded", _("Recorded here")
    SENT = "sent", _("On the platform")


class Sentiment(models.TextChoices):
    UNKNOWN = "", _("Not read yet")
    POSITIVE = "positive", pgettext_lazy("sentiment", "Positive")
    NEUTRAL = "neutral", pgettext_lazy("sentiment", "Neutral")
    NEGATIVE = "negative", pgettext_lazy("sentiment", "Negative")


class TaskState(models.TextChoices):
    """Of the follow-up that a poor review opens."""

    OPEN = "open", pgettext_lazy("follow-up", "Open")
    SOLVED = "solved", pgettext_lazy("follow-up", "Solved with the buyer")
    EXPLAINED = "explained", pgettext_lazy("follow-up", "Answered in public")
    UNREACHED = "unreached", pgettext_lazy("follow-up", "Buyer not reached")


REPLY_LIMIT = 500  # characters, of the platform (taobao.traderate.explain.add)
