from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.common.access import Role
from backoffice.common.models import Store
from backoffice.common.models.tokens import Scope

COLOURS = {1: _("Red"), 2: _("Yellow"), 3: _("Green"), 4: _("Blue"), 5: _("Purple")}
_RANGES = {  # of the store's numbers
    "promise_hours": (1, 24 * 90),
    "due_soon_hours": (0, 24 * 30),
    "transit_days": (0, 30),
    "reveal_quota": (0, 10_000),
    "job_file_days": (0, 3650),
    "purge_days": (0, 3650),
    "pickup_hours": (1, 24 * 14),
    "silent_hours": (1, 24 * 30),
    "unsigned_days": (1, 60),
    "lost_days": (1, 60),
    "invoice_days": (1, 90),
    "demand_days": (1, 365),
    "low_cover_days": (0, 365),
}
_LATER = (
    "transit_days",
    "pickup_hours",
    "silent_hours",
    "unsigned_days",
    "lost_days",
    "invoice_days",
    "demand_days",
    "low_cover_days",
)  # numbers that stay as they are where a form leaves them empty
_MAX_BACKFILL = timedelta(days=366 * 3)


class SecondFactorForm(forms.Form):
    code = forms.CharField(
        label=_("Code of your authenticator app"), max_length=10,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}),
    )  # fmt: skip

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).replace(" ", "")


class ProfileForm(forms.Form):
    display_name = forms.CharField(label=_("Name shown to colleagues"), max_length=40, required=False)
    has_shortcuts = forms.BooleanField(label=_("Single-key shortcuts"), required=False)


class InviteForm(forms.Form):
    username = forms.CharField(
        label=_("User name"),
        max_length=60,
        validators=[RegexValidator(r"^[\w.@+-]+$", _("Letters, digits and . @ + - _ only."))],
    )
    display_name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=40, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    roles = forms.MultipleChoiceField(label=_("Roles"), choices=Role.choices, widget=forms.CheckboxSelectMultiple)


class RolesForm(forms.Form):
    roles = forms.MultipleChoiceField(label=_("Roles"), choices=Role.choices, widget=forms.CheckboxSelectMultiple)


class TokenForm(forms.Form):
    name = forms.CharField(label=_("What it is for"), max_length=60)
    scopes = forms.MultipleChoiceField(label=_("Scopes"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple)
    days = forms.IntegerField(label=_("Valid for, days"), min_value=1, max_value=366, initial=90)


class StoreForm(forms.ModelForm):
    """The store's own rules, and the legend of its flags."""

    class Meta:
        model = Store
        fields = [
            "name",
            "promise_hours",
            "due_soon_hours",
            "transit_days",
            "accepts_on_payment",
            "reveal_quota",
            "job_file_days",
            "purge_days",
            "pickup_hours",
            "silent_hours",
            "unsigned_days",
            "lost_days",
            "invoice_days",
            "demand_days",
            "low_cover_days",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in _LATER:
            self.fields[name].required = False
        for name, (lowest, highest) in _RANGES.items():
            field = self.fields[name]
            field.validators += [MinValueValidator(lowest), MaxValueValidator(highest)]
            field.widget.attrs |= {"min": lowest, "max": highest}
        for number, colour in COLOURS.items():
            self.fields[f"flag_{number}"] = forms.CharField(
                label=_("Meaning of the %(colour)s flag") % {"colour": colour}, max_length=20, required=False,
                initial=self.instance.flag_legend.get(str(number), ""),
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        for name in _LATER:
            if name in values and values[name] is None:
                values[name] = getattr(self.instance, name)
        if values.get("lost_days", 0) <= values.get("unsigned_days", 0) and not self.errors:
            self.add_error("lost_days", _("A parcel is lost later than it is unsigned: give more days than there."))
        return values

    def values(self) -> dict[str, Any]:
        """Return what to save, by column of Store."""
        legend = {
            str(number): self.cleaned_data[f"flag_{number}"]
            for number in COLOURS
            if self.cleaned_data[f"flag_{number}"]
        }
        return {name: self.cleaned_data[name] for name in self.Meta.fields} | {"flag_legend": legend}

    def _post_clean(self) -> None:
        """Leave the instance alone: the service compares and saves under a lock."""


class BackfillForm(forms.Form):
    date_from = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    date_to = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        start, end = values.get("date_from"), values.get("date_to")
        if start and end:
            self._check(start, end)
        return values

    def _check(self, start: date, end: date) -> None:
        if end < start:
            self.add_error("date_to", _("The range ends before it begins."))
        elif end >= self.today:
            self.add_error("date_to", _("Only closed days can be rolled up; the last one is yesterday."))
        elif end - start > _MAX_BACKFILL:
            self.add_error("date_to", _("At most three years at once."))

    def job_params(self, store: Store) -> dict[str, str]:
        """Return what the job that rolls these days up is told."""
        days = {key: self.cleaned_data[f"date_{key}"].isoformat() for key in ("from", "to")}
        return {**days, "store": store.code}
