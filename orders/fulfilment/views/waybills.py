"""One parcel before it leaves: what is in it, and what can be changed of it."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.toasts import notify
from orders.core.services import OrderError
from orders.fulfilment.couriers import COURIERS, courier_name
from orders.fulfilment.models import Waybill
from orders.fulfilment.queries.merges import separate_warning
from orders.fulfilment.services import (
    assign_number,
    choose_courier,
    split_waybill,
    unmerge_waybill,
    void_waybill,
)
from orders.fulfilment.station.parcels import target_of_waybill
from orders.fulfilment.statuses import LIVE_WAYBILLS, WaybillState

_REFUSED = 422
_COUNT_LENGTH = 9


@require_http_methods(["GET", "POST"])
@requires(Right.SHIP)
def waybill_detail(request: StoreRequest, pk: int) -> HttpResponse:
    waybill = Waybill.objects.for_store(request.store).select_related("shipped_by", "created_by").filter(pk=pk).first()
    if waybill is None:
        raise Http404
    problem = ""
    if request.method == "POST":
        try:
            return _act(request, waybill)
        except OrderError as error:
            problem = str(error)
    return _page(request, waybill, problem)


def _page(request: StoreRequest, waybill: Waybill, problem: str) -> HttpResponse:
    target = target_of_waybill(request.store, waybill)
    is_open = waybill.state in {WaybillState.DRAFT, WaybillState.NUMBERED}
    context = {
        "waybill": waybill,
        "target": target,
        "lines": [(line, count, request.POST.get(f"line_{line.pk}", "")) for line, count in target.lines],
        "courier": courier_name(waybill.courier) if waybill.courier else "",
        "couriers": [(courier.code, courier.name) for courier in COURIERS],
        "can_split": is_open and sum(count for _line, count in target.lines) > 1,
        "can_unmerge": is_open and len(target.orders) > 1,
        "can_number": waybill.state == WaybillState.DRAFT,
        "can_void": is_open or waybill.state == WaybillState.PRINTED,
        "separate": separate_warning(request.store, [order.pk for order in target.orders]) if is_open else "",
        "is_moved": bool(target.moved) and waybill.state in LIVE_WAYBILLS,
        "problem": problem,
        "active_nav": "shipping",
    }
    return render(request, "fulfilment/waybill_detail.html", context, status=_REFUSED if problem else 200)


def _act(request: StoreRequest, waybill: Waybill) -> HttpResponse:
    act = ACTS.get(request.POST.get("act", ""))
    if act is None:
        raise OrderError(_("Choose what to do with this parcel."), "field")
    call = {
        "store": request.store, "waybill_id": waybill.pk, "actor": request.user, "at": timezone.now(),
        "version": _version(request),
    }  # fmt: skip
    pk, text = act(request, call)
    notify(request, text)
    return HttpResponseRedirect(reverse("fulfilment:waybill", args=[pk]))


def _version(request: StoreRequest) -> int | None:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _COUNT_LENGTH else None


Acted = tuple[int, str]


def _split(request: StoreRequest, call: Mapping[str, Any]) -> Acted:
    fields = {name.removeprefix("line_"): text for name, text in request.POST.items() if name.startswith("line_")}
    wanted = {int(line): _quantity(str(text)) for line, text in fields.items() if line.isascii() and line.isdigit()}
    new = split_waybill(**call, lines={line: count for line, count in wanted.items() if count})
    return new.pk, _("This is the new parcel. The other one keeps the rest.")


def _quantity(text: str) -> int:
    plain = text.strip() or "0"
    if not (plain.isascii() and plain.isdigit() and len(plain) <= _COUNT_LENGTH):
        raise OrderError(_("“%(text)s” is no number of pieces.") % {"text": text[:20]}, "field")
    return int(plain)


def _unmerge(_request: StoreRequest, call: Mapping[str, Any]) -> Acted:
    parcels = unmerge_waybill(**call)
    return parcels[0].pk, _("Each order has a parcel of its own again.")


def _void(request: StoreRequest, call: Mapping[str, Any]) -> Acted:
    waybill = void_waybill(**call, reason=request.POST.get("reason", ""))
    return waybill.pk, _("The waybill is void. Its orders can be packed anew.")


def _courier(request: StoreRequest, call: Mapping[str, Any]) -> Acted:
    waybill = choose_courier(**call, courier=request.POST.get("courier", ""))
    return waybill.pk, _("%(courier)s takes this parcel.") % {"courier": courier_name(waybill.courier)}


def _number(request: StoreRequest, call: Mapping[str, Any]) -> Acted:
    waybill = assign_number(**call, number=request.POST.get("number", ""))
    return waybill.pk, _("The parcel has number %(number)s.") % {"number": waybill.number}


ACTS: dict[str, Callable[[StoreRequest, Mapping[str, Any]], Acted]] = {
    "split": _split,
    "unmerge": _unmerge,
    "void": _void,
    "courier": _courier,
    "number": _number,
}
