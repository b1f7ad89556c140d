"""What the acts on invoices ask for."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from orders.core.models import Order
from orders.core.statuses import ContactChannel
from orders.fulfilment.couriers import COURIERS
from orders.fulfilment.models import InvoiceRequest
from orders.fulfilment.models.invoices import invoice_limit
from orders.fulfilment.queries.invoices import InvoiceRow
from orders.fulfilment.services.invoices import details_question
from orders.fulfilment.statuses import STAFF_VOID_REASONS, InvoiceState, VoidReason


class RequestForm(forms.Form):
    """Who the invoice is for, and over how much; there is nothing to charge for it."""

    kind = forms.ChoiceField(
        label=gettext_lazy("For"), choices=InvoiceRequest.Kind.choices, widget=forms.RadioSelect, required=True
    )
    title = forms.CharField(label=pgettext_lazy("invoice", "Title"), max_length=120, required=False)
    tax_number = forms.CharField(
        label=gettext_lazy("Tax number"), max_length=40, required=False,
        help_text=gettext_lazy("18 characters, for a company. It may follow later: then it is marked to be asked for."),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "characters"}),
    )  # fmt: skip
    amount = forms.DecimalField(label=gettext_lazy("Amount"), max_digits=12, decimal_places=2)
    is_electronic = forms.TypedChoiceField(
        label=gettext_lazy("Form"), coerce=lambda value: value == "1",
        choices=[("1", gettext_lazy("Electronic")), ("0", gettext_lazy("On paper, mailed at the shop's cost"))],
    )  # fmt: skip
    remark = forms.CharField(label=gettext_lazy("Remark"), max_length=200, required=False)

    def __init__(self, *args: Any, request: InvoiceRequest | None = None, order: Order, **kwargs: Any) -> None:
        kwargs.setdefault("initial", _initial(request, order))
        super().__init__(*args, **kwargs)


def _initial(request: InvoiceRequest | None, order: Order) -> dict[str, Any]:
    if request is None:
        return {
            "kind": InvoiceRequest.Kind.PERSON.value, "title": order.invoice_title, "amount": invoice_limit(order),
            "is_electronic": "1",
        }  # fmt: skip
    names = ("kind", "title", "tax_number", "amount", "remark")
    return {name: getattr(request, name) for name in names} | {"is_electronic": str(int(request.is_electronic))}


class ActForm(forms.Form):
    """Base of the acts on a request."""

    def __init__(self, *args: Any, request: InvoiceRequest, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class IssueForm(ActForm):
    invoice_number = forms.CharField(
        label=gettext_lazy("Invoice number"), max_length=60,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autofocus": True}),
    )  # fmt: skip
    is_electronic = forms.TypedChoiceField(
        label=gettext_lazy("Form"), coerce=lambda value: value == "1",
        choices=[("1", gettext_lazy("Electronic")), ("0", gettext_lazy("On paper, mailed at the shop's cost"))],
    )  # fmt: skip

    def __init__(self, *args: Any, request: InvoiceRequest, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"is_electronic": str(int(request.is_electronic))})
        super().__init__(*args, request=request, **kwargs)


class MailForm(ActForm):
    courier = forms.ChoiceField(
        label=gettext_lazy("Courier"), choices=[(courier.code, courier.name) for courier in COURIERS]
    )
    tracking_number = forms.CharField(
        label=gettext_lazy("Tracking number"), max_length=60, widget=forms.TextInput(attrs={"spellcheck": "false"})
    )


class VoidForm(ActForm):
    """Only what the order allows is offered: again, or not at all after a refund in full."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Why?"), choices=[(reason.value, reason.label) for reason in STAFF_VOID_REASONS],
        widget=forms.RadioSelect,
    )  # fmt: skip

    def __init__(self, *args: Any, request: InvoiceRequest, order: Order, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"reason": fitting_reason(request)})
        super().__init__(*args, request=request, order=order, **kwargs)


def fitting_reason(request: InvoiceRequest | InvoiceRow) -> str:
    """Return why this request may be made void now; empty: it may not."""
    if invoice_limit(request.order) <= 0:
        return VoidReason.REFUNDED.value
    return VoidReason.REISSUE.value if request.state in {InvoiceState.ISSUED, InvoiceState.MAILED} else ""


class AskForm(ActForm):
    channel = forms.ChoiceField(label=gettext_lazy("Channel"), choices=ContactChannel.choices)
    text = forms.CharField(
        label=gettext_lazy("What the buyer is asked"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, request: InvoiceRequest, order: Order, **kwargs: Any) -> None:
        request.order = order
        text = details_question(request) or _("Hello! About the invoice of your order %(number)s: ") % {
            "number": order.number
        }
        kwargs.setdefault("initial", {"text": text, "channel": ContactChannel.CHAT.value})
        super().__init__(*args, request=request, order=order, **kwargs)
