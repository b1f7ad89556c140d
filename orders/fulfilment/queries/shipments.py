from django.db.models import QuerySet

from backoffice.common.models import Store
from orders.core.models import Order
from orders.fulfilment.models import Shipment


def shipments_of(order: Order) -> QuerySet[Shipment]:
    """Return the order's parcels with what is in them, oldest first."""
    return (
        order.shipments.select_related("shipped_by").prefetch_related("lines__line__title").order_by("shipped_at", "pk")
    )


def shipments_numbered(store: Store, tracking_number: str) -> QuerySet[Shipment]:
    """Find parcels by their (normalised) tracking number."""
    return (
        Shipment.objects.for_store(store).filter(tracking_number=tracking_number).select_related("order").order_by("pk")
    )
