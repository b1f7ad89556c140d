from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersales.topics.models import Topic
from aftersales.topics.services import words_of
from aftersales.topics.services.actions import TEXT_LENGTH
from aftersales.topics.services.editing import NAME_LENGTH

_WORDS_LENGTH = 10_000


class TopicForm(forms.Form):
    """A topic and its words."""

    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH)
    words = forms.CharField(
        label=_("Words that say it"), max_length=_WORDS_LENGTH, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Parted by spaces or lines; any of them counts. “*” stands for up to six characters."),
    )  # fmt: skip
    not_words = forms.CharField(
        label=_("Words that rule it out"), required=False, max_length=_WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A part of a sentence that has one of them does not count."),
    )  # fmt: skip
    is_complaint = forms.BooleanField(
        label=_("The words name a problem"), required=False,
        help_text=_("Then “no stains” does not count as stains. Without it every mention counts, such as of invoices."),
    )  # fmt: skip
    is_active = forms.BooleanField(
        label=_("In use"), required=False, help_text=_("One that is not in use is not looked for any more.")
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any, *, topic: Topic | None) -> None:
        super().__init__(data, initial=_initial(topic))

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        return data | {"words": words_of(data["words"]), "not_words": words_of(data["not_words"])}


def _initial(topic: Topic | None) -> dict[str, Any]:
    if topic is None:
        return {"is_complaint": True, "is_active": True}
    return {
        "name": topic.name, "words": " ".join(topic.words), "not_words": " ".join(topic.not_words),
        "is_complaint": topic.is_complaint, "is_active": topic.is_active, "version": topic.version,
    }  # fmt: skip


class ActionForm(forms.Form):
    """What was done about a product."""

    day = forms.DateField(label=_("Day"), input_formats=["%Y-%m-%d"])
    text = forms.CharField(label=_("What was done"), max_length=TEXT_LENGTH)
    topic = forms.IntegerField(required=False)
    title = forms.IntegerField()
