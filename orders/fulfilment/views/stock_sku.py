"""One sku: its ledger with the proof that it sums up, the orders that wait for it, and how long it lasts."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Store
from backoffice.common.row_cells import Cells
from backoffice.common.statements import Prepared
from backoffice.common.web import wants_partial
from orders.fulfilment.models import Sku
from orders.fulfilment.queries.ledgers import ledger_sums, ledger_table, waiting_for
from orders.fulfilment.queries.skus import cover_of, is_low, missing_pieces
from orders.fulfilment.statuses import MovementKind
from orders.fulfilment.views.ledger_rows import LedgerRows
from orders.fulfilment.views.stock_rows import acts_on_page

_WAITING = 20  # orders shown
_ANY = -1, -2  # a store and a sku
_FOUND = Prepared(lambda: Sku.objects.filter(store=_ANY[0], pk=_ANY[1]).select_related("product"), *_ANY)


def find_sku_or_404(store: Store, pk: int) -> Sku:
    found = _FOUND.fetch(store.pk, pk)
    if not found:
        raise Http404
    return found[0]


@require_GET
@requires(Right.SHIP)
def sku_detail(request: StoreRequest, pk: int) -> HttpResponse:
    return answer_sku(request, find_sku_or_404(request.store, pk))


def answer_sku(request: StoreRequest, sku: Sku) -> HttpResponse:
    """Answer with the sku's page, or with what acts change of it alone."""
    template = "fulfilment/_sku_view.html" if wants_partial(request) else "fulfilment/sku_detail.html"
    response = render(request, template, _context(request, sku))
    patch_vary_headers(response, ["HX-Request"])
    return response


def _context(request: StoreRequest, sku: Sku) -> dict[str, Any]:
    kind = request.GET.get("kind", "") if request.GET.get("kind") in MovementKind.values else ""
    page = ledger_table(sku, kind=kind, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    path, sums, rows = reverse("fulfilment:sku", args=[sku.pk]), ledger_sums(sku), LedgerRows(Cells(timezone.now()))
    query = f"kind={kind}&" if kind else ""
    return {
        "active_nav": "stock",
        "sku": sku,
        "list_path": path,
        "moves": rows.rows(page.rows),
        "kind": kind,
        "kinds": MovementKind.choices,
        "sums": sums,
        "is_proven": sums == (sku.on_hand, sku.reserved),
        "waiting": rows.waiting(waiting_for(sku, size=_WAITING)),
        "acts": acts_on_page(sku),
        "missing": missing_pieces([sku.pk]).get(sku.pk, 0),
        "cover": cover_of(sku, request.store),
        "is_low": is_low(sku),
        "next_url": f"{path}?{query}after={page.next_key}" if page.next_key else "",
        "previous_url": f"{path}?{query}before={page.previous_key}" if page.previous_key else "",
    }
