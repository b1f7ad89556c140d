"""What a shop holds to in after-sales, as a form."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersales.refunds.models import RefundPolicy
from aftersales.refunds.services.policy import FIELDS

_HOURS, _DAYS = 24 * 90, 365
_NUMBERS = {  # name: the least and the most
    "decide_hours": (1, _HOURS), "decide_return_hours": (1, _HOURS), "refused_days": (1, _DAYS),
    "return_days": (1, _DAYS), "receive_days": (1, _DAYS), "send_hours": (1, _HOURS), "confirm_days": (1, _DAYS),
    "due_soon_hours": (0, _HOURS), "inspect_hours": (1, _HOURS), "no_reason_days": (0, _DAYS),
    "quality_days": (0, _DAYS), "signal_days": (1, _DAYS), "signal_count": (1, 1000), "complaint_hours": (1, _HOURS),
}  # fmt: skip
_GROUPS = (
    (_("Clocks"), (
        "decide_hours", "decide_return_hours", "refused_days", "return_days", "receive_days", "send_hours",
        "confirm_days", "acts_on_timeout",
    )),
    (_("Rules"), ("no_reason_days", "quality_days", "special_words")),
    (_("Money and attention"), (
        "approval_above", "due_soon_hours", "inspect_hours", "complaint_hours", "signal_days", "signal_count",
    )),
)  # fmt: skip
_LABELS = {field.name: field.verbose_name for field in RefundPolicy._meta.fields}  # noqa: SLF001 -- public in Django's documentation
MOST_WORDS, WORD_LENGTH = 100, 40


class PolicyForm(forms.Form):
    approval_above = forms.DecimalField(
        label=_("A second person above"), max_digits=12, decimal_places=2, min_value=0,
        help_text=_("Money above it leaves the shop only when a second person agrees."),
    )  # fmt: skip
    special_words = forms.CharField(
        label=_("Words of goods that are not taken back"), required=False, max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One a line: custom-made, underwear, food; looked for in titles and specs."),
    )  # fmt: skip
    acts_on_timeout = forms.BooleanField(
        label=_("Apply what silence does"), required=False,
        help_text=_("Off: when a time is over, the case waits for what the platform reports."),
    )  # fmt: skip

    def __init__(self, policy: RefundPolicy, data: Any = None) -> None:
        super().__init__(data, initial={name: getattr(policy, name) for name in FIELDS})
        self.initial["special_words"] = "\n".join(policy.special_words)
        for name, (least, most) in _NUMBERS.items():
            self.fields[name] = forms.IntegerField(label=_LABELS[name], min_value=least, max_value=most)

    @property
    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """Return the fields under the headings of the page."""
        return [(heading, [self[name] for name in names]) for heading, names in _GROUPS]

    def clean_special_words(self) -> list[str]:
        lines = self.cleaned_data["special_words"].replace("\0", "").splitlines()
        words = list(dict.fromkeys(filter(None, (" ".join(line.split()) for line in lines))))
        if len(words) > MOST_WORDS or any(len(word) > WORD_LENGTH for word in words):
            raise forms.ValidationError(
                _("Up to %(count)s words of up to %(length)s characters."),
                params={"count": MOST_WORDS, "length": WORD_LENGTH},
            )
        return words
