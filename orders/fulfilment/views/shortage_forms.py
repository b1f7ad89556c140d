"""Forms about a shortage."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from backoffice.common.quick_select import QuickSelect
from orders.core.spec_words import spec_values
from orders.core.statuses import ContactChannel
from orders.fulfilment.models import Sku

_ANSWER = gettext_lazy("What the buyer answered")


class AskForm(forms.Form):
    channel = forms.ChoiceField(label=gettext_lazy("Channel"), choices=ContactChannel.choices, widget=QuickSelect)
    text = forms.CharField(
        label=gettext_lazy("What the buyer was asked"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )


class AnswerForm(forms.Form):
    answer = forms.CharField(label=_ANSWER, max_length=200)


class RefundForm(AnswerForm):
    pass


class WaitForm(AnswerForm):
    expected_on = forms.DateField(
        label=gettext_lazy("Stock is expected on"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    field_order = ("expected_on", "answer")


class ExchangeForm(AnswerForm):
    """Choose among the free skus of the same product, or name another product's merchant code."""

    sku_code = forms.ChoiceField(label=gettext_lazy("Ship instead"), choices=[], required=False, widget=QuickSelect)
    other_code = forms.CharField(label=gettext_lazy("Or another merchant code"), max_length=100, required=False)
    field_order = ("sku_code", "other_code", "answer")

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["sku_code"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- tells the type checker
        field.choices = [("", "—"), *choices]

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {"sku_code": data["other_code"].strip() or data["sku_code"], "answer": data["answer"]}


def sku_choice(sku: Sku, free: str) -> tuple[str, str]:
    return sku.code, " · ".join(filter(None, [sku.code, spec_values(sku.spec), free]))
