"""Orders with notes, and the arguments that every act takes."""

from orders.notes.models import BuyerNote
from orders.notes.services import recognise_notes, record_note
from tests.factories import NOON, make_line, make_order

SILK = "真丝连衣裙"


def target(order, **values):
    return {"store": order.store, "order_id": order.pk, "actor": None, "at": NOON, **values}


def make_noted_order(text="gift wrap, please", **values):
    order = make_order(**values)
    record_note(order=order, text=text, at=NOON)
    order.refresh_from_db()
    return order


def make_sold_order(text, *, spec="颜色分类:黑色;尺码:L", sold=(), title=SILK, **values):
    """Make an order of one line with a note; the product was sold before in the specs `sold`."""
    order = make_order(lines=0, **values)
    for other in sold:
        make_line(order=make_order(store=order.store, lines=0, status="completed"), title=title, spec=other)
    make_line(order=order, title=title, spec=spec)
    record_note(order=order, text=text, at=NOON)
    order.refresh_from_db()
    return order


def read_notes(order):
    """Let the rules read the store's notes; return this order's."""
    recognise_notes(store=order.store, at=NOON)
    return BuyerNote.objects.get(order=order)
