"""Claims: who works on an order now. A lease that ends after 20 idle minutes; it never stops a colleague's act."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.common.models import Job, Store, User
from orders.core.models import Order
from orders.core.services.base import CLAIM_LEASE, bump, lock_order, record_event
from orders.core.services.errors import OrderError
from orders.core.statuses import EventKind, EventSource

_FIELDS = ("claimed_by", "claim_expires_at")


@transaction.atomic
def claim_order(
    *,
    store: Store,
    order_id: int,
    actor: User,
    at: datetime,
    take_over: bool = False,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Order:
    """Claim an order, or renew the own claim; with `take_over` (the manager's right) also a colleague's live one.

    Raises:
        OrderError: a colleague holds it.
    """
    order = lock_order(store=store, order_id=order_id, version=version)
    holder = order.claimed_by if order.is_claimed(at) else None
    if holder is not None and holder.pk != actor.pk and not take_over:
        raise OrderError(_held_sentence(order, holder), "claim")
    if holder is None or holder.pk != actor.pk:
        before, after = {"claimed_by": str(holder or "")}, {"claimed_by": str(actor)}
        record_event(order, EventKind.CLAIMED, actor=actor, at=at, source=source, before=before, after=after, job=job)
    order.claimed_by, order.claim_expires_at = actor, at + CLAIM_LEASE
    bump(order, at, *_FIELDS, actor=actor)
    return order


@transaction.atomic
def release_claim(
    *,
    store: Store,
    order_id: int,
    actor: User,
    at: datetime,
    take_over: bool = False,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Order:
    """Give back the own claim; with `take_over` end a colleague's. An order nobody holds stays as it is.

    Raises:
        OrderError: a colleague holds it.
    """
    order = lock_order(store=store, order_id=order_id, version=version)
    holder = order.claimed_by
    if holder is None:
        return order
    if holder.pk != actor.pk and order.is_claimed(at) and not take_over:
        raise OrderError(_held_sentence(order, holder), "claim")
    before = {"claimed_by": str(holder)}
    record_event(order, EventKind.CLAIM_RELEASED, actor=actor, at=at, source=source, before=before, job=job)
    order.claimed_by = order.claim_expires_at = None
    bump(order, at, *_FIELDS, actor=actor)
    return order


def _held_sentence(order: Order, holder: User) -> str:
    until = order.claim_expires_at
    return _("%(who)s works on order %(number)s until %(time)s.") % {
        "who": holder,
        "number": order.number,
        "time": f"{timezone.localtime(until):%H:%M}" if until else "—",
    }
