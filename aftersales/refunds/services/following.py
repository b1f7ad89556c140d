"""The order's own refund facts follow its cases, in the transaction that moves the case."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from aftersales.refunds.models import Refund
from aftersales.refunds.queries.money import NOTHING
from aftersales.refunds.statuses import OPEN_STATES, RefundState
from backoffice.common.models import Job, User
from orders.core.models import Order, OrderLine
from orders.core.services import bump, close_order, lift_holds, place_hold, record_event
from orders.core.statuses import SHIPPABLE_STATUSES, EventKind, EventSource, HoldKind, OrderStatus, RefundStatus


class CaseSums(NamedTuple):
    """All cases of an order, or those about one line or about the whole."""

    is_open: bool
    given: Decimal


def gives(refund: Refund) -> Decimal:
    """Return what the case gives back: nothing before it succeeded."""
    return refund.refunded if refund.status == RefundState.SUCCEEDED else NOTHING


def follow_order(
    refund: Refund,
    *,
    gave: Decimal,
    actor: User | None,
    at: datetime,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> None:
    """Tell the locked order what its cases came to, and save its next version; `gave` is what this one gave before.

    A line, or the order, is open while a case of it is; then refunded when money was given back; else closed. What the
    platform told beyond the cases known here stays counted. Only what has not shipped is held.
    """
    order, before = refund.order, _facts(refund.order)
    rows = list(Refund.objects.filter(order=order).values_list("line_id", "status", "refunded"))
    own = sum_cases([row for row in rows if row[0] == refund.line_id])
    line = order.lines.filter(pk=refund.line_id).first() if refund.line_id else None
    if line is not None:
        _follow_line(refund, line, own, gave)
    _follow_hold(order, line, own, actor=actor, at=at)
    order.refunded = min(counted(order.refunded, sum_cases(rows).given, gave, refund), order.gross_paid)
    order.refund_status = _state_of_order(order, sum_cases(rows))
    order.has_open_refund = order.refund_status == RefundStatus.OPEN
    after = _facts(order) | ({"line": line.pk} if line else {})
    if _facts(order) != before:
        record_event(
            order, EventKind.REFUND_CHANGED, actor=actor, at=at, source=source, before=before, after=after, job=job
        )
    bump(order, at, "refunded", "refund_status", "has_open_refund", "hold_kinds", actor=actor)


def _facts(order: Order) -> dict[str, str]:
    return {"refund_status": str(order.refund_status), "refunded": str(order.refunded)}


def sum_cases(rows: Sequence[tuple[int | None, str, Decimal]]) -> CaseSums:
    given = sum((refunded for _line, status, refunded in rows if status == RefundState.SUCCEEDED), NOTHING)
    return CaseSums(any(status in OPEN_STATES for _line, status, _refunded in rows), given)


def _follow_line(refund: Refund, line: OrderLine, own: CaseSums, gave: Decimal) -> None:
    line.refunded = counted(line.refunded, own.given, gave, refund)
    line.refund_status = state_of_refunds(is_open=own.is_open, refunded=line.refunded)
    line.save(update_fields=["refunded", "refund_status"])


def counted(told: Decimal, given: Decimal, gave: Decimal, refund: Refund) -> Decimal:
    """Return what is given back by cases, and by refunds that the platform told of and no case here explains.

    A case that the platform reports may be the one behind the amount that it told before.
    """
    newly = gives(refund) - gave
    unexplained = max(told - (given - newly), NOTHING)
    if refund.source == EventSource.PLATFORM:
        unexplained = max(unexplained - max(newly, NOTHING), NOTHING)
    return given + unexplained


def state_of_refunds(*, is_open: bool, refunded: Decimal) -> RefundStatus:
    if is_open:
        return RefundStatus.OPEN
    return RefundStatus.SUCCEEDED if refunded else RefundStatus.CLOSED


def _state_of_order(order: Order, cases: CaseSums) -> RefundStatus:
    """Return the state of all of it; a refund that is open at the platform and unknown here still holds the order."""
    is_open = (
        cases.is_open
        or HoldKind.REFUND_OPEN in order.hold_kinds
        or order.lines.filter(refund_status=RefundStatus.OPEN).exists()
    )
    return state_of_refunds(is_open=is_open, refunded=order.refunded)


def _follow_hold(order: Order, line: OrderLine | None, own: CaseSums, *, actor: User | None, at: datetime) -> None:
    """Hold what the case is about while it is open and has not shipped; the whole order, or one line."""
    line_id = line.pk if line else None
    if own.is_open and may_ship(order, line):
        place_hold(order, HoldKind.REFUND_OPEN, reason="", actor=actor, at=at, rule="refund", line_id=line_id)
        return
    lift_holds(order, HoldKind.REFUND_OPEN, reason="", actor=actor, at=at, line_id=line_id)
    if line is None:  # that lifted those of lines too: cases of lines still hold them
        for other in order.lines.filter(refund_status=RefundStatus.OPEN).order_by("pk"):
            _follow_hold(order, other, CaseSums(is_open=True, given=NOTHING), actor=actor, at=at)


def may_ship(order: Order, line: OrderLine | None) -> bool:
    return order.status in SHIPPABLE_STATUSES and (line is None or line.shipped_quantity < line.quantity)


def close_if_given_back(refund: Refund, *, actor: User | None, at: datetime, job: Job | None = None) -> None:
    """Close an order of which nothing has shipped when all of it was given back; the platform does the same."""
    order = refund.order
    if order.status != OrderStatus.PENDING_SHIPMENT or order.has_open_refund or not gives(refund):
        return
    sold = list(order.lines.filter(is_gift=False))
    if order.refunded >= order.gross_paid or (sold and not any(line.unshipped for line in sold)):
        refund.order = close_order(
            store=refund.store,
            order_id=order.pk,
            reason=_("Refunded in full before it was shipped"),
            actor=actor,
            at=at,
            source=EventSource.SYSTEM,
            job=job,
        )
