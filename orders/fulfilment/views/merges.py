"""Merge suggestions: orders to one recipient, with what speaks against one parcel."""

from collections.abc import Mapping

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.toasts import notify
from orders.core.models import Order
from orders.core.services import OrderError
from orders.fulfilment.models import MergeRefusal
from orders.fulfilment.queries.merges import (
    GROUP_CAP,
    MergeCursorError,
    count_merge_groups,
    merge_groups,
    refusals,
    refused_numbers,
)
from orders.fulfilment.services import merge_orders, refuse_merge, withdraw_refusal
from orders.fulfilment.views.merge_cards import CardMaker

_LONGEST_ID = 19  # digits of a bigint


@require_GET
@requires(Right.SHIP)
def merge_list(request: StoreRequest) -> HttpResponse:
    after, problem = request.GET.get("after", ""), ""
    try:
        page = merge_groups(request.store, after=after)
    except MergeCursorError:
        page = merge_groups(request.store)
        problem = _("That place in the list is gone; this is its first page.")
    refused = refusals(request.store)
    numbers = refused_numbers(request.store, refused)
    url = reverse("fulfilment:merge-list")
    context = {
        "cards": CardMaker(timezone.now(), get_token(request)).cards(page.groups),
        "next_url": f"{url}?after={page.next}" if page.next else "",
        "first_url": url if after else "",
        "total": None if page.next or after else len(page.groups),
        "refusals": [(refusal, _refused_orders(refusal, numbers)) for refusal in refused],
        "problem": problem,
        "active_nav": "shipping",
    }
    return render(request, "fulfilment/merge_list.html", context)


@require_GET
@requires(Right.SHIP)
def merge_count(request: StoreRequest) -> HttpResponse:
    """Answer the shipping desk, which asks when it is there, with how many suggestions there are."""
    count = min(count_merge_groups(request.store), GROUP_CAP)
    return render(request, "fulfilment/_merge_count.html", {"merge_count": count})


def _refused_orders(refusal: MergeRefusal, numbers: Mapping[int, str]) -> list[str] | None:
    """Return the numbers of the orders that it names; None: it is for the recipient, whatever the orders."""
    return [numbers[pk] for pk in sorted(refusal.order_ids) if pk in numbers] if refusal.order_ids else None


@require_POST
@requires(Right.SHIP)
def merge_act(request: StoreRequest) -> HttpResponse:
    """Pack the ticked orders together, or say that they are not to be."""
    ids = [int(text) for text in request.POST.getlist("order")[:100] if text.isdigit() and len(text) < _LONGEST_ID]
    act = request.POST.get("act", "")
    try:
        if act == "merge":
            waybill = merge_orders(
                store=request.store, order_ids=ids, courier="", actor=request.user, at=timezone.now()
            )
            _tell_merged(request, waybill.order_count, waybill.pk)
        elif act in {"refuse", "never"}:
            refuse_merge(
                store=request.store, recipient_key=request.POST.get("recipient", "")[:32], never=act == "never",
                order_ids=_all_ids(request), actor=request.user, at=timezone.now(),
            )  # fmt: skip
            notify(request, _("They are not suggested again. It can be undone at the end of this page."))
        else:
            notify(request, _("Choose what to do with these orders."), level="warning")
    except OrderError as error:
        notify(request, str(error), level="warning")
    except Order.DoesNotExist as error:
        raise Http404 from error
    return HttpResponseRedirect(reverse("fulfilment:merge-list"))


def _all_ids(request: StoreRequest) -> list[int]:
    """Return all orders of the card, ticked or not."""
    texts = request.POST.get("orders", "")[:2000].split(",")
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < _LONGEST_ID]


def _tell_merged(request: StoreRequest, count: int, pk: int) -> None:
    text = ngettext("%(count)s order is one parcel now.", "%(count)s orders are one parcel now.", count)
    notify(request, text % {"count": count}, link_url=reverse("fulfilment:waybill", args=[pk]), link_text=_("See it"))


@require_POST
@requires(Right.SHIP)
def merge_again(request: StoreRequest, pk: int) -> HttpResponse:
    """Suggest again what was refused."""
    try:
        withdraw_refusal(store=request.store, refusal_id=pk)
    except MergeRefusal.DoesNotExist as error:
        raise Http404 from error
    notify(request, _("They are suggested again."))
    return HttpResponseRedirect(reverse("fulfilment:merge-list"))
