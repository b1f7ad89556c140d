"""Printing of papers: a record for each order and print, so that a second slip is known as one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.audit import write_audit
from backoffice.common.display import listed
from backoffice.common.models import Job, Store, User
from backoffice.common.sealing import SealError, unseal_json
from orders.core.models import Order, Recipient
from orders.core.recipients import PLACE, open_recipient, recipient_context
from orders.core.services import OrderError, bump, lock_order, record_event
from orders.core.statuses import OPEN_STATUSES, Acceptance, EventKind, EventSource, HoldKind, OrderStatus
from orders.fulfilment.models import InvoiceRequest, PrintRecord, Waybill
from orders.fulfilment.services.shipping import ship_problem
from orders.fulfilment.services.waybills import bump_waybill, lock_waybill, refuse_unless, take_recipient
from orders.fulfilment.statuses import InvoiceState, WaybillState
from orders.notes.models import BuyerNote

WAYBILL_PRINTED = "waybill_printed"
WAYBILL_SHOWN = "waybill_shown"


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
        PrintError: the order is not to be packed now, or has no invoice to issue.
        VersionConflict: the order changed since the caller saw it.
    """
    order = lock_order(store=store, order_id=order_id, version=version)
    if problem := _problem(order, paper):
        raise PrintError(_refusal(order, problem), "hold")
    return _record(order, PrintRecord(paper=paper, printed_by=actor, printed_at=at, job=job), source)


@transaction.atomic
def record_waybill_print(
    *,
    store: Store,
    waybill_id: int,
    actor: User | None,
    at: datetime,
    job: Job | None = None,
    paper: str = PrintRecord.Paper.WAYBILL,
    source: str = EventSource.STAFF,
) -> Waybill:
    """Record that a waybill is printed now, with one row of the audit trail for each recipient in clear text.

    Raises:
        Waybill.DoesNotExist: the store has no such parcel.
        WaybillError: it has no number, or is gone.
        PrintError: an order of it must not ship now, or its recipient cannot be opened; it is named.
    """
    waybill, orders = lock_waybill(store, waybill_id)
    refuse_unless(waybill, WaybillState.NUMBERED, WaybillState.PRINTED)
    _refuse_parted(waybill, orders)
    for order in orders:
        _refuse_unshippable(waybill, order)
        audit_waybill(waybill, order, action=WAYBILL_PRINTED, actor=actor, at=at, job=job)
        record = PrintRecord(waybill=waybill, paper=paper, printed_by=actor, printed_at=at, job=job)
        _record(order, record, source)
    take_recipient(waybill, orders)
    waybill.print_count += 1
    waybill.printed_at, waybill.state = at, WaybillState.PRINTED
    bump_waybill(waybill, "print_count", "printed_at", "state", "recipient_key")
    return waybill


def audit_waybill(
    waybill: Waybill, order: Order, *, action: str, actor: User | None, at: datetime, job: Job | None
) -> None:
    """Write down that somebody gets the recipient of an order in clear text on a waybill.

    Raises:
        PrintError: there is nobody to open.
    """
    fields = open_order_recipient(order).fields
    data: dict[str, Any] = {"waybill": waybill.number, "fields": sorted(fields)}
    data |= {"job": job.pk} if job else {}
    write_audit(store=waybill.store, actor=actor, action=action, at=at, subject=order.number, data=data)


class OpenRecipient(NamedTuple):
    """To whom an order goes, in clear text."""

    fields: Mapping[str, str]
    place: Sequence[str]  # province, city, district
    address: str  # all of it


def open_order_recipient(order: Order) -> OpenRecipient:
    """Return to whom an order goes, in clear text; the caller sees to rights and to the audit trail.

    Raises:
        PrintError: it was wiped, was never named, or its key is gone.
    """
    recipient: Recipient | None = getattr(order, "recipient", None)
    values = {"number": order.number}
    if recipient is not None and recipient.purged_at is not None:
        raise PrintError(_("The recipient of order %(number)s was wiped, as the store's rule asks.") % values)
    if recipient is None or recipient.sealed is None:
        raise PrintError(_("No file so far named the recipient of order %(number)s.") % values)
    try:
        fields = open_recipient(order.store_id, order.number, recipient.sealed, recipient.changed)
        changed = (
            {}
            if recipient.changed is None
            else unseal_json(recipient.changed, context=recipient_context(order.store_id, order.number))
        )
    except SealError as error:
        sentence = _("The recipient of order %(number)s cannot be opened: its key is missing. Tell operations.")
        raise PrintError(sentence % values) from error
    place = [changed.get(level, "") if "province" in changed else getattr(order, level) for level in PLACE]
    whole = " ".join(filter(None, [*place, fields.get("street", "")]))
    is_moved = not changed.keys().isdisjoint({*PLACE, "street"})
    return OpenRecipient(fields, place, whole if is_moved else fields.get("modified_address") or whole)


def print_problem(*, status: str, is_accepted: bool, hold_kinds: Sequence[str]) -> str:
    """Return in few words why an order is not to be packed now; empty: it is."""
    if status == OrderStatus.PENDING_PAYMENT:
        return _("not paid")
    if status not in OPEN_STATUSES:
        return _("not awaiting shipment")
    if hold_kinds:
        return _("held: %(kinds)s") % {"kinds": listed(HoldKind(kind).label for kind in hold_kinds)}
    return "" if is_accepted else _("not reviewed")


def _problem(order: Order, paper: str) -> str:
    if paper == PrintRecord.Paper.INVOICE_SHEET:
        wanted = InvoiceRequest.objects.filter(order=order, state=InvoiceState.PENDING)
        return "" if wanted.exists() else _("no invoice to issue")
    return print_problem(
        status=order.status, is_accepted=order.acceptance == Acceptance.ACCEPTED, hold_kinds=order.hold_kinds
    )


def _refusal(order: Order, problem: str) -> str:
    return _("Order %(number)s is not printed: %(problem)s.") % {"number": order.number, "problem": problem}


def _refuse_parted(waybill: Waybill, orders: Sequence[Order]) -> None:
    """Refuse a merged parcel of which an order goes to somebody else by now."""
    if len(orders) < 2:  # noqa: PLR2004
        return
    keys = dict(Recipient.objects.filter(order__in=orders).values_list("order_id", "recipient_key"))
    for order in orders:
        if keys.get(order.pk) != waybill.recipient_key:
            sentence = _("Order %(number)s goes to another recipient by now: take it out of this parcel.")
            raise PrintError(sentence % {"number": order.number}, "hold")


def _refuse_unshippable(waybill: Waybill, order: Order) -> None:
    """Refuse a parcel of which something must not leave: what is held stays off the packing table."""
    rows = waybill.lines.filter(order=order).select_related("line").order_by("pk")
    holds = list(order.holds.filter(released_at__isnull=True).order_by("pk"))
    if problem := ship_problem(order, lines=[row.line for row in rows], holds=holds):
        raise PrintError(problem, "hold")


def _record(order: Order, record: PrintRecord, source: str) -> PrintRecord:
    """Write one print of one paper; only slips count in `print_count`, by which the next slip is a reprint."""
    record.store, record.order = order.store, order
    record.save(force_insert=True)
    is_slip = record.paper == PrintRecord.Paper.PACKING_SLIP
    before: dict[str, Any] = {"print_count": order.print_count} if is_slip else {}
    after: dict[str, Any] = {"print_count": order.print_count + 1} if is_slip else {"paper": str(record.paper)}
    if record.waybill is not None:
        after["tracking_number"] = record.waybill.number
    actor, at = record.printed_by, record.printed_at
    record_event(
        order, EventKind.PRINTED, actor=actor, at=at, source=source, before=before, after=after, job=record.job
    )
    order.printed_at = at
    order.print_count += is_slip
    bump(order, at, "printed_at", "print_count", actor=actor)
    BuyerNote.objects.filter(order=order, changed_after_print=True).update(changed_after_print=False)
    return record
