"""What events of reviews say, in words: the label of each value, and how it is written. See settings.HISTORY_WORDS."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy, pgettext_lazy

from aftersales.reviews.statuses import ReviewResult, TaskState


def _labelled(choices: Any) -> Callable[[Any], str]:
    return lambda value: str(dict(choices.choices).get(value, value))


HISTORY: Mapping[str, tuple[Any, Callable[[Any], str]]] = {
    "review_result": (pgettext_lazy("review", "Result"), _labelled(ReviewResult)),
    "stars": (gettext_lazy("Stars"), str),
    "follow_up": (gettext_lazy("Follow-up"), str),
    "reply": (pgettext_lazy("review", "Reply"), str),
    "review_end": (gettext_lazy("Follow-up with the buyer"), _labelled(TaskState)),
}
