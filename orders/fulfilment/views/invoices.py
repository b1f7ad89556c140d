"""The queue of invoices, and the card of an order's own."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.row_cells import Cells
from backoffice.common.ui import Chip, Tab
from backoffice.common.web import wants_partial
from orders.core.models import Order
from orders.fulfilment.couriers import courier_name
from orders.fulfilment.models import InvoiceRequest
from orders.fulfilment.models.invoices import invoice_limit
from orders.fulfilment.queries.invoices import (
    CAP,
    MARKS,
    InvoiceFilter,
    InvoiceRow,
    count_invoices,
    count_overdue,
    excess,
    invoice_table,
    invoices_of_order,
)
from orders.fulfilment.queries.tracking import PlaceError, RowPage
from orders.fulfilment.services.invoices.asking import missing_details
from orders.fulfilment.statuses import InvoiceState, VoidReason
from orders.fulfilment.views.invoice_forms import fitting_reason
from orders.fulfilment.views.invoice_rows import InvoiceRows

MARK_LABELS = {
    "overdue": gettext_lazy("Overdue"),
    "incomplete": gettext_lazy("Something to ask for"),
    "paper": gettext_lazy("On paper"),
}
EMPTY = {
    InvoiceState.PENDING: gettext_lazy("A note that asks for an invoice brings its request here by itself."),
    InvoiceState.ISSUED: gettext_lazy("Invoices appear here as soon as their number is written down."),
    InvoiceState.MAILED: gettext_lazy("Invoices on paper appear here when they are on their way to the buyer."),
    InvoiceState.VOID: gettext_lazy("Invoices appear here that were issued again, or whose order was refunded."),
}
ACT_RIGHTS = frozenset({Right.WORK_ORDERS, Right.EXPORT})  # finance and who works on orders


def read_filter(data: QueryDict) -> InvoiceFilter:
    state = data.get("state", "")
    return InvoiceFilter(
        state=state if state in InvoiceState.values else InvoiceState.PENDING.value,
        q=" ".join(data.get("q", "").replace("\0", "").split())[:120],
        kind=data.get("kind", "") if data.get("kind") in InvoiceRequest.Kind.values else "",
        mark=data.get("mark", "") if data.get("mark") in MARKS else "",
    )


@require_GET
@requires(Right.VIEW_ORDERS)
def invoice_list(request: StoreRequest) -> HttpResponse:
    """Show the invoices of one state: those that wait by deadline, the others the newest first."""
    found, now = read_filter(request.GET), timezone.now()
    page, problem = _page(request, found, now)
    path = reverse("fulfilment:invoice-list")
    counts = count_invoices(request.store)
    total = counts[found.state] if not (found.q or found.kind or found.mark) else None
    may_print = found.state == InvoiceState.PENDING and not ACT_RIGHTS.isdisjoint(request.rights)
    maker = InvoiceRows(Cells(now), may_print=may_print)
    context = {
        "active_nav": "invoices",
        "now": now,
        "list_path": path,
        "found": found,
        "tabs": _tabs(found, counts, path),
        "marks": _marks(request, found, now, path),
        "chips": _chips(found, path),
        "clear_url": address(path, InvoiceFilter(state=found.state)),
        "kinds": InvoiceRequest.Kind.choices,
        "rows": maker.rows(invoice_row(request, one, now) for one in page.rows),
        "empty_text": EMPTY[InvoiceState(found.state)],
        "query_string": address("", found).lstrip("?"),
        "problem": problem,
        "next_url": address(path, found, after=page.next) if page.next else "",
        "previous_url": address(path, found, before=page.previous) if page.previous else "",
        "total": min(total, CAP) if total is not None else None,
        "is_capped": bool(total and total > CAP),
        "may_print": may_print,
        "once": secrets.token_urlsafe(16),
    }
    template = "fulfilment/_invoice_list.html" if wants_partial(request) else "fulfilment/invoice_list.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _page(request: StoreRequest, found: InvoiceFilter, now: datetime) -> tuple[RowPage, str]:
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    try:
        return invoice_table(request.store, found, now=now, after=after, before=before), ""
    except PlaceError:
        text = _("The place in the list could not be read: this is its beginning.")
        return invoice_table(request.store, found, now=now), text


def address(path: str, found: InvoiceFilter, **more: str) -> str:
    """Return the address of a filter; the first tab needs no parameter."""
    state = "" if found.state == InvoiceState.PENDING else found.state
    values = {"state": state, "q": found.q, "kind": found.kind, "mark": found.mark} | more
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{path}?{query}" if query else path


def _tabs(found: InvoiceFilter, counts: dict[str, int], path: str) -> list[Tab]:
    return [
        Tab(
            key=state.value, label=str(state.label), count=min(counts[state], CAP), is_capped=counts[state] > CAP,
            url=address(path, InvoiceFilter(state=state.value, q=found.q, kind=found.kind)),
            is_active=state == found.state,
        )
        for state in InvoiceState
    ]  # fmt: skip


def _marks(request: StoreRequest, found: InvoiceFilter, now: datetime, path: str) -> list[Tab]:
    """Return the narrower lists of a state; only what waits can be overdue."""
    keys = [key for key in MARKS if found.state == InvoiceState.PENDING or key == "paper"]
    late = count_overdue(request.store, now) if "overdue" in keys else 0
    marks = [
        Tab(key="all", label=_("All of them"), url=address(path, replace(found, mark="")), is_active=not found.mark)
    ]
    for key in keys:
        count = min(late, CAP) if key == "overdue" else None
        url = address(path, replace(found, mark=key))
        marks.append(
            Tab(
                key=key, label=str(MARK_LABELS[key]), url=url, is_active=key == found.mark, count=count,
                is_capped=key == "overdue" and late > CAP,
            )
        )  # fmt: skip
    return marks


def _chips(found: InvoiceFilter, path: str) -> list[Chip]:
    chips = []
    if found.q:
        chips.append(
            Chip(label=_("Search: %(text)s") % {"text": found.q}, remove_url=address(path, replace(found, q="")))
        )
    if found.kind:
        label = str(InvoiceRequest.Kind(found.kind).label)
        chips.append(Chip(label=label, remove_url=address(path, replace(found, kind=""))))
    return chips


def invoice_row(request: StoreRequest, one: InvoiceRequest | InvoiceRow, now: datetime) -> dict[str, Any]:
    """Return an invoice as its row and the card of its order show it."""
    over: Decimal = excess(one)
    return {
        "invoice": one,
        "missing": missing_details(one) if one.state == InvoiceState.PENDING else "",
        "excess": over,
        "lowered": one.state == InvoiceState.PENDING and 0 < invoice_limit(one.order) < one.amount,
        "limit": invoice_limit(one.order),
        "is_overdue": one.state == InvoiceState.PENDING and one.due_at < now,
        "courier": courier_name(one.courier) if one.courier else "",
        "void_reason": str(VoidReason(one.void_reason).label) if one.void_reason in VoidReason.values else "",
        "acts": _acts(request, one),
    }


_OFFERED: Mapping[str, list[tuple[str, Any]]] = {
    InvoiceState.PENDING: [("issue", gettext_lazy("Issue")), ("change", gettext_lazy("Change"))],
    InvoiceState.ISSUED: [("mail", gettext_lazy("Mail"))],
    InvoiceState.MAILED: [("mail", gettext_lazy("Correct the parcel"))],
    InvoiceState.VOID: [],
}


def _acts(request: StoreRequest, one: InvoiceRequest | InvoiceRow) -> list[tuple[str, str]]:
    """Return what may be done with an invoice now, the likeliest first."""
    acts = list(_OFFERED[one.state])
    if one.state == InvoiceState.PENDING and one.needs_details:
        acts.insert(0, ("ask", gettext_lazy("Ask the buyer")))
    if one.state != InvoiceState.VOID and fitting_reason(one):
        acts.append(("void", gettext_lazy("Make void")))
    return [(key, str(label)) for key, label in acts if may_do(request, key)]


def may_do(request: StoreRequest, act: str) -> bool:
    """Tell whether the person may: asking and changing is of who works on orders, the rest of finance as well."""
    rights = frozenset({Right.WORK_ORDERS}) if act in {"ask", "change", "new"} else ACT_RIGHTS
    return not rights.isdisjoint(request.rights)


@require_GET
@requires(Right.VIEW_ORDERS)
def order_invoice(request: StoreRequest, number: str) -> HttpResponse:
    """Show the invoices of one order as a card; without script the queue shows them."""
    order = order_of(request, number)
    if not wants_partial(request):
        one = order.invoice_requests.order_by("-pk").values_list("state", flat=True).first()
        found = InvoiceFilter(state=one or InvoiceState.PENDING.value, q=order.number)
        return HttpResponseRedirect(address(reverse("fulfilment:invoice-list"), found))
    now, found_rows = timezone.now(), invoices_of_order(order)
    has_live = any(one.state != InvoiceState.VOID for one in found_rows)
    context = {
        "order": order,
        "rows": [invoice_row(request, one, now) for one in found_rows],
        "now": now,
        "may_request": not has_live and invoice_limit(order) > 0 and may_do(request, "new"),
    }
    return render(request, "fulfilment/_order_invoice.html", context)


def order_of(request: StoreRequest, number: str) -> Order:
    order = Order.objects.for_store(request.store).filter(number=number).first()
    if order is None:
        raise Http404
    order.store = request.store
    return order
