"""What moving and marking an order asks for."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from orders.core.spec_words import spec_values
from orders.core.statuses import Flag
from orders.desk.act_forms.base import FOCUS, ActForm, reason_field
from orders.desk.blockers import hold_words
from orders.desk.forms import HOLD_CHOICES, TagsField
from orders.desk.queues import PAYMENT_METHODS
from orders.desk.situations import accept_problem


class FlagForm(ActForm):
    flag = forms.TypedChoiceField(label=gettext_lazy("Flag"), choices=Flag.choices, coerce=int)


class RemarkForm(ActForm):
    text = forms.CharField(
        label=gettext_lazy("Remark"), max_length=500, widget=forms.Textarea(attrs={"rows": 3, **FOCUS}),
        help_text=gettext_lazy("For colleagues, never for the buyer. Phone numbers are masked. Ctrl+Enter saves."),
    )  # fmt: skip


class TagsForm(ActForm):
    tags = TagsField(
        label=gettext_lazy("Tags"), required=False, max_length=800, help_text=gettext_lazy("Separate tags by commas."),
        widget=forms.TextInput(attrs=FOCUS),
    )  # fmt: skip

    def prepare(self) -> None:
        self.fields["tags"].initial = ", ".join(self.situation.order.tags)


class HoldForm(ActForm):
    kind = forms.ChoiceField(label=gettext_lazy("Kind of hold"), choices=HOLD_CHOICES)
    line = forms.TypedChoiceField(
        label=gettext_lazy("What it holds"), required=False, coerce=int, empty_value=None, choices=[]
    )
    reason = reason_field(gettext_lazy("Reason"))

    def prepare(self) -> None:
        if len(self.situation.lines) < 2:  # noqa: PLR2004 -- one line is the order
            del self.fields["line"]
            return
        choices = [
            (line.pk, f"{line.position}. {line.title.text} {spec_values(line.spec)}".strip()[:80])
            for line in self.situation.lines
        ]
        self.choices_of("line", [("", _("The whole order")), *choices])


class AcceptForm(ActForm):
    """Asks only of an order that holds keep which people may release; other orders are accepted at once."""

    template: ClassVar[str] = "desk/_order_accept_fields.html"
    submit: ClassVar[Any] = gettext_lazy("Release and accept")
    second: ClassVar[tuple[str, Any] | None] = ("keep_held", gettext_lazy("Accept, and leave it held"))
    release_reason = forms.CharField(
        label=gettext_lazy("Why it may go on"), min_length=2, max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off", **FOCUS}),
    )  # fmt: skip

    def prepare(self) -> None:
        if not self.situation.hand_holds or "keep_held" in self.data:
            del self.fields["release_reason"]

    def hold_words(self) -> list[str]:
        return [hold_words(self.situation, hold) for hold in self.situation.hand_holds]


class ReleaseForm(ActForm):
    kind = forms.ChoiceField(label=gettext_lazy("Hold"), choices=[])
    reason = reason_field(gettext_lazy("Why it may go on"))
    accept = forms.BooleanField(
        label=gettext_lazy("Accept it too"), required=False,
        help_text=gettext_lazy("Releases every hold that people may release, and accepts the order."),
    )  # fmt: skip

    def prepare(self) -> None:
        holds = self.situation.hand_holds
        self.choices_of("kind", list({hold.kind: hold.get_kind_display() for hold in holds}.items()))
        if accept_problem(self.situation):
            del self.fields["accept"]


class MarkPaidForm(ActForm):
    hint = gettext_lazy("For a payment that reached the shop outside the platform: the whole amount due, now.")
    method = forms.ChoiceField(label=gettext_lazy("Payment method"), choices=list(PAYMENT_METHODS.items()))


class CompleteForm(ActForm):
    hint = gettext_lazy("A completed order does not come back. The platform completes its own orders by itself.")


class CloseForm(ActForm):
    hint = gettext_lazy("A closed order does not come back.")
    reason = reason_field(pgettext_lazy("of closing", "Reason"), longest=120)

    @property
    def notice(self) -> str:
        if self.situation.order.paid_at is None:
            return str(self.hint)
        return f"{self.hint} {_('It is paid: closing it does not give the money back; a refund does.')}"


class RevealForm(ActForm):
    reason = forms.CharField(
        label=gettext_lazy("What do you need it for?"), min_length=2, max_length=200,
        widget=forms.TextInput(attrs={"list": "reveal-purposes", "autocomplete": "off", **FOCUS}),
    )  # fmt: skip
