"""Printing of papers: a record for each order and print, so that a second slip is known as one."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.display import listed
from backoffice.common.models import Job, Store, User
from orders.core.services import OrderError, bump, lock_order, record_event
from orders.core.statuses import OPEN_STATUSES, Acceptance, EventKind, EventSource, HoldKind, OrderStatus
from orders.fulfilment.models import PrintRecord
from orders.notes.models import BuyerNote


class PrintError(OrderError):
    """An order whose papers are not printed now."""


@transaction.atomic
def record_print(
    *,
    store: Store,
    order_id: int,
    actor: User | None,
    at: datetime,
    paper: str = PrintRecord.Paper.PACKING_SLIP,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> PrintRecord:
    """Record that a paper of the order is printed now; what it says is as new as the order.

    Raises:
        Order.DoesNotExist: the store has no such order.
        PrintError: the order is not to be packed now.
        VersionConflict: the order changed since the caller saw it.
    """
    order = lock_order(store=store, order_id=order_id, version=version)
    if problem := print_problem(
        status=order.status, is_accepted=order.acceptance == Acceptance.ACCEPTED, hold_kinds=order.hold_kinds
    ):
        raise PrintError(
            _("Order %(number)s is not printed: %(problem)s.") % {"number": order.number, "problem": problem}, "hold"
        )
    record = PrintRecord.objects.create(store=store, order=order, paper=paper, printed_by=actor, printed_at=at, job=job)
    before, after = {"print_count": order.print_count}, {"print_count": order.print_count + 1}
    record_event(order, EventKind.PRINTED, actor=actor, at=at, source=source, before=before, after=after, job=job)
    order.printed_at, order.print_count = at, order.print_count + 1
    bump(order, at, "printed_at", "print_count", actor=actor)
    BuyerNote.objects.filter(order=order, changed_after_print=True).update(changed_after_print=False)
    return record


def print_problem(*, status: str, is_accepted: bool, hold_kinds: Sequence[str]) -> str:
    """Return in few words why an order is not to be packed now; empty: it is."""
    if status == OrderStatus.PENDING_PAYMENT:
        return _("not paid")
    if status not in OPEN_STATUSES:
        return _("not awaiting shipment")
    if hold_kinds:
        return _("held: %(kinds)s") % {"kinds": listed(HoldKind(kind).label for kind in hold_kinds)}
    return "" if is_accepted else _("not reviewed")
