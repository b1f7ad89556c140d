"""The store's texts to buyers, and whether it writes to them at all."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.toasts import notify
from orders.core.models import Order
from orders.core.services import OrderError
from orders.fulfilment.models import MessageTemplate
from orders.fulfilment.services.messages import (
    VARIABLES,
    delete_template,
    prepare_message,
    save_template,
    sender_of,
    switch_messages,
)
from orders.fulfilment.statuses import MessagePurpose

INVALID = 422


class TemplateForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    purpose = forms.ChoiceField(label=gettext_lazy("Message about"), choices=MessagePurpose.choices)
    text = forms.CharField(label=gettext_lazy("Text"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}))
    is_active = forms.BooleanField(label=gettext_lazy("On"), required=False)


@require_http_methods(["GET", "POST"])
@requires(Right.MANAGE_STORE)
def message_settings(request: StoreRequest) -> HttpResponse:
    """Show the texts and a form for one; `edit` names which."""
    template = _edited(request)
    if request.method != "POST":
        return _page(request, TemplateForm(initial=_initial(template)), template)
    form = TemplateForm(request.POST)
    if form.is_valid():
        try:
            saved = save_template(
                store=request.store, actor=request.user, at=timezone.now(),
                template_id=template.pk if template else None, **form.cleaned_data,
            )  # fmt: skip
        except OrderError as error:
            form.add_error(None, str(error))
        else:
            notify(request, _("The text “%(name)s” is saved.") % {"name": saved.name})
            return HttpResponseRedirect(f"{reverse('contacting:message-settings')}?edit={saved.pk}")
    return _page(request, form, template, status=INVALID)


def _edited(request: StoreRequest) -> MessageTemplate | None:
    text = request.GET.get("edit", "")
    if not text:
        return None
    is_key = text.isascii() and text.isdigit() and len(text) < 19  # noqa: PLR2004 -- bigint
    template = MessageTemplate.objects.filter(store=request.store, pk=int(text)).first() if is_key else None
    if template is None:
        raise Http404
    return template


def _initial(template: MessageTemplate | None) -> dict[str, Any] | None:
    names = ("name", "purpose", "text", "is_active")
    return {name: getattr(template, name) for name in names} if template else None


def _page(
    request: StoreRequest, form: TemplateForm, template: MessageTemplate | None, *, status: int = 200
) -> HttpResponse:
    context = {
        "active_nav": "settings",
        "form": form,
        "template_row": template,
        "preview": _preview(request, template) if template else "",
        "rows": list(MessageTemplate.objects.filter(store=request.store).order_by("purpose", "name")[:200]),
        "variables": [f"{{{name}}}" for name in VARIABLES],
        "is_on": request.store.sends_messages,
        "has_sender": sender_of(request.store) is not None,
    }
    return render(request, "fulfilment/message_settings.html", context, status=status)


def _preview(request: StoreRequest, template: MessageTemplate) -> str:
    """Return the text as the buyer of the newest order would get it."""
    order = Order.objects.for_store(request.store).order_by("-placed_at", "-pk").first()
    if order is None:
        return template.text
    order.store = request.store
    return prepare_message(order, template)


@require_POST
@requires(Right.MANAGE_STORE)
def messages_switch(request: StoreRequest) -> HttpResponse:
    is_on = request.POST.get("on") == "1"
    switch_messages(store=request.store, is_on=is_on, actor=request.user, at=timezone.now())
    notify(request, _("Messages to buyers are on.") if is_on else _("Messages to buyers are off."))
    return HttpResponseRedirect(reverse("contacting:message-settings"))


@require_POST
@requires(Right.MANAGE_STORE)
def template_delete(request: StoreRequest, pk: int) -> HttpResponse:
    try:
        delete_template(store=request.store, template_id=pk, actor=request.user, at=timezone.now())
    except MessageTemplate.DoesNotExist as error:
        raise Http404 from error
    notify(request, _("The text is gone. Messages written with it stay."))
    return HttpResponseRedirect(reverse("contacting:message-settings"))
