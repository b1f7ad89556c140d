"""What an agreement with the buyer asks for."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from orders.core.divisions import PROVINCES
from orders.core.models import OrderLine
from orders.core.statuses import ContactChannel
from orders.desk.act_forms.base import FOCUS, ActForm, ItemForm, line_label, reason_field
from orders.desk.specs import specs_with_codes

_IMAGES = "image/png,image/jpeg,image/webp,image/gif"


class ExtendForm(ActForm):
    until = forms.DateTimeField(
        label=gettext_lazy("New deadline"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", **FOCUS}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip
    agreement = forms.CharField(
        label=gettext_lazy("The buyer's words"), required=False, max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("As the buyer wrote them. Phone numbers are masked."),
    )  # fmt: skip
    image = forms.FileField(
        label=gettext_lazy("Picture of the conversation"), required=False,
        widget=forms.ClearableFileInput(attrs={"accept": _IMAGES}),
    )  # fmt: skip

    @property
    def notice(self) -> str:
        ship_by = self.situation.order.ship_by
        now = timezone.localtime(ship_by).strftime("%Y-%m-%d %H:%M") if ship_by else ""
        return _("It ships by %(time)s now. A longer promise needs the buyer's words, a picture of them, or both.") % {
            "time": now
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self._check_until(data.get("until"))
        if not data.get("image") and len((data.get("agreement") or "").strip()) < 2:  # noqa: PLR2004 -- one character says nothing
            self.add_error("agreement", _("Give the buyer's words or a picture of the conversation."))
        return data

    def _check_until(self, until: Any) -> None:
        ship_by = self.situation.order.ship_by
        if until is not None and until <= max(self.situation.now, ship_by or self.situation.now):
            self.add_error("until", _("An extension ends later than now, and later than the time it ships by already."))


class WithdrawExtensionForm(ActForm):
    hint = gettext_lazy("The deadline goes back to what it was before. The agreement stays in the history.")
    reason = reason_field(pgettext_lazy("of withdrawing", "Reason"))


class AppointForm(ActForm):
    hint = gettext_lazy("The order is held until the morning of that day. Leave the day empty to take it back.")
    day = forms.DateField(
        label=gettext_lazy("Ships on"), required=False,
        widget=forms.DateInput(attrs={"type": "date", **FOCUS}, format="%Y-%m-%d"),
    )  # fmt: skip
    slot = forms.CharField(
        label=gettext_lazy("Time of day"), required=False, max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("As agreed: “Saturday afternoon”, “before noon”."),
    )  # fmt: skip

    def prepare(self) -> None:
        order = self.situation.order
        self.fields["day"].initial, self.fields["slot"].initial = order.appointed_date, order.appointed_slot

    def clean_day(self) -> Any:
        day = self.cleaned_data["day"]
        if day is not None and day < timezone.localdate(self.situation.now):
            raise ValidationError(_("%(day)s has passed.") % {"day": f"{day:%m-%d}"})
        return day


class ChangeRecipientForm(ActForm):
    hint = gettext_lazy(
        "What stays empty stays as it is. It is sealed and shown masked; a hold for an address problem is released."
    )
    name = forms.CharField(
        label=pgettext_lazy("person", "Name"), required=False, max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", **FOCUS}),
    )  # fmt: skip
    mobile = forms.CharField(
        label=gettext_lazy("Mobile"), required=False, max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )  # fmt: skip
    province = forms.ChoiceField(label=gettext_lazy("Province"), required=False, choices=[])
    city = forms.CharField(label=gettext_lazy("City"), required=False, max_length=40)
    district = forms.CharField(label=gettext_lazy("District"), required=False, max_length=40)
    street = forms.CharField(
        label=gettext_lazy("Street"), required=False, max_length=200,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )  # fmt: skip

    def prepare(self) -> None:
        self.choices_of("province", [("", _("as it is")), *((name, name) for name in PROVINCES)])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and not any(data.values()):
            raise ValidationError(_("Fill in what changes: name, number or address."))
        return data


class AgreeSpecForm(ItemForm):
    known = forms.ChoiceField(label=gettext_lazy("Spec to ship"), required=False, choices=[])
    own = forms.CharField(
        label=gettext_lazy("or another one"), required=False, max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("In the shop's own words, when the list does not have it."),
    )  # fmt: skip

    def prepare(self) -> None:
        line = self.line
        self.sold = specs_with_codes(line) if line else {}
        ordered = _("As ordered: %(spec)s") % {"spec": (line.spec if line else "") or "—"}
        agreed = line.agreed_spec if line else ""
        others = dict.fromkeys([*filter(None, [agreed]), *self.sold])
        self.choices_of("known", [("", ordered), *((spec, spec) for spec in others if line and spec != line.spec)])
        self.fields["known"].initial = agreed

    @property
    def line(self) -> OrderLine | None:
        return next((line for line in self.situation.lines if line.pk == self.item_id), None)

    @property
    def notice(self) -> str:
        return line_label(self.line) if self.line else ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and self.line is None:
            raise ValidationError(_("This order has no such line."))
        return data

    def values(self) -> dict[str, Any]:
        own, known = self.cleaned_data["own"].strip(), self.cleaned_data["known"]
        spec = own or known
        return {"item": self.cleaned_data["item"], "spec": spec, "sku_code": self.sold.get(spec, "")}


class ContactForm(ActForm):
    channel = forms.ChoiceField(label=gettext_lazy("Channel"), choices=ContactChannel.choices)
    text = forms.CharField(
        label=gettext_lazy("What was asked or told"), max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, **FOCUS}),
        help_text=gettext_lazy("Phone numbers are masked."),
    )  # fmt: skip
    answer = forms.CharField(
        label=gettext_lazy("What the buyer answered"), required=False, max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}), help_text=gettext_lazy("It can be written down later."),
    )  # fmt: skip


class AnswerForm(ItemForm):
    answer = forms.CharField(
        label=gettext_lazy("What the buyer answered"), max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, **FOCUS}),
    )  # fmt: skip


class WithdrawWishForm(ItemForm):
    hint = gettext_lazy("It will not be met after all: say why. The buyer's note keeps what was agreed.")
    reason = reason_field(pgettext_lazy("of withdrawing", "Reason"))
