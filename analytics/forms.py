from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.queries import Period

PRESETS = (7, 30, 90)
DEFAULT_DAYS = 30
MAX_DAYS = 3660
EARLIEST = date(2003, 5, 10)  # Taobao's first day


class _DayInput(forms.DateInput):
    input_type = "date"


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, input_formats=["%Y-%m-%d"], validators=[MinValueValidator(EARLIEST)],
        widget=_DayInput(format="%Y-%m-%d"), error_messages={"invalid": gettext_lazy("Enter a day like 2026-06-01.")},
    )  # fmt: skip


class PeriodForm(forms.Form):
    """Which closed days to show: so many up to yesterday, or from one day to another."""

    days = forms.TypedChoiceField(choices=[(str(days), days) for days in PRESETS], coerce=int, required=False)
    day_from = _day(gettext_lazy("First day"))
    day_to = _day(gettext_lazy("Last day"))

    def __init__(self, *args: Any, yesterday: date, **kwargs: Any) -> None:
        self.yesterday = yesterday
        super().__init__(*args, **kwargs)

    def clean_day_to(self) -> date | None:
        day: date | None = self.cleaned_data["day_to"]
        if day is not None and day > self.yesterday:
            raise forms.ValidationError(
                _("%(day)s is not over yet: the last closed day is %(yesterday)s.")
                % {"day": day.isoformat(), "yesterday": self.yesterday.isoformat()}
            )
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first, last = data.get("day_from"), data.get("day_to", self.yesterday) or self.yesterday
        if first is None:
            return data
        if first > last:
            self.add_error("day_from", _("The first day must not be after the last."))
        elif (last - first) > timedelta(days=MAX_DAYS):
            self.add_error("day_from", _("Choose at most ten years."))
        return data

    @property
    def is_custom(self) -> bool:
        return self.is_valid() and bool(self.cleaned_data["day_from"] or self.cleaned_data["day_to"])

    @property
    def period(self) -> Period:
        """Return the period asked for; the last 30 closed days when the form has errors or asks for none."""
        if not self.is_valid():
            return Period.ending(self.yesterday, DEFAULT_DAYS)
        last = self.cleaned_data["day_to"] or self.yesterday
        if self.cleaned_data["day_from"]:
            return Period(self.cleaned_data["day_from"], last)
        return Period.ending(last, self.cleaned_data["days"] or DEFAULT_DAYS)
