from backoffice.common.models import Store
from orders.core.models import Order
from orders.notes.models import BuyerNote
from orders.notes.queries.specs import ordered_lines, product_key, sold_specs
from orders.notes.recognition import OrderedLine


def note_of(order: Order) -> BuyerNote | None:
    """Return the order's buyer note with its versions, newest first in `versions`."""
    notes = BuyerNote.objects.select_related("handled_by", "assignee")
    return notes.filter(order=order).prefetch_related("versions").first()


def lines_to_read(store: Store, order: Order) -> tuple[OrderedLine, ...]:
    """Return what was ordered, with the specs that its products are sold in: two statements."""
    lines = list(order.lines.select_related("title").order_by("position", "pk"))
    return ordered_lines(lines, sold_specs(store, [product_key(line) for line in lines]))
