"""What the queue of cases is narrowed to: read off a query string, the same for the page, its acts and the API."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from aftersales.refunds.queries import TABS, Wanted, find_cases
from aftersales.refunds.statuses import ReasonKind, RefundKind
from backoffice.common.clock import DAY_LIMITS
from backoffice.common.display import money_text
from backoffice.common.models import Membership, Store, User
from backoffice.common.ui import Chip
from orders.core.models import ProductTitle

FIRST_TAB = "open"
NARROWING = (
    "q", "kind", "reason_kind", "product", "title", "sku", "buyer", "recipient", "owner", "amount_min", "amount_max",
    "requested_from", "requested_to",
)  # fmt: skip
PARAMETERS = ("queue", *NARROWING)
_BIGGEST = 2**63 - 1


def _choice(label: Any, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", ""), *choices])


def _words(label: Any, longest: int = 200) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=longest)


def _amount(label: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, required=False, min_value=0, max_digits=12, decimal_places=2)


def _key(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=_BIGGEST)


class CaseForm(forms.Form):
    """Reads what narrows the queue."""

    q = _words(_("Case, order or return parcel"), 64)
    kind = _choice(_("Kind"), RefundKind.choices)
    reason_kind = _choice(_("Reason"), ReasonKind.choices)
    product = _words(_("Product contains"))
    title = _key(_("Product"))
    sku = _words(_("Merchant code"), 100)
    buyer = _words(_("Buyer"), 120)
    recipient = _words(_("Same recipient as order"), 64)
    owner = _words(_("Handled by"), 150)
    amount_min = _amount(_("Amount from"))
    amount_max = _amount(_("Amount to"))
    requested_from = forms.DateField(label=_("Asked for from"), required=False, validators=DAY_LIMITS)
    requested_to = forms.DateField(label=_("Asked for to"), required=False, validators=DAY_LIMITS)
    queue = forms.ChoiceField(
        required=False, choices=[(tab, tab) for tab in TABS],
        error_messages={"invalid_choice": _("There is no list of cases of that name.")},
    )  # fmt: skip

    def __init__(self, data: QueryDict, *, store: Store) -> None:
        super().__init__(data, auto_id="f-%s")
        self.store = store

    def clean_owner(self) -> User | None:
        name = self.cleaned_data["owner"]
        if not name:
            return None
        member = Membership.objects.filter(store=self.store, user__username=name).select_related("user").first()
        if member is None:
            raise forms.ValidationError(_("Nobody here is called “%(name)s”."), params={"name": name})
        return member.user

    def clean_title(self) -> ProductTitle | None:
        pk = self.cleaned_data["title"]
        if not pk:
            return None
        title = ProductTitle.objects.filter(store=self.store, pk=pk).first()
        if title is None:
            raise forms.ValidationError(_("This product is not here."))
        return title


_NOTHING = Q()


class CaseFilter:
    """One tab of the queue and what narrows it; `where` is its condition on the cases of the tab."""

    def __init__(self, data: QueryDict, *, store: Store) -> None:
        self.data, self.store = data, store

    @cached_property
    def form(self) -> CaseForm | None:
        """Return the form that reads the filter; none where there is nothing to read."""
        is_plain = self.data.get("queue", "") in {"", *TABS} and not any(self.data.get(name) for name in NARROWING)
        return None if is_plain else CaseForm(self.data, store=self.store)

    @property
    def errors(self) -> Mapping[str, Any]:
        return self.form.errors if self.form else {}

    def is_valid(self) -> bool:
        return not self.errors

    @property
    def shown_tab(self) -> str:
        """Return the tab to show: the first one when none, or none of ours, is named."""
        chosen = self.data.get("queue", "")
        return chosen if chosen in TABS else FIRST_TAB

    @cached_property
    def values(self) -> dict[str, Any]:
        """Return what narrows the list, as far as it could be read."""
        if self.form is None:
            return {}
        self.form.is_valid()
        found = {name: self.form.cleaned_data.get(name) for name in NARROWING}
        return {name: value for name, value in found.items() if value not in {None, ""}}

    @cached_property
    def where(self) -> Q:
        """Return the condition on the tab's cases; nothing fits when a value cannot be read."""
        if not self.is_valid():
            return Q(pk__in=[])
        if not self.values:
            return _NOTHING
        values = {name: getattr(value, "pk", value) for name, value in self.values.items()}
        return find_cases(self.store, Wanted(**values))

    def query(self, **changes: str) -> str:
        """Return the filter as a query string: its identity, without place; a parameter changed to "" is left out."""
        given = {name: self.data.get(name, "") for name in PARAMETERS} | {"queue": self.shown_tab} | changes
        return urlencode({name: value for name, value in given.items() if value})

    def chips(self, path: str) -> list[Chip]:
        """Return what narrows the list in words, each with the list without it."""
        return [
            Chip(
                label=_chip_text(str(label_of(name)), name, value),
                remove_url=f"{path}?{self.query(**{name: ''})}",
            )
            for name, value in self.values.items()
        ]


def label_of(name: str) -> Any:
    return CaseForm.base_fields[name].label


def _chip_text(label: str, name: str, value: Any) -> str:
    if isinstance(value, date):
        value = value.isoformat()
    if isinstance(value, Decimal):
        value = money_text(value)
    labels = {"kind": RefundKind, "reason_kind": ReasonKind}
    if name in labels:
        value = labels[name](value).label
    return f"{label}: {value}"
