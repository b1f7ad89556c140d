"""Who handles a note: given to somebody, or taken from the most urgent ones."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.access import Right
from backoffice.common.models import Job, Membership, Store, User
from orders.core.models import Order
from orders.core.services import bump, lock_order, record_event
from orders.core.statuses import EventKind, EventSource
from orders.notes.models import BuyerNote
from orders.notes.services.base import check_unhandled, locked_note, save_note
from orders.notes.services.errors import NoteError
from orders.notes.statuses import UNHANDLED

MOST_TAKEN = 100


@transaction.atomic
def assign_note(
    *,
    store: Store,
    order_id: int,
    assignee: User | None,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> BuyerNote:
    """Give a note to a member of the store; None gives it back to everybody. The same person again changes nothing.

    Raises:
        NoteError: there is no note, it is handled, or the person does not handle notes in this store.
    """
    if assignee is not None:
        _check_member(store, assignee)
    order = lock_order(store=store, order_id=order_id, version=version)
    note = locked_note(order)
    check_unhandled(order, note)
    if note.assignee_id != (assignee.pk if assignee else None):
        _give(order, note, assignee, actor=actor, at=at, source=source, job=job)
    return note


def _check_member(store: Store, person: User) -> None:
    member = Membership.objects.active().filter(store=store, user=person).first()
    if member is None or Right.WORK_ORDERS not in member.rights:
        raise NoteError(
            _("%(who)s does not handle notes in %(store)s: choose a member who may work on orders.")
            % {"who": person, "store": store},
            "field",
        )


def _give(
    order: Order, note: BuyerNote, assignee: User | None, *, actor: User | None, at: datetime, source: str,
    job: Job | None,
) -> None:  # fmt: skip
    before, after = {"assignee": str(note.assignee or "")}, {"assignee": str(assignee or "")}
    save_note(note, assignee=assignee, assigned_at=at if assignee else None)
    record_event(order, EventKind.NOTE_ASSIGNED, actor=actor, at=at, source=source, before=before, after=after, job=job)
    bump(order, at, actor=actor)


@transaction.atomic
def take_next_notes(*, store: Store, actor: User, at: datetime, count: int = 20) -> list[BuyerNote]:
    """Give the most urgent notes that nobody has to the person who asks; two people never get the same one.

    Notes whose order a colleague is saving right now are passed over.

    Raises:
        NoteError: the person does not handle notes in this store.
    """
    _check_member(store, actor)
    count = max(1, min(count, MOST_TAKEN))
    orders = {order.pk: order for order in _urgent_orders(store, count)}
    notes = _still_free(orders)
    for note in notes:
        order = orders[note.order_id]
        order.store = store
        _give(order, note, actor, actor=actor, at=at, source=EventSource.STAFF, job=None)
        note.order = order
    return notes


def _urgent_orders(store: Store, count: int) -> list[Order]:
    orders = Order.objects.for_store(store).pending_shipment().note_unhandled()
    free = orders.filter(note__assignee__isnull=True, note__state__in=UNHANDLED).order_by("ship_by", "pk")
    return list(free.select_for_update(of=("self",), skip_locked=True)[:count])


def _still_free(orders: dict[int, Order]) -> list[BuyerNote]:
    """Look again now that the orders are locked: the first look was at notes as they were before a colleague's turn."""
    notes = BuyerNote.objects.select_for_update(of=("self",)).filter(
        order__in=orders, assignee__isnull=True, state__in=UNHANDLED
    )
    by_order = {note.order_id: note for note in notes}
    return [by_order[pk] for pk in orders if pk in by_order]
