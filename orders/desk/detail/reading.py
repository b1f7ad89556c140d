"""One order with what its acts depend on."""

from datetime import datetime

from backoffice.common.access import Right
from backoffice.common.models import Store, User
from orders.core.models import Order
from orders.desk.situations import Situation


def find_situation(*, store: Store, number: str, actor: User, rights: frozenset[Right], now: datetime) -> Situation:
    """Read one order with what its acts depend on.

    Raises:
        Order.DoesNotExist: the store has no such order.
    """
    joined = ("buyer", "claimed_by", "recipient", "note", "note__handled_by", "note__assignee")
    order = Order.objects.for_store(store).select_related(*joined).get(number=number)
    order.store = store
    holds = order.holds.filter(released_at__isnull=True).select_related("opened_by").order_by("opened_at", "pk")
    if not order.hold_kinds:
        holds = holds.none()
    return Situation(
        order=order,
        lines=list(order.lines.select_related("title").order_by("position", "pk")),
        holds=list(holds),
        note=getattr(order, "note", None),
        actor=actor,
        rights=rights,
        now=now,
    )
