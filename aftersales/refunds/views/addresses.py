"""Where buyers send goods back to: the shop's addresses, masked in the list, in clear in the form of one."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from aftersales.refunds.models import ReturnAddress
from aftersales.refunds.services import RefundError
from aftersales.refunds.services.goods import ReturnPlace, open_return_address, return_address_text, save_return_address
from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.toasts import notify
from backoffice.common.web import wants_partial
from orders.core.services import OrderError

INVALID, CONFLICT = 422, 409
_DIGITS = 18  # of a key


class AddressForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name of the address"), max_length=60,
        help_text=gettext_lazy("For colleagues, e.g. Warehouse Hangzhou."),
    )  # fmt: skip
    contact = forms.CharField(label=gettext_lazy("Who receives the parcels"), max_length=40)
    phone = forms.CharField(label=gettext_lazy("Phone number"), max_length=30)
    region = forms.CharField(
        label=gettext_lazy("Province, city, district"),
        max_length=60,
        help_text=gettext_lazy("As buyers write it, parted by spaces."),
    )
    street = forms.CharField(label=gettext_lazy("Street and number"), max_length=200)
    is_default = forms.BooleanField(
        label=gettext_lazy("The usual one: told to buyers when no other is chosen"), required=False
    )
    is_active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput, max_value=2**31 - 1)

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        place = ReturnPlace(data["contact"], data["phone"], data["region"], data["street"])
        return {name: data[name] for name in ("name", "is_default", "is_active", "version")} | {"place": place}


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Right.MANAGE_STORE)
def return_addresses(request: StoreRequest) -> HttpResponse:
    """Show the addresses and a form for one; `edit` names which."""
    address = _edited(request)
    if request.method != "POST":
        return _page(request, AddressForm(initial=_initial(request, address)), address)
    form = AddressForm(request.POST)
    status = INVALID
    if form.is_valid():
        try:
            saved = save_return_address(
                store=request.store, actor=request.user, at=timezone.now(),
                address_id=address.pk if address else None, **form.values(),
            )  # fmt: skip
        except OrderError as error:
            form.add_error(None, str(error))
            status = CONFLICT if error.code == "version" else INVALID
        else:
            notify(request, _("“%(name)s” is saved.") % {"name": saved.name})
            return HttpResponseRedirect(reverse("return_settings:addresses"))
    return _page(request, form, address, status=status)


def _edited(request: StoreRequest) -> ReturnAddress | None:
    text = request.GET.get("edit", "")
    if not text:
        return None
    is_key = text.isascii() and text.isdigit() and len(text) <= _DIGITS
    address = ReturnAddress.objects.for_store(request.store).filter(pk=int(text)).first() if is_key else None
    if address is None:
        raise Http404
    return address


def _initial(request: StoreRequest, address: ReturnAddress | None) -> dict[str, Any]:
    """Return what the form starts with; an address whose key is gone is written down again."""
    if address is None:
        return {"is_default": not ReturnAddress.objects.for_store(request.store).filter(is_active=True).exists()}
    values = {name: getattr(address, name) for name in ("name", "is_default", "is_active", "version")}
    try:
        return values | open_return_address(address)._asdict()
    except RefundError as error:
        notify(request, str(error), level="warning")
        return values


def _page(
    request: StoreRequest, form: AddressForm, address: ReturnAddress | None, *, status: int = 200
) -> HttpResponse:
    rows = ReturnAddress.objects.for_store(request.store).order_by("-is_active", "-is_default", "name")
    context = {"active_nav": "settings", "form": form, "address": address, "rows": list(rows)}
    return render(request, "refunds/address_list.html", context, status=status)


@never_cache
@require_GET
@requires(Right.WORK_REFUNDS)
def address_text(request: StoreRequest, pk: int) -> HttpResponse:
    """Show one address in clear, for whoever tells it to a buyer."""
    address = ReturnAddress.objects.for_store(request.store).filter(pk=pk).first()
    if address is None:
        raise Http404
    try:
        context: dict[str, Any] = {"text": return_address_text(address)}
    except RefundError as error:
        context = {"problem": str(error)}
    template = "refunds/_address_text.html" if wants_partial(request) else "refunds/address_text.html"
    response = render(request, template, {"active_nav": "aftersales", "address": address, **context})
    patch_vary_headers(response, ["HX-Request"])
    return response
