from django.db.models import QuerySet

from backoffice.common.access import ROLE_RIGHTS, Right
from backoffice.common.models import Membership, Store, User
from backoffice.common.statements import Prepared
from orders.core.models import Order
from orders.notes.models import BuyerNote
from orders.notes.queries.specs import ordered_lines, product_key, sold_specs
from orders.notes.recognition import OrderedLine

_ANY_STORE = 0  # the sample whose place a store takes
_ROLES = [str(role) for role, rights in ROLE_RIGHTS.items() if Right.WORK_ORDERS in rights]


def note_of(order: Order) -> BuyerNote | None:
    """Return the order's buyer note with its versions, newest first in `versions`."""
    notes = BuyerNote.objects.filter(order=order).select_related("assignee", "handled_by")
    return notes.prefetch_related("versions").first()


def note_by_number(store: Store, number: str) -> BuyerNote:
    """Return the note of an order with order, buyer and people.

    Raises:
        BuyerNote.DoesNotExist: the store has no such order, or it has no note.
    """
    found = _NOTES.fetch(store.pk, number)
    if not found:
        raise BuyerNote.DoesNotExist(number)
    note = found[0]
    note.order.store = store
    return note


_STORE, _NUMBER = -1, "-2"  # stand for the values of a call
_NOTES = Prepared(
    lambda: BuyerNote.objects.filter(store=_STORE, order__store=_STORE, order__number=_NUMBER).select_related(
        "order__buyer", "assignee", "handled_by"
    ),
    _STORE,
    _NUMBER,
)


def lines_to_read(store: Store, order: Order) -> tuple[OrderedLine, ...]:
    """Return what was ordered, with the specs that its products are sold in: two statements."""
    lines = list(order.lines.select_related("title").order_by("position", "pk"))
    return ordered_lines(lines, sold_specs(store, [product_key(line) for line in lines]))


def _handlers() -> QuerySet[Membership, Membership]:
    members = Membership.objects.active().filter(store=_ANY_STORE, roles__overlap=_ROLES).select_related("user")
    return members.only("user__username", "user__display_name").order_by("user__username")


_members = Prepared(_handlers, _ANY_STORE)


def note_handlers(store: Store) -> list[User]:
    """Return the members to whom notes may be given, by name."""
    return [member.user for member in _members.fetch(store.pk)]
