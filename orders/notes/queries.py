from orders.core.models import Order
from orders.notes.models import BuyerNote


def note_of(order: Order) -> BuyerNote | None:
    """Return the order's buyer note with its versions, newest first in `versions`."""
    return BuyerNote.objects.filter(order=order).select_related("handled_by").prefetch_related("versions").first()
