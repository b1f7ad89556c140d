"""What the acts on goods ask for."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from aftersales.refunds.forms.base import FOCUS, ActForm
from aftersales.refunds.services.decisions import LONGEST
from aftersales.refunds.services.goods import default_sku
from aftersales.refunds.statuses import MONEY_KINDS, ParcelDirection, RefundKind
from backoffice.common.display import money_text
from orders.fulfilment.couriers import COURIERS
from orders.fulfilment.models import Sku


class _ParcelForm(ActForm):
    courier = forms.ChoiceField(label=gettext_lazy("Courier"), required=False)
    tracking_number = forms.CharField(
        label=gettext_lazy("Tracking number"), max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", **FOCUS}),
    )  # fmt: skip

    def prepare(self) -> None:
        is_chinese = (get_language() or "").startswith("zh")
        couriers = [(one.code, one.name if is_chinese else one.english) for one in COURIERS]
        self.choices_of("courier", [("", _("Read it from the number")), *couriers])


class SendBackForm(_ParcelForm):
    """The buyer's parcel."""


class CorrectNumberForm(_ParcelForm):
    """The buyer's parcel, as it was written down."""

    def prepare(self) -> None:
        super().prepare()
        parcels = self.situation.refund.parcels.filter(direction=ParcelDirection.BACK).order_by("-pk")
        if (parcel := parcels.first()) is not None:
            self.fields["courier"].initial = parcel.courier
            self.fields["tracking_number"].initial = parcel.tracking_number


class SendOutForm(_ParcelForm):
    sku = forms.CharField(
        label=gettext_lazy("Merchant code of what is sent"), required=False, max_length=100,
        help_text=gettext_lazy("Its pieces leave the stock; empty: nothing of the shelf is sent."),
    )  # fmt: skip
    quantity = forms.IntegerField(label=gettext_lazy("Pieces"), min_value=1, max_value=10_000)

    def prepare(self) -> None:
        super().prepare()
        refund = self.situation.refund
        usual = None if refund.kind == RefundKind.REPAIR else default_sku(refund)
        self.fields["sku"].initial = usual.code if usual else ""
        self.fields["quantity"].initial = refund.quantity

    def clean_sku(self) -> int | None:
        code = self.cleaned_data["sku"].strip()
        if not code:
            return None
        pk = Sku.objects.filter(store=self.situation.store, code=code).values_list("pk", flat=True).first()
        if pk is None:
            raise ValidationError(_("The shop has no product with the code “%(code)s”."), params={"code": code})
        return pk

    def values(self) -> dict[str, Any]:
        return {("sku_id" if name == "sku" else name): value for name, value in self.cleaned_data.items()}


class ReceiveForm(ActForm):
    answers = True
    amount = forms.DecimalField(
        label=gettext_lazy("Amount to give back"), max_digits=12, decimal_places=2, min_value=Decimal("0.01"),
        widget=forms.NumberInput(attrs={"step": "0.01", "inputmode": "decimal", **FOCUS}),
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("Words to the buyer"), required=False, max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def prepare(self) -> None:
        refund = self.situation.refund
        if refund.kind not in MONEY_KINDS:
            del self.fields["amount"]
            return
        self.fields["amount"].initial = refund.refunded or refund.amount
        asked, limit = money_text(refund.amount), money_text(self.situation.policy.approval_above)
        values = {"asked": asked, "limit": limit}
        self.fields["amount"].help_text = (
            _("Asked for: %(asked)s; a part of it is possible. Above %(limit)s a second person must agree.") % values
        )

    @property
    def hints(self) -> list[str]:
        if self.situation.refund.inspected_at is not None:
            return []
        return [_("Nobody has inspected these goods yet.")]

    def values(self) -> dict[str, Any]:
        return {"amount": self.cleaned_data.get("amount"), "text": self.cleaned_data["text"]}
