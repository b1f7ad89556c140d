"""Who works on which order next: the most urgent ones that are nobody's, and orders given to a colleague."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from backoffice.common.access import Right
from backoffice.common.models import Job, Membership, Store, User
from orders.core.models import Order
from orders.core.services import CLAIM_LEASE, OrderError, bump, lock_order, record_event
from orders.core.statuses import EventKind, HoldKind
from orders.desk.queues import SUB_QUEUE_BY_KEY

# Nobody here can do anything about these: they end with a refund, a payment, the platform, an import or a day.
WAITING_HOLDS = (
    HoldKind.REFUND_OPEN,
    HoldKind.BALANCE_UNPAID,
    HoldKind.PLATFORM_FORBIDS,
    HoldKind.INCOMPLETE,
    HoldKind.APPOINTED_DATE,
)


def next_orders(*, store: Store, user: User, at: datetime, count: int, sub: str = "") -> list[tuple[int, str]]:
    """Lock and return the most urgent open orders that are nobody's: id and number.

    Of one sub-queue, or of all that somebody can work on now. Rows that a colleague is just taking are skipped.
    """
    queue = SUB_QUEUE_BY_KEY.get(sub)
    orders = Order.objects.for_store(store).pending_shipment().unclaimed(at)
    if queue is not None and queue.key != "mine":
        orders = orders.filter(queue.condition(store, user, at))
    if queue is None or queue.is_workable:
        orders = orders.filter(~Q(hold_kinds__overlap=list(WAITING_HOLDS)))
    locked = orders.order_by("ship_by", "pk").select_for_update(skip_locked=True, of=("self",))
    return list(locked.values_list("pk", "number")[:count])


def people_who_work(store: Store) -> list[tuple[int, str]]:
    """Return who may be given orders: id and name of the active members who work on orders."""
    members = Membership.objects.active().filter(store=store).select_related("user").order_by("user__username")
    return [(member.user_id, str(member.user)) for member in members if Right.WORK_ORDERS in member.rights]


@transaction.atomic
def assign_order(
    *, store: Store, order_id: int, person: User | None, actor: User, at: datetime, job: Job | None = None
) -> Order:
    """Give an order to a colleague, whoever has it now; to nobody when `person` is None. The history names both.

    Raises:
        OrderError: the colleague does not work on orders of this store.
    """
    if person is not None and person.pk not in dict(people_who_work(store)):
        raise OrderError(_("%(who)s does not work on orders of this store.") % {"who": person}, "field")
    order = lock_order(store=store, order_id=order_id)
    holder = order.claimed_by if order.is_claimed(at) else None
    kind = EventKind.CLAIM_RELEASED if person is None else EventKind.CLAIMED
    before, after = {"claimed_by": str(holder or "")}, {"claimed_by": str(person or "")}
    record_event(order, kind, actor=actor, at=at, before=before, after=after, job=job)
    order.claimed_by, order.claim_expires_at = person, at + CLAIM_LEASE if person else None
    bump(order, at, "claimed_by", "claim_expires_at")
    return order


def holder_of(store: Store, order_id: int, at: datetime) -> dict[str, Any]:
    """Return who has the order now: the id, or None."""
    order = Order.objects.for_store(store).only("claimed_by", "claim_expires_at").get(pk=order_id)
    return {"person": order.claimed_by_id if order.is_claimed(at) else None}
