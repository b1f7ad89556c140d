"""Services by address, as their pages and the API show them."""

from backoffice.common.models import Store
from orders.core.models import Order

CAP = 1000


def count_arranged(store: Store, name: str) -> int:
    """Return how many orders to be shipped carry the tag of a service; more than CAP are CAP + 1."""
    tagged = Order.objects.for_store(store).pending_shipment().exclude(tags=[])
    return len(tagged.filter(tags__contains=[name]).values_list("pk")[: CAP + 1])
