from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersales.reviews.models import ReplyTemplate, ReviewSettings
from aftersales.reviews.services.followups import ENDS
from aftersales.reviews.services.texts import TITLE_LENGTH
from aftersales.reviews.statuses import REPLY_LIMIT, ReviewResult
from backoffice.common.models import Store


class TaskEndForm(forms.Form):
    """What came of a follow-up."""

    state = forms.ChoiceField(label=_("How it ended"), choices=[(end.value, end.label) for end in ENDS])
    outcome = forms.CharField(
        label=_("What was agreed or said"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


class TemplateForm(forms.Form):
    """A ready reply."""

    title = forms.CharField(label=_("Title"), max_length=TITLE_LENGTH)
    text = forms.CharField(
        label=_("Text"), max_length=REPLY_LIMIT, widget=forms.Textarea(attrs={"rows": 5, "maxlength": REPLY_LIMIT})
    )
    results = forms.MultipleChoiceField(
        label=_("Offered first for"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(value, label) for value, label in ReviewResult.choices if value],
    )  # fmt: skip
    is_thanks = forms.BooleanField(label=_("May be sent to many good reviews at once"), required=False)

    def __init__(self, data: Any, *, template: ReplyTemplate | None, title: str = "") -> None:
        names = ("title", "text", "results", "is_thanks")
        initial: dict[str, Any] = {"title": title[:TITLE_LENGTH], "results": [], "is_thanks": False}
        if template:
            initial = {name: getattr(template, name) for name in names}
        super().__init__(data, initial=initial)


class SettingsForm(forms.Form):
    """What the shop holds to in reviews."""

    low_stars = forms.IntegerField(
        label=_("Stars that open a follow-up"), min_value=0, max_value=5,
        help_text=_("So many or fewer; a bad result opens one as well."),
    )  # fmt: skip
    task_hours = forms.IntegerField(label=_("Follow up within, hours"), min_value=1, max_value=720)
    reply_days = forms.IntegerField(
        label=_("Days for a reply"), min_value=1, max_value=365, help_text=_("The platform takes none after them.")
    )
    forbidden_words = forms.CharField(
        label=_("Words no text to buyers may hold"), required=False, max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One a line, beside promises of money for reviews and ways round the platform, which never may."),
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any, *, store: Store, settings: ReviewSettings) -> None:
        names = ("low_stars", "task_hours", "reply_days", "version")
        initial: dict[str, Any] = {name: getattr(settings, name) for name in names}
        super().__init__(data, initial=initial | {"forbidden_words": "\n".join(store.forbidden_words)})

    def values(self) -> dict[str, Any]:
        return self.cleaned_data | {"forbidden_words": self.cleaned_data["forbidden_words"].splitlines()}
