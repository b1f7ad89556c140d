"""Forms of the desk's acts."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.core.statuses import FACT_HOLDS, Flag, HoldKind
from orders.desk.models import SavedView
from orders.desk.papers import AGAIN_CHOICES, PAPER_CHOICES, SORT_CHOICES

_TAG_SEPARATORS = re.compile(r"[,，;；\n]+")
HOLD_CHOICES = [(kind.value, kind.label) for kind in HoldKind if kind not in FACT_HOLDS]


class TagsField(forms.CharField):
    def clean(self, value: Any) -> list[str]:
        return list(
            dict.fromkeys(filter(None, (word.strip() for word in _TAG_SEPARATORS.split(super().clean(value) or ""))))
        )


class BulkForm(forms.Form):
    """What an act needs to know; only the fields of the act are kept. `people` may be given orders."""

    flag = forms.TypedChoiceField(label=gettext_lazy("Flag"), choices=Flag.choices, coerce=int)
    text = forms.CharField(label=gettext_lazy("Remark"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    kind = forms.ChoiceField(label=gettext_lazy("Kind of hold"), choices=HOLD_CHOICES)
    reason = forms.CharField(label=gettext_lazy("Reason"), min_length=2, max_length=300)
    add_tags = TagsField(
        label=gettext_lazy("Add tags"),
        required=False,
        max_length=400,
        help_text=gettext_lazy("Separate tags by commas."),
    )
    remove_tags = TagsField(label=gettext_lazy("Remove tags"), required=False, max_length=400)
    person = forms.TypedChoiceField(label=gettext_lazy("Colleague"), coerce=int, empty_value=None)
    accept_too = forms.BooleanField(label=gettext_lazy("Accept them too"), required=False, initial=True)
    release_reason = forms.CharField(
        label=gettext_lazy("Reason for releasing them"), required=False, min_length=2, max_length=300
    )
    paper = forms.ChoiceField(label=gettext_lazy("Paper"), choices=PAPER_CHOICES)
    sort = forms.ChoiceField(label=gettext_lazy("Sorted by"), choices=SORT_CHOICES, required=False)
    again = forms.ChoiceField(label=gettext_lazy("What was printed already"), choices=AGAIN_CHOICES, required=False)
    only = forms.ChoiceField(choices=HOLD_CHOICES, required=False, widget=forms.HiddenInput)

    def __init__(
        self, fields: tuple[str, ...], *args: Any, people: Iterable[tuple[int, str]] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - set(fields):
            del self.fields[name]
        if "person" in self.fields:
            self.fields["person"].choices = [("", _("Choose")), *people]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "add_tags" in self.fields and not data.get("add_tags") and not data.get("remove_tags"):
            raise ValidationError(_("Name a tag to add or to remove."))
        return data


class SavedViewForm(forms.ModelForm):
    class Meta:
        model = SavedView
        fields = ["name", "is_shared"]


class ShipTableForm(forms.Form):
    """A pasted table, or a file of one: order number, courier, tracking number."""

    text = forms.CharField(
        label=gettext_lazy("Paste the table"),
        required=False,
        max_length=1_000_000,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autofocus": True}),
        help_text=gettext_lazy(
            "One order a line: order number, courier, tracking number, divided by tabs, commas or spaces."
        ),
    )
    file = forms.FileField(label=gettext_lazy("or choose a file (.xlsx or .csv)"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and not (data.get("text") or "").strip() and not data.get("file"):
            raise ValidationError(_("Paste a table or choose a file."))
        return data
