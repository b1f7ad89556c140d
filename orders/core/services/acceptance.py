"""Review (审单) of paid orders."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.models import Job, Store, User
from orders.core.models import Order
from orders.core.services.base import bump, clean_reason, lock_order, record_event
from orders.core.services.errors import OrderError
from orders.core.services.holds import lift_holds
from orders.core.statuses import FACT_HOLDS, Acceptance, EventKind, EventSource, OrderStatus


@transaction.atomic
def accept_order(
    *,
    store: Store,
    order_id: int,
    actor: User | None,
    at: datetime,
    rule: str = "",
    release_reason: str = "",
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Order:
    """Accept a paid order for shipping, by a person or a rule.

    With a release reason its holds go first, but for those that follow facts or stand for a shortage.

    Raises:
        OrderError: it is not awaiting shipment, is accepted already, or the reason is too short or too long.
    """
    reason = clean_reason(release_reason) if release_reason else ""
    order = lock_order(store=store, order_id=order_id, version=version)
    if not order.is_open:
        raise OrderError(
            _("Order %(number)s is “%(status)s”: only orders that await shipment are accepted.")
            % {"number": order.number, "status": order.get_status_display()}
        )
    if order.acceptance == Acceptance.ACCEPTED:
        raise OrderError(_("Order %(number)s is accepted already.") % {"number": order.number})
    if reason:
        _release_holds(order, reason, actor=actor, at=at, source=source, job=job)
    _record(order, EventKind.ACCEPTED, Acceptance.ACCEPTED, actor=actor, at=at, source=source, job=job, rule=rule)
    set_accepted(order, by=rule or str(actor or source), at=at)
    bump(order, at, "hold_kinds", *ACCEPTANCE_FIELDS, actor=actor)
    return order


def _release_holds(
    order: Order, reason: str, *, actor: User | None, at: datetime, source: str, job: Job | None
) -> None:
    for kind in sorted(set(order.hold_kinds) - FACT_HOLDS):
        if not lift_holds(order, kind, reason=reason, actor=actor, at=at):
            continue
        before, after = {"hold": kind, "line": None}, {"reason": reason}
        record_event(
            order, EventKind.HOLD_RELEASED, actor=actor, at=at, source=source, before=before, after=after, job=job
        )


@transaction.atomic
def unaccept_order(
    *,
    store: Store,
    order_id: int,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Order:
    """Take an order back to review, as long as nothing of it has shipped.

    Raises:
        OrderError: it has shipped, or is not accepted.
    """
    order = lock_order(store=store, order_id=order_id, version=version)
    if order.status != OrderStatus.PENDING_SHIPMENT:
        raise OrderError(
            _("Order %(number)s is “%(status)s”: only orders of which nothing has shipped go back to review.")
            % {"number": order.number, "status": order.get_status_display()}
        )
    if order.acceptance == Acceptance.UNREVIEWED:
        raise OrderError(_("Order %(number)s is not accepted.") % {"number": order.number})
    _record(order, EventKind.UNACCEPTED, Acceptance.UNREVIEWED, actor=actor, at=at, source=source, job=job)
    order.acceptance, order.acceptance_rule, order.accepted_at = Acceptance.UNREVIEWED, "", None
    bump(order, at, *ACCEPTANCE_FIELDS, actor=actor)
    return order


ACCEPTANCE_FIELDS = ("acceptance", "acceptance_rule", "accepted_at")


def set_accepted(order: Order, *, by: str, at: datetime) -> None:
    """Set the columns of an accepted order; the caller saves ACCEPTANCE_FIELDS."""
    order.acceptance, order.acceptance_rule, order.accepted_at = Acceptance.ACCEPTED, by[:120], at


def _record(
    order: Order,
    kind: EventKind,
    new: Acceptance,
    *,
    actor: User | None,
    at: datetime,
    source: str,
    job: Job | None,
    rule: str = "",
) -> None:
    before, after = {"acceptance": str(order.acceptance)}, {"acceptance": new.value} | ({"rule": rule} if rule else {})
    record_event(order, kind, actor=actor, at=at, source=source, before=before, after=after, job=job)
