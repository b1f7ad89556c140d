"""What the acts on one order ask for. Each form is made for a situation and returns the values of its act."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from orders.core.models import OrderLine
from orders.core.statuses import Flag
from orders.desk.forms import HOLD_CHOICES, TagsField
from orders.desk.order_acts import Situation
from orders.desk.queues import PAYMENT_METHODS
from orders.fulfilment.couriers import (
    COURIERS,
    Courier,
    TrackingError,
    check_tracking,
    guess_courier,
    normalise_tracking,
)

_FOCUS = {"autofocus": True}


class ActForm(forms.Form):
    """Base: an act without questions."""

    heading: ClassVar[Any] = ""
    hint: ClassVar[Any] = ""

    def __init__(self, situation: Situation, *args: Any, **kwargs: Any) -> None:
        self.situation = situation
        super().__init__(*args, **kwargs)
        self.prepare()

    def prepare(self) -> None:
        """Fit the fields to the situation."""

    def values(self) -> dict[str, Any]:
        return self.cleaned_data

    @property
    def notice(self) -> str:
        """Return what the form should say first."""
        return str(self.hint)


def _reason(label: Any, *, longest: int = 300, suggestions: str = "") -> forms.CharField:
    return forms.CharField(
        label=label, min_length=2, max_length=longest,
        widget=forms.Textarea(attrs={"rows": 2, **_FOCUS}), help_text=suggestions,
    )  # fmt: skip


class FlagForm(ActForm):
    flag = forms.TypedChoiceField(label=gettext_lazy("Flag"), choices=Flag.choices, coerce=int)


class RemarkForm(ActForm):
    text = forms.CharField(
        label=gettext_lazy("Remark"), max_length=500, widget=forms.Textarea(attrs={"rows": 3, **_FOCUS}),
        help_text=gettext_lazy("For colleagues, never for the buyer. Phone numbers are masked. Ctrl+Enter saves."),
    )  # fmt: skip


class TagsForm(ActForm):
    tags = TagsField(
        label=gettext_lazy("Tags"), required=False, max_length=800, help_text=gettext_lazy("Separate tags by commas."),
        widget=forms.TextInput(attrs=_FOCUS),
    )  # fmt: skip

    def prepare(self) -> None:
        self.fields["tags"].initial = ", ".join(self.situation.order.tags)


class HoldForm(ActForm):
    kind = forms.ChoiceField(label=gettext_lazy("Kind of hold"), choices=HOLD_CHOICES)
    line = forms.TypedChoiceField(
        label=gettext_lazy("What it holds"), required=False, coerce=int, empty_value=None, choices=[]
    )
    reason = _reason(gettext_lazy("Reason"))

    def prepare(self) -> None:
        if len(self.situation.lines) < 2:  # noqa: PLR2004 -- one line is the order
            del self.fields["line"]
            return
        choices = [
            (line.pk, f"{line.position}. {line.title.text} {line.spec}".strip()[:80]) for line in self.situation.lines
        ]
        field = self.fields["line"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101 # nosec B101 # for the type checker
        field.choices = [("", _("The whole order")), *choices]


class ReleaseForm(ActForm):
    kind = forms.ChoiceField(label=gettext_lazy("Hold"), choices=[])
    reason = _reason(gettext_lazy("Why it may go on"))

    def prepare(self) -> None:
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 # nosec B101 # for the type checker
        field.choices = list({hold.kind: hold.get_kind_display() for hold in self.situation.hand_holds}.items())


class MarkPaidForm(ActForm):
    hint = gettext_lazy("For a payment that reached the shop outside the platform: the whole amount due, now.")
    method = forms.ChoiceField(label=gettext_lazy("Payment method"), choices=list(PAYMENT_METHODS.items()))


class CompleteForm(ActForm):
    hint = gettext_lazy("A completed order does not come back. The platform completes its own orders by itself.")


class CloseForm(ActForm):
    hint = gettext_lazy("A closed order does not come back.")
    reason = _reason(pgettext_lazy("of closing", "Reason"), longest=120)

    @property
    def notice(self) -> str:
        if self.situation.order.paid_at is None:
            return str(self.hint)
        return f"{self.hint} {_('It is paid: closing it does not give the money back; a refund does.')}"


class ConfirmNoteForm(ActForm):
    hint = gettext_lazy("What was agreed with the buyer? The order goes on.")
    outcome = _reason(gettext_lazy("Outcome"))


class DeclineNoteForm(ActForm):
    hint = gettext_lazy("Why can the wish not be met, and what was the buyer told? The order goes on.")
    outcome = _reason(pgettext_lazy("of declining", "Reason"))


class OverrideNoteForm(ActForm):
    hint = gettext_lazy("The order may ship with its note open. Your reason stands in the history.")
    reason = _reason(pgettext_lazy("of the override", "Reason"))


class RevealForm(ActForm):
    reason = forms.CharField(
        label=gettext_lazy("What do you need it for?"), min_length=2, max_length=200,
        widget=forms.TextInput(attrs={"list": "reveal-purposes", "autocomplete": "off", **_FOCUS}),
    )  # fmt: skip


def _line_label(line: OrderLine) -> str:
    return f"{line.title.text} {line.spec}".strip()[:80]


def _courier_label(courier: Courier) -> str:
    return courier.name if (get_language() or "").startswith("zh") else courier.english


class ShipForm(ActForm):
    """One parcel: courier, number, and how many pieces of each line when there is a choice."""

    courier = forms.ChoiceField(label=gettext_lazy("Courier"), required=False, choices=[])
    tracking_number = forms.CharField(
        label=gettext_lazy("Tracking number"), max_length=80, strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", **_FOCUS}),
    )  # fmt: skip
    warning = ""

    def prepare(self) -> None:
        field = self.fields["courier"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 # nosec B101 # for the type checker
        field.choices = [("", _("Read it from the number")), *((c.code, _courier_label(c)) for c in COURIERS)]
        if self._has_choice:
            for line in self.open_lines:
                self.fields[f"line_{line.pk}"] = self._quantity(line)

    @property
    def open_lines(self) -> list[OrderLine]:
        return [line for line in self.situation.lines if line.unshipped]

    @property
    def _has_choice(self) -> bool:
        return sum(line.unshipped for line in self.open_lines) > 1

    def _quantity(self, line: OrderLine) -> forms.IntegerField:
        is_held = any(hold.line_id == line.pk for hold in self.situation.holds)
        return forms.IntegerField(
            label=_line_label(line), min_value=0, max_value=line.unshipped, required=False,
            initial=0 if is_held else line.unshipped, widget=forms.NumberInput(attrs={"class": "input-count"}),
        )  # fmt: skip

    def quantities(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("line_")]

    def parcel_fields(self) -> list[forms.BoundField]:
        return [self["courier"], self["tracking_number"]]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        number = data.get("tracking_number")
        if number:
            self._clean_parcel(data, number)
        if self._has_choice and not self.errors:
            data["lines"] = self._chosen(data)
        return data

    def _clean_parcel(self, data: dict[str, Any], number: str) -> None:
        try:
            data["tracking_number"] = plain = normalise_tracking(number)
        except TrackingError as error:
            self.add_error("tracking_number", str(error))
            return
        found = next((c for c in COURIERS if c.code == data.get("courier")), None) or guess_courier(plain)
        if found is None:
            self.add_error("courier", _("The number does not tell the courier. Choose it."))
            return
        data["courier"], self.warning = found.code, check_tracking(found, plain) or ""

    def _chosen(self, data: dict[str, Any]) -> dict[int, int] | None:
        """Return the pieces by line; None stands for everything that is left."""
        names = {line.pk: f"line_{line.pk}" for line in self.open_lines}
        given = {pk: data.get(name) for pk, name in names.items()}
        if not any(name in self.data for name in names.values()):
            return None
        chosen = {pk: count for pk, count in given.items() if count}
        if not chosen:
            raise ValidationError(_("Choose at least one piece to ship."))
        return None if chosen == {line.pk: line.unshipped for line in self.open_lines} else chosen

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data.get(name) for name in ("courier", "tracking_number", "lines")}


FORMS: dict[str, type[ActForm]] = {
    "flag": FlagForm,
    "remark": RemarkForm,
    "tags": TagsForm,
    "hold": HoldForm,
    "release": ReleaseForm,
    "ship": ShipForm,
    "mark_paid": MarkPaidForm,
    "complete": CompleteForm,
    "close": CloseForm,
    "confirm_note": ConfirmNoteForm,
    "decline_note": DeclineNoteForm,
    "override_note": OverrideNoteForm,
}
