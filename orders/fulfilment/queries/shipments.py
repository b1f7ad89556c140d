from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.db.models import QuerySet

from backoffice.common.models import Store
from backoffice.common.statements import Prepared, fetch
from orders.fulfilment.models import Shipment

_ORDER = -1  # stands for the order of a call
_OF_ORDER = Prepared(
    lambda: Shipment.objects.filter(order=_ORDER).select_related("shipped_by").order_by("shipped_at", "pk"), _ORDER
)
_PIECES = "SELECT shipment_id, line_id, quantity FROM fulfilment_shipmentline WHERE shipment_id = ANY(%s) ORDER BY id"
Pieces = Mapping[int, list[tuple[int, int]]]  # by parcel: lines and how many of each


def shipments_of(order_id: int) -> list[Shipment]:
    """Return an order's parcels, oldest first."""
    return _OF_ORDER.fetch(order_id)


def pieces_in(shipments: Sequence[Shipment]) -> Pieces:
    """Return what is in these parcels, in one statement; none for no parcels."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for shipment_id, line_id, quantity in fetch(_PIECES, [[each.pk for each in shipments]]) if shipments else ():
        found[shipment_id].append((line_id, quantity))
    return found


def shipments_numbered(store: Store, tracking_number: str) -> QuerySet[Shipment]:
    """Find parcels by their (normalised) tracking number."""
    return (
        Shipment.objects.for_store(store).filter(tracking_number=tracking_number).select_related("order").order_by("pk")
    )
