"""The platform's refund facts on orders and lines; the cases live above and change the facts through here."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from backoffice.common.models import Job, Store, User
from orders.core.models import Order, OrderLine
from orders.core.services.base import bump, lock_order, record_event
from orders.core.services.errors import OrderError
from orders.core.services.holds import lift_holds, place_hold
from orders.core.statuses import EventKind, EventSource, HoldKind, RefundStatus

_STRONGEST = (RefundStatus.OPEN, RefundStatus.SUCCEEDED, RefundStatus.CLOSED, RefundStatus.NONE)


@transaction.atomic
def set_refund_facts(
    *,
    store: Store,
    order_id: int,
    status: str,
    refunded: Decimal,
    actor: User | None,
    at: datetime,
    line_id: int | None = None,
    version: int | None = None,
    source: str = EventSource.PLATFORM,
    job: Job | None = None,
) -> Order:
    """Set the refund state of a line, or of the whole order, and what was given back; opens or releases the hold.

    Raises:
        OrderError: more than was paid, or no such line.
    """
    order = lock_order(store=store, order_id=order_id, version=version)
    before = _facts(order)
    if line_id is None:
        order.refunded, order.refund_status = refunded, RefundStatus(status)
    else:
        _set_line(order, line_id, status, refunded)
    if order.refunded > order.gross_paid:
        raise OrderError(
            _("Order %(number)s was paid %(paid)s: %(refunded)s cannot be refunded.")
            % {"number": order.number, "paid": order.gross_paid, "refunded": order.refunded}, "field",
        )  # fmt: skip
    _follow(order, status, actor=actor, at=at, line_id=line_id)
    after = _facts(order) | ({"line": line_id} if line_id else {})
    record_event(
        order, EventKind.REFUND_CHANGED, actor=actor, at=at, source=source, before=before, after=after, job=job
    )
    bump(order, at, "refunded", "refund_status", "has_open_refund", "hold_kinds", actor=actor)
    return order


def _facts(order: Order) -> dict[str, str]:
    return {"refund_status": str(order.refund_status), "refunded": str(order.refunded)}


def _set_line(order: Order, line_id: int, status: str, refunded: Decimal) -> None:
    changed = OrderLine.objects.filter(order=order, pk=line_id).update(refund_status=status, refunded=refunded)
    if not changed:
        raise OrderError(_("Order %(number)s has no such line.") % {"number": order.number}, "field")
    states = set(order.lines.values_list("refund_status", flat=True))
    order.refund_status = next(state for state in _STRONGEST if state in states)
    order.refunded = order.lines.aggregate(total=Sum("refunded"))["total"]


def _follow(order: Order, status: str, *, actor: User | None, at: datetime, line_id: int | None) -> None:
    if status == RefundStatus.OPEN:
        place_hold(order, HoldKind.REFUND_OPEN, reason="", actor=actor, at=at, rule="refund", line_id=line_id)
    else:
        lift_holds(order, HoldKind.REFUND_OPEN, reason=status, actor=actor, at=at, line_id=line_id)
    order.has_open_refund = HoldKind.REFUND_OPEN in order.hold_kinds
