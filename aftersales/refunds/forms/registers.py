"""What complaints and violations ask for."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from aftersales.refunds.forms.noting import handlers_of
from aftersales.refunds.models import Refund
from aftersales.refunds.models.registers import Entry
from aftersales.refunds.statuses import CaseState, ComplaintKind, ViolationKind
from backoffice.common.access import Right
from backoffice.common.clock import DAY_LIMITS
from backoffice.common.models import Store, User
from orders.core.models import Order

_MOMENT = "%Y-%m-%dT%H:%M"


def _deadline(label: Any, hint: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MOMENT)
    return forms.DateTimeField(label=label, required=False, widget=widget, input_formats=[_MOMENT], help_text=hint)


class _EntryForm(forms.Form):
    """What both have in common: what it is about, whose it is, until when."""

    order = forms.CharField(label=gettext_lazy("Order number"), required=False, max_length=64)
    refund = forms.CharField(label=gettext_lazy("Case number"), required=False, max_length=64)
    text = forms.CharField(
        label=gettext_lazy("What it is about"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    number = forms.CharField(label=gettext_lazy("The platform's number"), required=False, max_length=64)
    owner = forms.ChoiceField(label=gettext_lazy("Handled by"), required=False)
    deadline = _deadline(pgettext_lazy("register", "Until"), "")

    def __init__(self, store: Store, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.store = store
        self.people = offer_people(self, store)

    def clean_order(self) -> int | None:
        return _found(Order.objects.for_store(self.store), self.cleaned_data["order"], _("There is no such order."))

    def clean_refund(self) -> int | None:
        return _found(Refund.objects.for_store(self.store), self.cleaned_data["refund"], _("There is no such case."))

    def clean_owner(self) -> User | None:
        return self.people.get(self.cleaned_data["owner"])

    def values(self) -> dict[str, Any]:
        names = {"order": "order_id", "refund": "refund_id"}
        return {names.get(name, name): value for name, value in self.cleaned_data.items()}


def _found(rows: Any, number: str, problem: str) -> int | None:
    if not number.strip():
        return None
    pk: int | None = rows.filter(number=number.strip()).values_list("pk", flat=True).first()
    if pk is None:
        raise forms.ValidationError(problem)
    return pk


def offer_people(form: forms.Form, store: Store) -> dict[str, User]:
    """Offer the people who may own an entry in the form's `owner`."""
    people = {str(user.pk): user for user in handlers_of(store, Right.WORK_REFUNDS)}
    field = form.fields["owner"]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 # nosec B101 # for the type checker
    field.choices = [("", _("nobody")), *((key, str(user)) for key, user in people.items())]
    return people


class ComplaintForm(_EntryForm):
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=ComplaintKind.choices)
    field_order = ("kind", "order", "refund", "text", "number", "owner", "deadline")


class ViolationForm(_EntryForm):
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=ViolationKind.choices)
    happened_on = forms.DateField(
        label=gettext_lazy("Happened on"), validators=DAY_LIMITS,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    points = forms.DecimalField(
        label=gettext_lazy("Points"), required=False, max_digits=5, decimal_places=1, min_value=Decimal(0)
    )
    penalty = forms.DecimalField(
        label=gettext_lazy("Penalty"), required=False, max_digits=12, decimal_places=2, min_value=Decimal(0)
    )
    field_order = (
        "kind", "happened_on", "points", "penalty", "order", "refund", "text", "number", "owner", "deadline",
    )  # fmt: skip

    def values(self) -> dict[str, Any]:
        values = super().values()
        return values | {name: values[name] or Decimal(0) for name in ("points", "penalty")}


class OwnForm(forms.Form):
    owner = forms.ChoiceField(label=gettext_lazy("Handled by"), required=False)
    deadline = _deadline(pgettext_lazy("register", "Until"), "")

    def __init__(self, entry: Entry, data: Any = None) -> None:
        super().__init__(data, initial={"owner": str(entry.owner_id or ""), "deadline": _local(entry.deadline)})
        self.people = offer_people(self, entry.store)

    def clean_owner(self) -> User | None:
        return self.people.get(self.cleaned_data["owner"])


def _local(moment: datetime | None) -> datetime | None:
    return timezone.localtime(moment) if moment else None


class SettleForm(forms.Form):
    state = forms.ChoiceField(
        label=gettext_lazy("What came of it"),
        choices=[(value, label) for value, label in CaseState.choices if value != CaseState.OPEN],
    )
    outcome = forms.CharField(
        label=gettext_lazy("In words"), min_length=2, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
