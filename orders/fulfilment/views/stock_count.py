"""Stocktake: scan or type a sku, type how many pieces lie there, Enter, next."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.web import wants_partial
from orders.core.services import OrderError
from orders.fulfilment.models import Sku
from orders.fulfilment.queries.stock import find_sku
from orders.fulfilment.services.stock import count_stock

_KEPT = 10
_LOG = "stocktake"
_MOST_DIGITS = 7
_LONGEST = 100


@require_http_methods(["GET", "POST"])
@requires(Right.SHIP)
def stock_count(request: StoreRequest) -> HttpResponse:
    """Show the station; a POST is one scan or one number, whose answer is the station as it is then."""
    answer = _take(request) if request.method == "POST" else {}
    log = [{**row, "at": parse_datetime(row["at"])} for row in request.session.get(_LOG, [])]
    context = {"active_nav": "stock", "sku": None, **answer, "log": log}
    template = "fulfilment/_stock_count.html" if wants_partial(request) else "fulfilment/stock_count.html"
    return render(request, template, context)


def _take(request: StoreRequest) -> dict[str, Any]:
    text = "".join(request.POST.get("text", "").replace("\0", "").split())[:_LONGEST]
    sku = _sku_on_table(request)
    if not text:
        return {"sku": sku}
    if sku is not None and text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
        return _count(request, sku, int(text))
    found = find_sku(request.store, text)
    if found is None:
        return {"sku": sku, "problem": _("No sku has the merchant code or barcode %(text)s.") % {"text": text[:40]}}
    return {"sku": found}


def _sku_on_table(request: StoreRequest) -> Sku | None:
    pk = request.POST.get("sku", "")
    if not (pk.isascii() and pk.isdigit() and len(pk) < 19):  # noqa: PLR2004 -- bigint
        return None
    return Sku.objects.for_store(request.store).select_related("product").filter(pk=int(pk)).first()


def _count(request: StoreRequest, sku: Sku, pieces: int) -> dict[str, Any]:
    """Record the number; nobody types a reason with a scanner in the hand, so the page's name is it."""
    before, is_first, now = sku.on_hand, sku.counted_at is None, timezone.now()
    try:
        saved = count_stock(
            store=request.store, sku_id=sku.pk, counted=pieces, reason=_("Stocktake"), actor=request.user, at=now
        )
    except OrderError as error:
        return {"sku": sku, "problem": str(error)}
    row = {"code": saved.code, "pk": saved.pk, "counted": pieces, "change": pieces - before, "at": now.isoformat()}
    request.session[_LOG] = [{**row, "is_first": is_first}, *request.session.get(_LOG, [])][:_KEPT]
    return {"done": saved, "change": pieces - before, "is_first": is_first}
