"""What other pages show of cases: those of one order, opening one there, and what waits, on the home page."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from aftersales.refunds.forms.opening import OpenForm
from aftersales.refunds.queries import COUNT_CAP, cases_of_order, count_tabs
from aftersales.refunds.services import open_case
from aftersales.refunds.views.acts import CONFLICT, INVALID
from aftersales.refunds.views.detail import case_url
from aftersales.refunds.views.queue import LABELS, SUB_LABELS, look_of
from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.toasts import notify
from backoffice.common.web import wants_partial
from orders.core.models import Order
from orders.core.services import OrderError

_TILES = ("overdue", "due_soon", "requested", "to_inspect", "to_approve", "mine")
_TONES = {"overdue": "danger", "due_soon": "warning", "to_approve": "warning"}
_SHOWN = 50


def _order(request: StoreRequest, number: str) -> Order:
    order = get_object_or_404(Order.objects.for_store(request.store).select_related("buyer"), number=number)
    order.store = request.store
    return order


@require_GET
@requires(Right.VIEW_ORDERS)
def order_refunds(request: StoreRequest, number: str) -> HttpResponse:
    """Show the cases of one order as a card; without script as a page of its own."""
    order = _order(request, number)
    context = {
        "active_nav": "orders",
        "now": timezone.now(),
        "order": order,
        "rows": list(cases_of_order(order)[:_SHOWN]),
        "may_open": Right.WORK_REFUNDS in request.rights and order.paid_at is not None,
    }
    template = "refunds/_order_refunds.html" if wants_partial(request) else "refunds/order_refunds.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_http_methods(["GET", "POST"])
@requires(Right.WORK_REFUNDS)
def refund_new(request: StoreRequest, number: str) -> HttpResponse:
    """Ask what the buyer wants, and open the case."""
    order = _order(request, number)
    form = OpenForm(order, request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _ask(request, order, form, status=INVALID if form.errors else 200)
    try:
        refund = open_case(
            store=request.store, order_id=order.pk, actor=request.user, at=timezone.now(), **form.values()
        )
    except OrderError as error:
        form.add_error(None, str(error))
        return _ask(request, order, form, status=INVALID if error.code in {"field", "hold"} else CONFLICT)
    notify(request, _("Case %(number)s is open.") % {"number": refund.number})
    if wants_partial(request):
        return HttpResponse(status=204, headers={"HX-Redirect": case_url(refund.number)})
    return HttpResponseRedirect(case_url(refund.number))


def _ask(request: StoreRequest, order: Order, form: OpenForm, *, status: int) -> HttpResponse:
    context: dict[str, Any] = {
        "active_nav": "orders",
        "now": timezone.now(),
        "order": order,
        "form": form,
        "in_dialog": wants_partial(request),
        "action_url": reverse("refunds:refund-new", args=[order.number]),
        "back_url": reverse("desk:order-detail", args=[order.number]),
    }
    if not wants_partial(request):
        return render(request, "refunds/refund_new.html", context, status=status)
    is_open = request.POST.get("in_dialog") == "1"
    template = "refunds/_new_form.html" if is_open else "refunds/_new_dialog.html"
    response = render(request, template, context, status=status)
    response.headers["HX-Retarget"] = "#act-form" if is_open else "#dialog-slot"
    response.headers["HX-Reswap"] = "outerHTML" if is_open else "innerHTML"
    return response


@require_GET
@requires(Right.WORK_REFUNDS, Right.RECEIVE_RETURNS, Right.APPROVE_REFUNDS)
def home_panel(request: StoreRequest) -> HttpResponse:
    """Answer the home page's panel: what is late, due, to decide, to inspect, to approve, and mine."""
    counts, url = count_tabs(look_of(request), _TILES), reverse("refunds:refund-list")
    labels = {**LABELS, **SUB_LABELS, "overdue": _("Cases overdue"), "mine": _("Cases given to me")}
    tiles = [
        {
            "key": key,
            "label": labels[key],
            "count": min(counts[key], COUNT_CAP),
            "is_capped": counts[key] > COUNT_CAP,
            "url": f"{url}?queue={'due_soon' if key == 'overdue' else key}",
            "tone": _TONES.get(key, "") if counts[key] else "",
        }
        for key in _TILES
    ]
    return render(request, "refunds/_home_panel.html", {"tiles": tiles})
