"""What shipping one parcel asks for."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from orders.core.models import OrderLine
from orders.desk.act_forms.base import FOCUS, ActForm, line_label
from orders.desk.packing import numbered_waybill
from orders.fulfilment.couriers import (
    COURIERS,
    Courier,
    TrackingError,
    check_tracking,
    guess_courier,
    normalise_tracking,
)
from orders.fulfilment.models import Waybill


def _courier_label(courier: Courier) -> str:
    return courier.name if (get_language() or "").startswith("zh") else courier.english


class ShipForm(ActForm):
    """One parcel: courier, number, and how many pieces of each line when there is a choice."""

    template: ClassVar[str] = "desk/_order_ship_fields.html"
    courier = forms.ChoiceField(label=gettext_lazy("Courier"), required=False, choices=[])
    tracking_number = forms.CharField(
        label=gettext_lazy("Tracking number"), max_length=80, strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", **FOCUS}),
    )  # fmt: skip
    warning = ""
    suggested: Waybill | None = None  # the parcel that was made for the order

    def prepare(self) -> None:
        self.suggested = None if self.is_bound else numbered_waybill(self.situation.order)
        if self.suggested is not None and self.suggested.order_count == 1:
            self.initial = {
                **self.initial, "courier": self.suggested.courier, "tracking_number": self.suggested.number
            }  # fmt: skip
        couriers = ((c.code, _courier_label(c)) for c in COURIERS)
        self.choices_of("courier", [("", _("Read it from the number")), *couriers])
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
            label=line_label(line), min_value=0, max_value=line.unshipped, required=False,
            initial=0 if is_held else self._planned(line), widget=forms.NumberInput(attrs={"class": "input-count"}),
        )  # fmt: skip

    def _planned(self, line: OrderLine) -> int:
        """Return how many pieces lie in the suggested parcel; without one all that is left."""
        if self.suggested is None:
            return line.unshipped
        return sum(part.quantity for part in self.suggested.lines.all() if part.line_id == line.pk)

    @property
    def notice(self) -> str:
        """Name the parcel that the number is of."""
        if self.suggested is None:
            return ""
        values = {"number": self.suggested.number, "count": self.suggested.order_count}
        if self.suggested.order_count > 1:
            sentence = _("Packed with %(count)s orders as %(number)s: scan that parcel out, and all of them ship.")
            return sentence % values
        return _("The number is that of the waybill made for this order.")

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
