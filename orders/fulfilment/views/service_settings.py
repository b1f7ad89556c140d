"""The store's services by address, each with the open orders that it is arranged for."""

from typing import Any
from urllib.parse import urlencode

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
from orders.core.services import OrderError
from orders.fulfilment.models import LocalService
from orders.fulfilment.queries.local_services import CAP, count_arranged
from orders.fulfilment.services.local_services import delete_service, save_service

INVALID = 422


class ServiceForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Service"), max_length=40, help_text=gettext_lazy("Orders are tagged with this name.")
    )
    places = forms.CharField(
        label=gettext_lazy("Places, one a line"), max_length=12_000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("A province, with city and district if you like: 广东, 广东 深圳, 广东 深圳 南山."),
    )  # fmt: skip
    product_codes = forms.CharField(
        label=gettext_lazy("Only for these merchant codes"), max_length=20_000, required=False,
        help_text=gettext_lazy("Parted by commas or lines; empty: for every product."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    is_active = forms.BooleanField(label=gettext_lazy("On"), required=False, initial=True)

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        codes = data["product_codes"].replace("，", ",").replace("\n", ",").split(",")
        return data | {"places": data["places"].splitlines(), "product_codes": codes}


@require_http_methods(["GET", "POST"])
@requires(Right.MANAGE_STORE)
def service_settings(request: StoreRequest) -> HttpResponse:
    """Show the services and a form for one; `edit` names which."""
    service = _edited(request)
    if request.method != "POST":
        return _page(request, ServiceForm(initial=_initial(service)), service)
    form = ServiceForm(request.POST)
    if form.is_valid():
        try:
            saved = save_service(
                store=request.store, actor=request.user, at=timezone.now(),
                service_id=service.pk if service else None, **form.values(),
            )  # fmt: skip
        except OrderError as error:
            form.add_error(None, str(error))
        else:
            notify(request, _("“%(name)s” is saved. Orders are tagged within a minute.") % {"name": saved.name})
            return HttpResponseRedirect(reverse("contacting:service-settings"))
    return _page(request, form, service, status=INVALID)


def _edited(request: StoreRequest) -> LocalService | None:
    text = request.GET.get("edit", "")
    if not text:
        return None
    is_key = text.isascii() and text.isdigit() and len(text) < 19  # noqa: PLR2004 -- bigint
    service = LocalService.objects.filter(store=request.store, pk=int(text)).first() if is_key else None
    if service is None:
        raise Http404
    return service


def _initial(service: LocalService | None) -> dict[str, Any] | None:
    if service is None:
        return None
    return {
        "name": service.name, "places": "\n".join(service.places), "product_codes": ", ".join(service.product_codes),
        "is_active": service.is_active,
    }  # fmt: skip


def _page(request: StoreRequest, form: ServiceForm, service: LocalService | None, *, status: int = 200) -> HttpResponse:
    services = LocalService.objects.filter(store=request.store).order_by("name")
    context = {
        "active_nav": "settings",
        "form": form,
        "service": service,
        "rows": [_row(request, one) for one in services[:200]],
    }
    return render(request, "fulfilment/service_settings.html", context, status=status)


def _row(request: StoreRequest, service: LocalService) -> dict[str, Any]:
    """Return a service with the queue of its open orders and how many these are."""
    count = count_arranged(request.store, service.name)
    query = urlencode({"queue": "pending_shipment", "tag": service.name})
    url = f"{reverse('desk:order-list')}?{query}"
    return {"service": service, "url": url, "count": min(count, CAP), "is_capped": count > CAP}


@require_POST
@requires(Right.MANAGE_STORE)
def service_delete(request: StoreRequest, pk: int) -> HttpResponse:
    try:
        delete_service(store=request.store, service_id=pk, actor=request.user, at=timezone.now())
    except LocalService.DoesNotExist as error:
        raise Http404 from error
    notify(request, _("The service is gone. The tags of orders stay."))
    return HttpResponseRedirect(reverse("contacting:service-settings"))
