"""What other pages show of reviews: those of one order, and what waits, on the home page."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from aftersales.reviews.queries import COUNT_CAP, count_tabs, reviews_of_order
from aftersales.reviews.views.inbox import LABELS
from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.web import wants_partial
from orders.core.models import Order

_TILES = ("unread", "unreplied", "tasks", "late")
_TONES = {"late": "danger", "tasks": "warning"}


@require_GET
@requires(Right.VIEW_ORDERS)
def order_reviews(request: StoreRequest, number: str) -> HttpResponse:
    """Show the reviews of one order as a card; without script as a page of its own."""
    order = get_object_or_404(Order.objects.for_store(request.store), number=number)
    context = {"active_nav": "orders", "order": order, "rows": list(reviews_of_order(order)[:50])}
    template = "reviews/_order_reviews.html" if wants_partial(request) else "reviews/order_reviews.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_GET
@requires(Right.REPLY_REVIEWS)
def home_panel(request: StoreRequest) -> HttpResponse:
    """Answer the home page's panel: what is unread, not answered, to be followed up, late."""
    counts, url = count_tabs(request.store, _TILES, timezone.now()), reverse("reviews:review-list")
    tiles = [
        {
            "key": key,
            "label": LABELS.get(key, _("Follow-ups overdue")),
            "count": min(counts[key], COUNT_CAP),
            "is_capped": counts[key] > COUNT_CAP,
            "url": f"{url}?tab={key if key in LABELS else 'tasks'}",
            "tone": _TONES.get(key, "") if counts[key] else "",
        }
        for key in _TILES
    ]
    return render(request, "reviews/_home_panel.html", {"tiles": tiles})
