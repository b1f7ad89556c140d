"""The order page."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from orders.core.models import Order
from orders.core.services import mark_opened


@requires(Right.VIEW_ORDERS)
def order_detail(request: StoreRequest, number: str) -> HttpResponse:
    orders = Order.objects.for_store(request.store).select_related("buyer", "recipient")
    order = get_object_or_404(orders, number=number)
    mark_opened(store=request.store, order_ids=[order.pk], at=timezone.now())
    return render(request, "desk/order_detail.html", {"order": order, "active_nav": "orders"})
