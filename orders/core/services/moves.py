"""Moves of an order that staff make by hand; shipping has its own service in orders.fulfilment."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.models import Job, Store, User
from orders.core.models import Order, OrderEvent
from orders.core.services.acceptance import ACCEPTANCE_FIELDS, set_accepted
from orders.core.services.base import bump, clean_reason, lock_order, move, record_event
from orders.core.services.errors import OrderError
from orders.core.services.promise import PROMISE_FIELDS, recompute_promise
from orders.core.statuses import ACCEPTED_ON_PAYMENT, EventKind, EventSource, OrderStatus

REOPEN_MINUTES = 15


@transaction.atomic
def mark_paid(
    *,
    store: Store,
    order_id: int,
    method: str,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Order:
    """Record a payment that reached the shop outside the platform: the whole amount due, now.

    Raises:
        OrderError: the order does not await payment, or the method is missing.
    """
    if not 0 < len(method.strip()) <= 32:  # noqa: PLR2004 -- length of the column
        raise OrderError(_("Say how the order was paid, in up to 32 characters."), "field")
    order = lock_order(store=store, order_id=order_id, version=version)
    amount = order.total if order.payable is None else order.payable + order.postage
    after = {"paid": str(amount), "payment_method": method.strip()}
    move(order, OrderStatus.PENDING_SHIPMENT, EventKind.PAID, actor=actor, at=at, source=source, job=job, after=after)
    order.paid_at, order.payment_method = at, method.strip()
    order.paid = order.gross_paid = amount
    recompute_promise(order)
    if store.accepts_now:
        set_accepted(order, by=ACCEPTED_ON_PAYMENT, at=at)
    bump(order, at, "status", "paid_at", "payment_method", "paid", "gross_paid", *PROMISE_FIELDS,
         *ACCEPTANCE_FIELDS, actor=actor)  # fmt: skip
    return order


@transaction.atomic
def close_order(
    *,
    store: Store,
    order_id: int,
    reason: str,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Order:
    """Close an order that will not go on.

    Raises:
        OrderError: its status does not allow it, or the reason is missing.
    """
    reason = clean_reason(reason, longest=120)
    order = lock_order(store=store, order_id=order_id, version=version)
    after = {"close_reason": reason}
    move(order, OrderStatus.CLOSED, EventKind.CLOSED, actor=actor, at=at, source=source, job=job, after=after)
    order.close_reason = reason
    bump(order, at, "status", "close_reason", actor=actor)
    return order


@transaction.atomic
def reopen_unpaid(
    *,
    store: Store,
    order_id: int,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Order:
    """Undo that a person closed an unpaid order, within minutes.

    Raises:
        OrderError: it is not closed, was paid, the platform closed it, or the minutes have passed.
    """
    order = lock_order(store=store, order_id=order_id, version=version)
    _check_reopening(order, at)
    before = {"status": str(order.status), "close_reason": order.close_reason}
    after = {"status": OrderStatus.PENDING_PAYMENT.value}
    record_event(order, EventKind.REOPENED, actor=actor, at=at, source=source, before=before, after=after, job=job)
    order.status, order.close_reason = OrderStatus.PENDING_PAYMENT, ""
    bump(order, at, "status", "close_reason", actor=actor)
    return order


def _check_reopening(order: Order, at: datetime) -> None:
    values = {"number": order.number, "status": order.get_status_display(), "count": REOPEN_MINUTES}
    if order.status != OrderStatus.CLOSED:
        raise OrderError(_("Order %(number)s is “%(status)s”: there is nothing to reopen.") % values)
    if order.paid_at is not None:
        raise OrderError(_("Order %(number)s was paid before it was closed: it cannot be reopened here.") % values)
    closing = order.events.filter(after__has_key="status").order_by("-pk").first()
    if closing is None or not _is_closed_by_hand(closing):
        raise OrderError(_("Order %(number)s was not closed by hand: only the platform can reopen it.") % values)
    if at > closing.at + timedelta(minutes=REOPEN_MINUTES):
        raise OrderError(
            _("Order %(number)s was closed more than %(count)s minutes ago: it stays closed. The buyer can order anew.")
            % values
        )


def _is_closed_by_hand(event: OrderEvent) -> bool:
    is_by_hand = event.source == EventSource.STAFF and event.actor_id is not None
    return is_by_hand and event.kind == EventKind.CLOSED and event.before.get("status") == OrderStatus.PENDING_PAYMENT


@transaction.atomic
def complete_order(
    *,
    store: Store,
    order_id: int,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Order:
    """Complete a shipped order.

    Raises:
        OrderError: it is not shipped, or a refund is open.
    """
    order = lock_order(store=store, order_id=order_id, version=version)
    if order.has_open_refund:
        raise OrderError(_("Order %(number)s has an open refund: settle it first.") % {"number": order.number}, "hold")
    move(order, OrderStatus.COMPLETED, EventKind.COMPLETED, actor=actor, at=at, source=source, job=job)
    order.completed_at = at
    bump(order, at, "status", "completed_at", actor=actor)
    return order
