"""One order with what its acts depend on."""

from datetime import datetime

from backoffice.common.access import Right
from backoffice.common.models import Store, User
from orders.core.models import Order
from orders.core.statuses import NoteState
from orders.desk.situations import Situation
from orders.notes.models import BuyerNote


def find_situation(*, store: Store, number: str, actor: User, rights: frozenset[Right], now: datetime) -> Situation:
    """Read one order with what its acts depend on.

    Raises:
        Order.DoesNotExist: the store has no such order.
    """
    order = Order.objects.for_store(store).select_related("buyer", "claimed_by", "recipient").get(number=number)
    order.store = store
    holds = order.holds.filter(released_at__isnull=True).select_related("opened_by").order_by("opened_at", "pk")
    if not order.hold_kinds:
        holds = holds.none()
    return Situation(
        order=order,
        lines=list(order.lines.select_related("title").order_by("position", "pk")),
        holds=list(holds),
        note=_note_of(order),
        actor=actor,
        rights=rights,
        now=now,
    )


def _note_of(order: Order) -> BuyerNote | None:
    """Read the note of an order that has one."""
    if order.note_state == NoteState.NONE:
        return None
    note = BuyerNote.objects.select_related("handled_by", "assignee").filter(order=order).first()
    if note is not None:
        note.order = order
    return note
