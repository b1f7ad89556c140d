"""What deciding a case asks for."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersales.refunds.forms.base import FOCUS, IMAGES, ActForm
from aftersales.refunds.models import Refund, RefundPolicy, ReturnAddress
from aftersales.refunds.queries import refundable_of
from aftersales.refunds.services import agreed_before, limit_sentence
from aftersales.refunds.services.decisions import LONGEST, SHORTEST
from aftersales.refunds.statuses import MONEY_KINDS, RETURN_KINDS, FreightPayer
from backoffice.common.display import money_text

REASONS = (
    gettext_lazy("Outside the return window"),
    gettext_lazy("Used, washed or without its tags"),
    gettext_lazy("The fault cannot be seen on the pictures"),
    gettext_lazy("Signed for; the courier confirms the delivery"),
    gettext_lazy("What came back is not what was sent"),
    gettext_lazy("Other terms were agreed with the buyer"),
)


def reason_field(label: Any) -> forms.CharField:
    return forms.CharField(label=label, min_length=2, max_length=300, widget=forms.TextInput(attrs=dict(FOCUS)))


def limit_text(refund: Refund, policy: RefundPolicy) -> str:
    """Say from which amount on a second person must agree: less, where other cases of the order took of it."""
    limit, before = policy.approval_above, agreed_before(refund, timezone.now())
    if not before:
        return _("Above %(limit)s a second person must agree.") % {"limit": money_text(limit)}
    values = {
        "limit": money_text(limit),
        "before": money_text(before),
        "left": money_text(max(limit - before, Decimal(0))),
    }
    return _(
        "Other cases of the order took %(before)s of the limit of %(limit)s: above %(left)s a second person must agree."
    ) % values  # fmt: skip


class AgreeForm(ActForm):
    answers = True
    amount = forms.DecimalField(
        label=gettext_lazy("Amount to give back"), max_digits=12, decimal_places=2, min_value=Decimal("0.01"),
        widget=forms.NumberInput(attrs={"step": "0.01", "inputmode": "decimal", **FOCUS}),
    )  # fmt: skip
    return_address = forms.ChoiceField(label=gettext_lazy("Goods come back to"), required=False)
    freight_payer = forms.ChoiceField(label=gettext_lazy("Return freight"), required=False)
    text = forms.CharField(
        label=gettext_lazy("Words to the buyer"), required=False, max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def prepare(self) -> None:
        refund = self.situation.refund
        if refund.kind in MONEY_KINDS:
            self.fields["amount"].initial = refund.amount
            self.fields["amount"].help_text = self._amount_help()
        else:
            del self.fields["amount"]
        if refund.kind in RETURN_KINDS:
            self._prepare_return()
        else:
            del self.fields["return_address"], self.fields["freight_payer"]

    def _amount_help(self) -> str:
        refund, policy = self.situation.refund, self.situation.policy
        asked = _("Asked for: %(amount)s; a part of it is possible.") % {"amount": money_text(refund.amount)}
        return f"{asked} {limit_text(refund, policy)}"

    def _prepare_return(self) -> None:
        refund, finding = self.situation.refund, self.situation.finding
        addresses = ReturnAddress.objects.for_store(refund.store).filter(is_active=True)
        rows = list(addresses.order_by("-is_default", "name", "pk").values_list("pk", "name", "shown"))
        self.choices_of("return_address", [(pk, f"{name} · {shown}") for pk, name, shown in rows])
        if not rows:
            self.choices_of("return_address", [("", _("none saved yet"))])
            self.fields["return_address"].help_text = _("The shop has no return address: add one in the settings.")
        self.choices_of("freight_payer", FreightPayer.choices)
        by_rule = finding.freight_payer if finding else ""
        self.fields["freight_payer"].initial = refund.freight_payer or by_rule
        self.fields["freight_payer"].help_text = finding.freight if finding else ""

    def values(self) -> dict[str, Any]:
        address = self.cleaned_data.get("return_address")
        return {
            "amount": self.cleaned_data.get("amount"),
            "return_address_id": int(address) if address else None,
            "freight_payer": self.cleaned_data.get("freight_payer", ""),
            "text": self.cleaned_data["text"],
        }


class RefuseForm(ActForm):
    answers = True
    template = "refunds/_refuse_fields.html"
    reason = forms.CharField(
        label=gettext_lazy("Reason"), min_length=2, max_length=300,
        widget=forms.TextInput(attrs={"list": "refusal-reasons", "autocomplete": "off", **FOCUS}),
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("Explanation to the buyer"), min_length=SHORTEST, max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("2 to 200 characters, as the platform takes them."),
    )  # fmt: skip
    proof = forms.FileField(
        label=gettext_lazy("Picture as proof"), widget=forms.ClearableFileInput(attrs={"accept": IMAGES})
    )
    reasons = REASONS


class ReasonForm(ActForm):
    """Declining a proposal; withdrawing."""

    reason = reason_field(gettext_lazy("Reason"))


class ApproveForm(ActForm):
    answers = True

    @property
    def hints(self) -> list[str]:
        refund = self.situation.refund
        if refund.proposed is None:
            return []
        values = {"who": refund.proposed_by, "amount": money_text(refund.proposed), "asked": money_text(refund.amount)}
        why = limit_sentence(refund, refund.proposed, self.situation.policy, at=timezone.now())
        return [_("%(who)s proposes %(amount)s of %(asked)s that were asked for.") % values, why]


class TurnForm(ActForm):
    amount = forms.DecimalField(
        label=gettext_lazy("Amount that the case asks for then"), max_digits=12, decimal_places=2,
        min_value=Decimal("0.01"), widget=forms.NumberInput(attrs={"step": "0.01", "inputmode": "decimal", **FOCUS}),
    )  # fmt: skip

    def prepare(self) -> None:
        refund = self.situation.refund
        most = refundable_of(refund.order, refund.line, besides=refund)
        self.fields["amount"].initial = most
        self.fields["amount"].help_text = _("At most %(amount)s.") % {"amount": money_text(most)}
