"""Greetings: a segment of buyers who agreed, how many these are, and the job that writes to them."""

from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.toasts import notify
from orders.core.services import OrderError
from orders.fulfilment.models import MessageTemplate
from orders.fulfilment.services.messages import GREETED_AT_MOST, Segment, count_segment, create_greetings, sender_of
from orders.fulfilment.statuses import MessagePurpose

INVALID = 422


class GreetingForm(forms.Form):
    template_id = forms.TypedChoiceField(label=gettext_lazy("Greeting"), coerce=int, choices=[])
    code = forms.CharField(label=gettext_lazy("Bought the merchant code"), max_length=100, required=False)
    first = forms.DateField(
        label=gettext_lazy("Last order from"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    last = forms.DateField(
        label=gettext_lazy("Last order to"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, templates: list[MessageTemplate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["template_id"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101 -- tells the type checker
        field.choices = [(template.pk, f"{template.name}: {template.text}") for template in templates]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and self.segment().is_empty:
            raise forms.ValidationError(_("Say what or when these buyers bought."))
        if data.get("first") and data.get("last") and data["first"] > data["last"]:
            self.add_error("last", _("This is before where the range begins."))
        return data

    def segment(self) -> Segment:
        data = self.cleaned_data
        return Segment(code=(data.get("code") or "").strip(), first=data.get("first"), last=data.get("last"))


@require_http_methods(["GET", "POST"])
@requires(Right.MANAGE_STORE)
def greetings(request: StoreRequest) -> HttpResponse:
    """Count the segment first; the same form sent with `act=write` starts the job."""
    templates = list(
        MessageTemplate.objects.filter(store=request.store, purpose=MessagePurpose.GREETING, is_active=True).order_by(
            "name"
        )[:100]
    )
    if request.method != "POST":
        return _page(request, GreetingForm(templates=templates))
    form = GreetingForm(request.POST, templates=templates)
    if not form.is_valid():
        return _page(request, form, status=INVALID)
    if request.POST.get("act") != "write":
        return _page(request, form, count=count_segment(request.store, form.segment()))
    try:
        create_greetings(
            store=request.store, template_id=form.cleaned_data["template_id"], segment=form.segment(),
            actor=request.user, at=timezone.now(),
        )  # fmt: skip
    except OrderError as error:
        form.add_error(None, str(error))
        return _page(request, form, status=INVALID)
    notify(request, _("The greetings are being written. Each buyer gets one."))
    return HttpResponseRedirect(reverse("fulfilment:message-list"))


def _page(request: StoreRequest, form: GreetingForm, *, count: int | None = None, status: int = 200) -> HttpResponse:
    context = {
        "active_nav": "orders",
        "form": form,
        "count": count,
        "is_capped": count is not None and count >= GREETED_AT_MOST,
        "is_on": request.store.sends_messages,
        "has_sender": sender_of(request.store) is not None,
        "has_texts": bool(getattr(form.fields["template_id"], "choices", ())),
    }
    return render(request, "fulfilment/greetings.html", context, status=status)
