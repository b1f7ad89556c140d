"""Acts on invoices: ask what they need, do them, answer in place; 422 keeps what was typed."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.common.access import Right, requires
from backoffice.common.display import money_text
from backoffice.common.middleware import StoreRequest
from backoffice.common.toasts import notify
from backoffice.common.web import wants_partial
from orders.core.models import Order
from orders.core.services import OrderError
from orders.fulfilment.models import InvoiceRequest
from orders.fulfilment.services.invoices import (
    ask_for_details,
    change_invoice,
    issue_invoice,
    mail_invoice,
    request_invoice,
    void_invoice,
)
from orders.fulfilment.views.invoice_forms import AskForm, IssueForm, MailForm, RequestForm, VoidForm
from orders.fulfilment.views.invoices import may_do, order_of

INVALID, CONFLICT = 422, 409
_GATES = {"hold", "field"}


@dataclass(frozen=True, slots=True)
class InvoiceAct:
    """One act: its words, its form, and what does it."""

    heading: Any
    submit: Any
    done: Any
    form: Callable[..., forms.Form]
    run: Callable[..., Any]


ACTS = {
    "change": InvoiceAct(
        gettext_lazy("Change the invoice request"), gettext_lazy("Save"),
        gettext_lazy("The invoice request of order %(number)s was changed."), RequestForm, change_invoice,
    ),
    "issue": InvoiceAct(
        gettext_lazy("Write down the issued invoice"), gettext_lazy("It is issued"),
        gettext_lazy("The invoice of order %(number)s is issued."), IssueForm, issue_invoice,
    ),
    "mail": InvoiceAct(
        gettext_lazy("Mail the invoice"), gettext_lazy("It is mailed"),
        gettext_lazy("The invoice of order %(number)s is on its way."), MailForm, mail_invoice,
    ),
    "void": InvoiceAct(
        gettext_lazy("Make the invoice void"), gettext_lazy("Make void"),
        gettext_lazy("The invoice of order %(number)s is void."), VoidForm, void_invoice,
    ),
    "ask": InvoiceAct(
        gettext_lazy("Ask the buyer"), gettext_lazy("The buyer was asked"),
        gettext_lazy("The question to the buyer of order %(number)s is written down."), AskForm, ask_for_details,
    ),
}  # fmt: skip
_NEW = InvoiceAct(
    gettext_lazy("The buyer wants an invoice"), gettext_lazy("Put it into the queue"),
    gettext_lazy("The invoice of order %(number)s is in the queue."), RequestForm, request_invoice,
)  # fmt: skip


@requires(Right.WORK_ORDERS, Right.EXPORT)
def invoice_act(request: StoreRequest, pk: int, act: str) -> HttpResponse:
    """GET asks what the act needs, POST does it."""
    invoice = InvoiceRequest.objects.for_store(request.store).select_related("order").filter(pk=pk).first()
    chosen = ACTS.get(act)
    if invoice is None or chosen is None:
        raise Http404
    if not may_do(request, act):
        raise PermissionDenied(_("Your role does not include this."))
    invoice.order.store = request.store
    url = reverse("fulfilment:invoice-act", args=[pk, act])
    return _handle(request, chosen, invoice.order, invoice, url)


@requires(Right.WORK_ORDERS)
def invoice_new(request: StoreRequest, number: str) -> HttpResponse:
    """Ask for the invoice of an order by hand."""
    order = order_of(request, number)
    return _handle(request, _NEW, order, None, reverse("fulfilment:invoice-new", args=[number]))


def _handle(
    request: StoreRequest, act: InvoiceAct, order: Order, invoice: InvoiceRequest | None, url: str
) -> HttpResponse:
    given = {"request": invoice, "order": order}
    if request.method != "POST":
        return _ask(request, act, order, invoice, act.form(**given), url)
    form = act.form(request.POST, **given)
    if not form.is_valid():
        return _ask(request, act, order, invoice, form, url, status=INVALID)
    try:
        made = act.run(**_call(request, order, invoice), **form.cleaned_data)
    except OrderError as error:
        form.add_error(None, str(error))
        return _ask(request, act, order, invoice, form, url, status=INVALID if error.code in _GATES else CONFLICT)
    _tell(request, act, order, invoice, made)
    return _go_on(request, order)


def _call(request: StoreRequest, order: Order, invoice: InvoiceRequest | None) -> dict[str, Any]:
    call: dict[str, Any] = {"store": request.store, "actor": request.user, "at": timezone.now()}
    if invoice is None:
        return call | {"order_id": order.pk}
    version = request.POST.get("version", "")
    is_number = version.isascii() and version.isdigit() and len(version) < 10  # noqa: PLR2004 -- an integer column
    is_asking = request.path.endswith("/ask/")
    return call | {"invoice_id": invoice.pk} | ({"version": int(version)} if is_number and not is_asking else {})


def _tell(request: StoreRequest, act: InvoiceAct, order: Order, before: InvoiceRequest | None, made: Any) -> None:
    """Say that it is done, and what to look at: a lowered amount, a number that nothing can check."""
    text, level = str(act.done) % {"number": order.number}, "success"
    if isinstance(made, InvoiceRequest):
        if act is ACTS["issue"] and before is not None and made.amount < before.amount:
            text += " " + _("Write it over %(amount)s: the rest was refunded.") % {"amount": money_text(made.amount)}
            level = "warning"
        if made.needs_details:
            text += " " + _("Something is still to be asked for.")
            level = "warning"
    notify(request, text, level=level)


def _go_on(request: StoreRequest, order: Order) -> HttpResponse:
    if not wants_partial(request):
        return HttpResponseRedirect(reverse("desk:order-detail", args=[order.number]))
    events = {"list-changed": True, "order-changed": True, "counts-changed": True}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(events)})


def _ask(
    request: StoreRequest, act: InvoiceAct, order: Order, invoice: InvoiceRequest | None, form: forms.Form, url: str,
    *, status: int = 200,
) -> HttpResponse:  # fmt: skip
    """Show the form: as a dialog, as the body of the open one, or as a page of its own without script."""
    is_open = wants_partial(request) and request.POST.get("in_dialog") == "1"
    context = {
        "active_nav": "invoices", "act": act, "heading": act.heading, "submit": act.submit, "order": order,
        "invoice": invoice, "form": form, "action_url": url, "in_dialog": wants_partial(request),
        "back_url": reverse("desk:order-detail", args=[order.number]), "is_void": act is ACTS["void"],
    }  # fmt: skip
    response = render(request, _template(request, is_open=is_open), context, status=status)
    if wants_partial(request):
        response.headers["HX-Retarget"] = "#act-form" if is_open else "#dialog-slot"
        response.headers["HX-Reswap"] = "outerHTML" if is_open else "innerHTML"
    patch_vary_headers(response, ["HX-Request"])
    return response


def _template(request: StoreRequest, *, is_open: bool) -> str:
    if not wants_partial(request):
        return "fulfilment/invoice_act.html"
    return "fulfilment/_invoice_act_form.html" if is_open else "fulfilment/_invoice_act_dialog.html"
