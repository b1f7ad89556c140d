"""What opening a case asks for, for a buyer who asked by other ways than the platform's."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from aftersales.refunds.queries import refundable_of
from aftersales.refunds.statuses import MONEY_KINDS, GoodsState, ReasonKind, RefundKind
from backoffice.common.display import money_text
from orders.core.models import Order

_MONEY = forms.NumberInput(attrs={"step": "0.01", "inputmode": "decimal"})


class OpenForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("What the buyer wants"), choices=RefundKind.choices)
    line = forms.ChoiceField(label=gettext_lazy("Which goods"), required=False)
    quantity = forms.IntegerField(label=gettext_lazy("Pieces"), required=False, min_value=1, max_value=10_000)
    amount = forms.DecimalField(
        label=gettext_lazy("Amount asked for"), required=False, max_digits=12, decimal_places=2, min_value=Decimal(0),
        widget=_MONEY,
    )  # fmt: skip
    freight = forms.DecimalField(
        label=gettext_lazy("Freight in it"), required=False, max_digits=12, decimal_places=2, min_value=Decimal(0),
        widget=_MONEY,
    )  # fmt: skip
    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=ReasonKind.choices)
    goods = forms.ChoiceField(label=pgettext_lazy("after-sales", "Goods"), required=False, choices=GoodsState.choices)
    text = forms.CharField(
        label=gettext_lazy("The buyer's words"), required=False, max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    number = forms.CharField(
        label=gettext_lazy("Case number of the platform"), required=False, max_length=64,
        help_text=gettext_lazy("Empty: a number is made here."),
    )  # fmt: skip

    def __init__(self, order: Order, data: Any = None) -> None:
        super().__init__(data)
        self.order = order
        lines = list(order.lines.select_related("title").order_by("position", "pk"))
        field = self.fields["line"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 # nosec B101 # for the type checker
        named = [(line.pk, f"{line.title.text} {line.shown_spec} ×{line.quantity}"[:120]) for line in lines]
        field.choices = [("", _("the whole order")), *named]
        if len(lines) == 1:
            field.initial = lines[0].pk
        most = money_text(refundable_of(order))
        self.fields["amount"].help_text = _("At most %(amount)s; nothing for kinds without money.") % {"amount": most}

    def clean_number(self) -> str:
        number = str(self.cleaned_data["number"])
        has_digit = any(character.isdecimal() for character in number)
        plain = number.isascii() and number.replace("-", "").replace("_", "").isalnum()
        if number and not (plain and has_digit):
            raise forms.ValidationError(_("A case number has letters, digits, - and _, and at least one digit."))
        return number

    def values(self) -> dict[str, Any]:
        """Return the arguments of `open_case`; money that does not belong to the kind is left for it to refuse."""
        data = self.cleaned_data
        return {
            "kind": data["kind"],
            "line_id": int(data["line"]) if data["line"] else None,
            "quantity": data["quantity"],
            "amount": data["amount"] if data["amount"] is not None else self._whole(),
            "freight": data["freight"] or Decimal(0),
            "reason": data["reason"],  # the name of a kind: pages show it in the reader's language
            "goods": data["goods"],
            "text": data["text"],
            "number": data["number"],
        }

    def _whole(self) -> Decimal:
        """Return all that may be given back where no amount was named."""
        if self.cleaned_data["kind"] not in MONEY_KINDS:
            return Decimal(0)
        pk = self.cleaned_data["line"]
        line = self.order.lines.filter(pk=int(pk)).first() if pk else None
        return refundable_of(self.order, line)
