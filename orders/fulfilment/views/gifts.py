"""Gift rules of the store: listed, written, tried on the open orders before they are saved, switched and deleted."""

from typing import Any

from django import forms
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Store
from backoffice.common.toasts import notify
from orders.core.services import OrderError
from orders.fulfilment.models import GiftRule
from orders.fulfilment.queries.gift_trial import Trial, trial_of
from orders.fulfilment.queries.gifts import CAP, gift_rules
from orders.fulfilment.queries.stock import find_sku
from orders.fulfilment.services.gifts import (
    GiftError,
    GiftValues,
    delete_gift_rule,
    save_gift_rule,
    switch_gift_rule,
    unsaved_gift_rule,
)

_REFUSED = 422
_MOMENT = "%Y-%m-%dT%H:%M"


class GiftForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    gift_code = forms.CharField(label=gettext_lazy("Gift: merchant code or barcode"), max_length=100)
    quantity = forms.IntegerField(label=gettext_lazy("Gift pieces"), min_value=1, max_value=1000, initial=1)
    min_amount = forms.DecimalField(
        label=gettext_lazy("Paid at least"), min_value=0, max_digits=12, decimal_places=2, required=False
    )
    min_pieces = forms.IntegerField(label=gettext_lazy("Pieces at least"), min_value=1, max_value=1000, initial=1)
    product_codes = forms.CharField(
        label=gettext_lazy("Of these products"), max_length=5000, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Product or merchant codes, one a line or with commas. Empty: any product."),
    )  # fmt: skip
    starts_at = forms.DateTimeField(
        label=gettext_lazy("Paid from"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MOMENT)
    )
    ends_at = forms.DateTimeField(
        label=gettext_lazy("Paid before"), required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MOMENT),
    )  # fmt: skip
    limit = forms.IntegerField(label=gettext_lazy("Limit (orders)"), min_value=1, max_value=2**31 - 1, required=False)

    def values(self, store: Store) -> GiftValues:
        """Return what the form says.

        Raises:
            GiftError: no sku of the store has the code of the gift.
        """
        data = dict(self.cleaned_data)
        code = data.pop("gift_code")
        gift = find_sku(store, code)
        if gift is None:
            raise GiftError(_("No sku has the merchant code or barcode %(text)s.") % {"text": code}, "field")
        codes = data.pop("product_codes").replace(",", " ").replace("，", " ").split()
        return GiftValues(gift_id=gift.pk, product_codes=codes, **data)


@require_GET
@requires(Right.MANAGE_STORE)
def gift_list(request: StoreRequest) -> HttpResponse:
    rows = list(gift_rules(request.store)[:CAP])
    return render(request, "fulfilment/gift_list.html", {"rows": rows, "now": timezone.now(), "active_nav": "settings"})


@require_http_methods(["GET", "POST"])
@requires(Right.MANAGE_STORE)
def gift_edit(request: StoreRequest, pk: int | None = None) -> HttpResponse:
    """Write a rule; "try" says whom it would give to and saves nothing."""
    rule = _rule(request, pk) if pk else None
    if request.method == "GET":
        return _page(request, rule, GiftForm(initial=_initial(rule)))
    form = GiftForm(request.POST)
    if not form.is_valid():
        return _page(request, rule, form, status=_REFUSED)
    try:
        if "try" in request.POST:
            return _page(request, rule, form, trial=_try(request.store, form.values(request.store), pk))
        saved = save_gift_rule(
            store=request.store, values=form.values(request.store), actor=request.user, at=timezone.now(), rule_id=pk
        )
    except OrderError as error:
        form.add_error(None, str(error))
        return _page(request, rule, form, status=_REFUSED)
    text = _("“%(name)s” is saved.") if saved.is_active else _("“%(name)s” is saved, and off until it is switched on.")
    notify(request, text % {"name": saved.name})
    return HttpResponseRedirect(reverse("gifts:gift-list"))


@require_POST
@requires(Right.MANAGE_STORE)
def gift_switch(request: StoreRequest, pk: int) -> HttpResponse:
    _rule(request, pk)
    is_active = request.POST.get("active") == "1"
    rule = switch_gift_rule(store=request.store, rule_id=pk, is_active=is_active, actor=request.user, at=timezone.now())
    text = _("“%(name)s” is on: open orders that meet it get the gift.") if is_active else _("“%(name)s” is off.")
    notify(request, text % {"name": rule.name})
    return HttpResponseRedirect(reverse("gifts:gift-list"))


@require_POST
@requires(Right.MANAGE_STORE)
def gift_delete(request: StoreRequest, pk: int) -> HttpResponse:
    rule = _rule(request, pk)
    try:
        delete_gift_rule(store=request.store, rule_id=pk)
    except OrderError as error:
        notify(request, str(error), level="warning")
    else:
        notify(request, _("“%(name)s” was deleted.") % {"name": rule.name})
    return HttpResponseRedirect(reverse("gifts:gift-list"))


def _rule(request: StoreRequest, pk: int) -> GiftRule:
    rule = gift_rules(request.store).filter(pk=pk).first()
    if rule is None:
        raise Http404
    return rule


def _initial(rule: GiftRule | None) -> dict[str, Any]:
    if rule is None:
        return {"starts_at": timezone.localtime().replace(second=0, microsecond=0, tzinfo=None)}
    names = ("name", "quantity", "min_amount", "min_pieces", "starts_at", "ends_at", "limit")
    return {name: getattr(rule, name) for name in names} | {
        "gift_code": rule.gift.code, "product_codes": "\n".join(rule.product_codes),
    }  # fmt: skip


@transaction.atomic
def _try(store: Store, values: GiftValues, pk: int | None) -> Trial:
    rule = unsaved_gift_rule(store=store, values=values, at=timezone.now(), rule_id=pk)
    return trial_of(store, rule)


def _page(
    request: StoreRequest, rule: GiftRule | None, form: GiftForm, *, trial: Trial | None = None, status: int = 200
) -> HttpResponse:
    context = {"rule": rule, "form": form, "trial": trial, "cap": CAP, "active_nav": "settings"}
    return render(request, "fulfilment/gift_edit.html", context, status=status)
