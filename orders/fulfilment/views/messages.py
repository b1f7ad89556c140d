"""Messages to buyers: the log of the store, and those of one order."""

import json
from typing import Any

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.paging import page_by_id
from backoffice.common.toasts import notify
from backoffice.common.web import wants_partial
from orders.core.models import Order
from orders.core.services import OrderError
from orders.fulfilment.models import BuyerConsent, Message, MessageTemplate
from orders.fulfilment.services.messages import (
    fitting_templates,
    prepare_message,
    record_message,
    sender_of,
    set_consent,
)
from orders.fulfilment.views.invoices import order_of

INVALID, CONFLICT = 422, 409
_GATES = {"hold", "field", "repeated"}


@require_GET
@requires(Right.VIEW_ORDERS)
def message_list(request: StoreRequest) -> HttpResponse:
    """Show what was written to buyers, the newest first."""
    messages = Message.objects.filter(store=request.store).select_related("order", "author")
    page = page_by_id(messages, request.GET)
    context = {
        "active_nav": "orders",
        "page": page,
        "rows": page.rows,
        "is_on": request.store.sends_messages,
        "has_sender": sender_of(request.store) is not None,
    }
    return render(request, "fulfilment/message_list.html", context)


@require_GET
@requires(Right.VIEW_ORDERS)
def order_messages(request: StoreRequest, number: str) -> HttpResponse:
    """Show the messages to the buyer of one order as a card; without script a page of its own."""
    order = order_of(request, number)
    context = {
        "active_nav": "orders",
        "order": order,
        "rows": list(order.messages.select_related("author").order_by("-pk")[:20]),
        "has_sender": sender_of(request.store) is not None,
        "consent": BuyerConsent.objects.filter(buyer=order.buyer_id).first() if order.buyer_id else None,
        "may_work": Right.WORK_ORDERS in request.rights,
        "may_write": Right.WORK_ORDERS in request.rights and request.store.sends_messages,
    }
    template = "fulfilment/_order_messages.html" if wants_partial(request) else "fulfilment/order_messages.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


class MessageForm(forms.Form):
    """Which of the texts that fit the order now; a second one about the same asks again."""

    template_id = forms.TypedChoiceField(
        label=gettext_lazy("Text"), coerce=int, choices=[], widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a text.")},
    )  # fmt: skip
    is_again = forms.BooleanField(label=gettext_lazy("Write again about the same"), required=False)

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["template_id"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101 -- tells the type checker
        field.choices = [(template.pk, _choice(order, template)) for template in fitting_templates(order)]


def _choice(order: Order, template: MessageTemplate) -> str:
    return f"{template.name}: {prepare_message(order, template)}"


@require_http_methods(["GET", "POST"])
@requires(Right.WORK_ORDERS)
def message_new(request: StoreRequest, number: str) -> HttpResponse:
    """Choose a text for the buyer of an order, read it, and have it written."""
    order = order_of(request, number)
    if request.method != "POST":
        return _ask(request, order, MessageForm(order=order))
    form = MessageForm(request.POST, order=order)
    if not form.is_valid():
        return _ask(request, order, form, status=INVALID)
    call: dict[str, Any] = {"store": request.store, "order_id": order.pk, "actor": request.user, "at": timezone.now()}
    try:
        message = record_message(**call, **form.cleaned_data)
    except OrderError as error:
        form.add_error(None, str(error))
        return _ask(request, order, form, status=INVALID if error.code in _GATES else CONFLICT)
    sent = sender_of(request.store) is not None
    notify(request, _("The message is on its way.") if sent else str(message.get_state_display()))
    return _go_on(request, order)


def _ask(request: StoreRequest, order: Order, form: MessageForm, *, status: int = 200) -> HttpResponse:
    is_open = wants_partial(request) and request.POST.get("in_dialog") == "1"
    field = form.fields["template_id"]
    context = {
        "active_nav": "orders",
        "order": order,
        "form": form,
        "has_texts": bool(getattr(field, "choices", ())),
        "is_on": request.store.sends_messages,
        "has_sender": sender_of(request.store) is not None,
        "in_dialog": wants_partial(request),
        "action_url": reverse("fulfilment:message-new", args=[order.number]),
        "back_url": reverse("desk:order-detail", args=[order.number]),
    }
    template = "fulfilment/_message_form.html" if is_open else "fulfilment/_message_dialog.html"
    response = render(
        request, template if wants_partial(request) else "fulfilment/message_new.html", context, status=status
    )
    if wants_partial(request):
        response.headers["HX-Retarget"] = "#act-form" if is_open else "#dialog-slot"
        response.headers["HX-Reswap"] = "outerHTML" if is_open else "innerHTML"
    patch_vary_headers(response, ["HX-Request"])
    return response


def _go_on(request: StoreRequest, order: Order) -> HttpResponse:
    if not wants_partial(request):
        return HttpResponseRedirect(reverse("desk:order-detail", args=[order.number]))
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps({"order-changed": True})})


@require_POST
@requires(Right.WORK_ORDERS)
def consent(request: StoreRequest, number: str) -> HttpResponse:
    """Write down whether the buyer of an order agreed to greetings."""
    order = order_of(request, number)
    if order.buyer_id is None:
        raise Http404
    is_given = request.POST.get("given") == "1"
    try:
        set_consent(
            store=request.store, buyer_id=order.buyer_id, is_given=is_given,
            evidence=request.POST.get("evidence", ""), actor=request.user, at=timezone.now(),
        )  # fmt: skip
    except OrderError as error:
        notify(request, str(error), level="warning")
    else:
        notify(request, _("The buyer agrees to greetings.") if is_given else _("The buyer gets no greetings."))
    return _go_on(request, order)
