"""What the frame and the home page say of orders: what waits, and for whom."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from backoffice.common.access import MEMBER, Right, requires
from backoffice.common.middleware import StoreRequest
from orders.core.queries import tab_counts
from orders.desk.queries import SUB_CAP, sub_counts
from orders.desk.queues import OPEN_QUEUE, QUEUE_BY_KEY, SUB_QUEUES

_PANEL_QUEUES = (OPEN_QUEUE, "aftersales", "pending_payment")
_URGENT = {"overdue": "danger", "due_soon": "warning"}


@requires(Right.VIEW_ORDERS)
def home_panel(request: StoreRequest) -> HttpResponse:
    """Answer the home page's panel: what is late, what is due, what waits for a decision."""
    tabs, subs = tab_counts(request.store), sub_counts(request.store, request.user, timezone.now())
    url = reverse("desk:order-list")
    tiles = [
        {"key": sub.key, "label": sub.label, "count": min(subs[sub.key], SUB_CAP), "is_capped": subs[sub.key] > SUB_CAP,
         "url": f"{url}?queue={OPEN_QUEUE}&sub={sub.key}", "tone": _URGENT.get(sub.key, "") if subs[sub.key] else ""}
        for sub in SUB_QUEUES
    ]  # fmt: skip
    queues = [(QUEUE_BY_KEY[key], tabs[key], f"{url}?queue={key}") for key in _PANEL_QUEUES]
    return render(request, "desk/_home_panel.html", {"tiles": tiles, "queues": queues, "has_orders": tabs["all"] > 0})


@requires(MEMBER)
def nav_counts(request: StoreRequest) -> HttpResponse:
    """Answer the numbers of the side bar: what waits for this person's role."""
    counts: dict[str, int] = {}
    if Right.VIEW_ORDERS in request.rights:
        tabs = tab_counts(request.store)
        counts = {"orders": tabs[OPEN_QUEUE], "aftersales": tabs["aftersales"]}
    return render(request, "components/_nav_counts.html", {"counts": counts})
