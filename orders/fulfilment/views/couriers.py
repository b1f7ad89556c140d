"""The couriers of the store, and the numbers of their pools."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.quick_select import QuickSelect
from backoffice.common.toasts import notify
from orders.core.services import OrderError
from orders.fulfilment.couriers import COURIERS, courier_name
from orders.fulfilment.queries.courier_costs import Prices, courier_prices
from orders.fulfilment.queries.pools import low_pools
from orders.fulfilment.services.courier_prices import HIGHEST, read_province_prices, save_courier_prices
from orders.fulfilment.services.pools import PoolFacts, add_pool_numbers, pool_facts, save_courier_account

_REFUSED = 422
_MAX_TEXT = 400_000  # of pasted numbers


class CourierForm(forms.Form):
    courier = forms.ChoiceField(
        label=gettext_lazy("Courier"), choices=[(one.code, one.name) for one in COURIERS], widget=QuickSelect
    )
    warn_below = forms.IntegerField(
        label=gettext_lazy("Warn below, numbers"), min_value=0, max_value=1_000_000, initial=50
    )
    is_default = forms.BooleanField(label=gettext_lazy("Used unless the order names another"), required=False)
    is_active = forms.BooleanField(label=gettext_lazy("On"), required=False, initial=True)


class NumbersForm(forms.Form):
    """Numbers as a range, or as a pasted list."""

    courier = forms.ChoiceField(label=gettext_lazy("Courier"), choices=[], widget=QuickSelect)
    first = forms.CharField(label=gettext_lazy("First number"), max_length=80, required=False)
    last = forms.CharField(label=gettext_lazy("Last number"), max_length=80, required=False)
    listed = forms.CharField(
        label=gettext_lazy("Or a list, one number or range (YT0001 ~ YT0100) a line"), max_length=_MAX_TEXT,
        required=False, widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )  # fmt: skip

    def __init__(self, *args: Any, pools: list[PoolFacts], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["courier"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- tells the type checker
        field.choices = [(pool.account.courier, courier_name(pool.account.courier)) for pool in pools]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        has_range = bool(data.get("first") or data.get("last"))
        if not self.errors and has_range == bool(data.get("listed", "").strip()):
            raise forms.ValidationError(_("Give a first and a last number, or a list."))
        return data

    def numbers(self) -> str:
        data = self.cleaned_data
        return str(data["listed"].strip() or (f"{data['first']} ~ {data['last']}" if data["last"] else data["first"]))


class PricesForm(forms.Form):
    """What a courier takes for a parcel."""

    price = forms.DecimalField(
        label=gettext_lazy("Usual price of a parcel, yuan"), min_value=0, max_value=HIGHEST, decimal_places=2,
        required=False,
    )  # fmt: skip
    provinces = forms.CharField(
        label=gettext_lazy("Other prices, one a line: provinces and their price (新疆 西藏 18.00)"), max_length=2000,
        required=False, widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )  # fmt: skip

    def clean_provinces(self) -> dict[str, Decimal]:
        try:
            return read_province_prices(self.cleaned_data["provinces"])
        except OrderError as error:
            raise forms.ValidationError(str(error)) from error


@require_http_methods(["GET", "POST"])
@requires(Right.MANAGE_STORE)
def courier_list(request: StoreRequest) -> HttpResponse:
    """Show the couriers with what is left in their pools; a POST sets one up or changes it."""
    form = CourierForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            account = save_courier_account(
                store=request.store, actor=request.user, at=timezone.now(), **form.cleaned_data
            )
        except OrderError as error:
            form.add_error(None, str(error))
        else:
            notify(request, _("%(courier)s is kept.") % {"courier": courier_name(account.courier)})
            return HttpResponseRedirect(reverse("fulfilment:courier-list"))
    return _page(request, pool_facts(request.store, counts_used=False), form=form)


@require_POST
@requires(Right.MANAGE_STORE)
def pool_fill(request: StoreRequest) -> HttpResponse:
    """Add numbers to a courier's pool."""
    pools = pool_facts(request.store, counts_used=False)
    form = NumbersForm(request.POST, pools=pools)
    if not form.is_valid():
        return _page(request, pools, numbers=form)
    try:
        added = add_pool_numbers(
            store=request.store, courier=form.cleaned_data["courier"], numbers=form.numbers(), actor=request.user,
            at=timezone.now(),
        )  # fmt: skip
    except OrderError as error:
        form.add_error(None, str(error))
        return _page(request, pools, numbers=form)
    text = ngettext("%(count)s number was added.", "%(count)s numbers were added.", added.added)
    left_out = added.known + added.used
    more = " " + _("Left out, since they are known: %(count)s.") % {"count": left_out} if left_out else ""
    notify(request, text % {"count": added.added} + more, level="warning" if left_out else "success")
    return HttpResponseRedirect(reverse("fulfilment:courier-list"))


@require_POST
@requires(Right.MANAGE_STORE)
def courier_prices_save(request: StoreRequest) -> HttpResponse:
    """Set what a courier takes for a parcel."""
    pools, courier = pool_facts(request.store, counts_used=False), request.POST.get("courier", "")
    form = PricesForm(request.POST)
    if not form.is_valid():
        return _page(request, pools, prices=form)
    try:
        save_courier_prices(
            store=request.store, courier=courier, **form.cleaned_data, actor=request.user, at=timezone.now()
        )
    except OrderError as error:
        form.add_error(None, str(error))
        return _page(request, pools, prices=form)
    notify(request, _("The prices of %(courier)s are kept.") % {"courier": courier_name(courier)})
    return HttpResponseRedirect(f"{reverse('fulfilment:courier-list')}?prices={courier}")


def _page(
    request: StoreRequest,
    pools: list[PoolFacts],
    *,
    form: CourierForm | None = None,
    numbers: NumbersForm | None = None,
    prices: PricesForm | None = None,
) -> HttpResponse:
    known, bound = courier_prices(request.store), (form, numbers, prices)
    context = {
        "rows": [(pool, courier_name(pool.account.courier), known.get(pool.account.courier)) for pool in pools],
        "low_pools": low_pools(request.store),
        "form": form or CourierForm(),
        "numbers": numbers or NumbersForm(pools=pools),
        **_prices_of(request, pools, known, prices),
        "active_nav": "shipping",
    }
    is_bad = any(one is not None and one.errors for one in bound)
    return render(request, "fulfilment/courier_list.html", context, status=_REFUSED if is_bad else 200)


def _prices_of(
    request: StoreRequest, pools: list[PoolFacts], known: Mapping[str, Prices], form: PricesForm | None
) -> dict[str, Any]:
    """Return the form of the prices of the courier that is asked for; else of the usual one."""
    codes, asked = [pool.account.courier for pool in pools], request.POST.get("courier") or request.GET.get("prices")
    courier = asked if asked in codes else next(iter(codes), "")
    initial: dict[str, object] = {}
    if courier in known:
        lines = [f"{' '.join(provinces)} {price}" for price, provinces in known[courier].groups]
        initial = {"price": known[courier].usual, "provinces": "\n".join(lines)}
    return {
        "priced": courier,
        "priced_name": courier_name(courier),
        "prices": form or PricesForm(initial=initial, auto_id="prices_%s"),
    }
