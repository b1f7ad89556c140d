"""Holds: named reasons why an order, or one line of it, must not ship now. `Order.hold_kinds` repeats the open ones."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.models import Job, Store, User
from orders.core.models import Hold, Order
from orders.core.services.base import bump, clean_reason, lock_order, record_event
from orders.core.services.errors import OrderError
from orders.core.statuses import FACT_HOLDS, SHIPPABLE_STATUSES, STOCK_RULE, EventKind, EventSource, HoldKind

_BY_HAND = (EventSource.STAFF, EventSource.API)


@transaction.atomic
def open_hold(  # noqa: PLR0913 -- a hold has that many facts
    *,
    store: Store,
    order_id: int,
    kind: str,
    reason: str,
    actor: User | None,
    at: datetime,
    rule: str = "",
    line_id: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
    version: int | None = None,
) -> Hold:
    """Hold an order, or one line, for a reason; a hold of that kind that is open already stays as it is.

    Raises:
        OrderError: people may not open this kind, the reason is missing, or the order has left the warehouse.
    """
    if source in _BY_HAND:
        _check_kind(kind)
        reason = clean_reason(reason)
    order = lock_order(store=store, order_id=order_id, version=version)
    if source in _BY_HAND and order.status not in SHIPPABLE_STATUSES:
        raise OrderError(
            _("Order %(number)s is “%(status)s”: there is nothing left to hold.")
            % {"number": order.number, "status": order.get_status_display()}
        )
    if line_id is not None and not order.lines.filter(pk=line_id).exists():
        raise OrderError(_("Order %(number)s has no such line.") % {"number": order.number}, "field")
    hold, is_new = place_hold(order, kind, reason=reason, actor=actor, at=at, rule=rule, line_id=line_id)
    if is_new:
        after = {"hold": kind, "reason": reason, "line": line_id, "rule": rule}
        record_event(order, EventKind.HELD, actor=actor, at=at, source=source, after=after, job=job)
        bump(order, at, "hold_kinds", actor=actor)
    return hold


@transaction.atomic
def release_hold(
    *,
    store: Store,
    order_id: int,
    kind: str,
    reason: str,
    actor: User | None,
    at: datetime,
    line_id: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
    version: int | None = None,
) -> Order:
    """Release the open holds of one kind: all of them, or the one on a line; those of a shortage stay.

    Raises:
        OrderError: no such hold is open, the reason is missing, or it follows facts and not people.
    """
    if source in _BY_HAND:
        _check_kind(kind)
        reason = clean_reason(reason)
    order = lock_order(store=store, order_id=order_id, version=version)
    released = lift_holds(order, kind, reason=reason, actor=actor, at=at, line_id=line_id)
    if not released:
        raise _nothing_released(order, kind, line_id)
    before, after = {"hold": kind, "line": line_id}, {"reason": reason}
    record_event(order, EventKind.HOLD_RELEASED, actor=actor, at=at, source=source, before=before, after=after, job=job)
    bump(order, at, "hold_kinds", actor=actor)
    return order


def _nothing_released(order: Order, kind: str, line_id: int | None) -> OrderError:
    holds = order.holds.filter(kind=kind, rule=STOCK_RULE, released_at__isnull=True)
    if (holds if line_id is None else holds.filter(line_id=line_id)).exists():
        return OrderError(shortage_sentence(order), "hold")
    return OrderError(
        _("Order %(number)s has no open hold “%(kind)s”.") % {"number": order.number, "kind": HoldKind(kind).label}
    )


def shortage_sentence(order: Order) -> str:
    """Say why a hold of a shortage is not released by hand."""
    return _(
        "Order %(number)s is short of stock: settle the shortage with the buyer, or wait for stock. Its hold ends by "
        "itself then."
    ) % {"number": order.number}


def _check_kind(kind: str) -> None:
    if kind not in HoldKind.values:
        raise OrderError(_("There is no hold “%(kind)s”.") % {"kind": kind}, "field")
    if kind in FACT_HOLDS:
        raise OrderError(
            _("The hold “%(kind)s” opens and closes with what it stands for, not by hand.")
            % {"kind": HoldKind(kind).label},
            "hold",
        )


def place_hold(
    order: Order,
    kind: str,
    *,
    reason: str,
    actor: User | None,
    at: datetime,
    rule: str = "",
    line_id: int | None = None,
) -> tuple[Hold, bool]:
    """Open a hold on a locked order; the caller writes the event and saves `hold_kinds`. Tell whether it is new."""
    hold, is_new = Hold.objects.get_or_create(
        order=order,
        kind=kind,
        line_id=line_id,
        released_at=None,
        defaults={"store_id": order.store_id, "reason": reason, "opened_at": at, "opened_by": actor, "rule": rule},
    )
    order.hold_kinds = sorted({*order.hold_kinds, str(kind)})
    return hold, is_new


def lift_holds(
    order: Order, kind: str, *, reason: str, actor: User | None, at: datetime, line_id: int | None = None
) -> int:
    """Release open holds of a locked order; the caller writes the event and saves `hold_kinds`. Return how many.

    Holds of a shortage end with the shortage: they stay.
    """
    holds = order.holds.filter(kind=kind, released_at__isnull=True).exclude(rule=STOCK_RULE)
    if line_id is not None:
        holds = holds.filter(line_id=line_id)
    released = holds.update(released_at=at, released_by=actor, release_reason=reason)
    open_kinds = order.holds.filter(released_at__isnull=True).values_list("kind", flat=True)
    order.hold_kinds = sorted(set(open_kinds))
    return released
