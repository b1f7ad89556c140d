"""Issuing, mailing and taking back. What stands on an invoice never exceeds what the order was paid and kept."""

import re
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.models import Job, Store, User
from orders.core.models import Order
from orders.core.services import finish_wish
from orders.core.services.wishes import open_wishes
from orders.core.statuses import EventKind, EventSource, WishKind
from orders.fulfilment.couriers import TrackingError, find_courier, normalise_tracking
from orders.fulfilment.models import InvoiceRequest
from orders.fulfilment.models.invoices import invoice_limit
from orders.fulfilment.services.invoices.base import (
    Act,
    InvoiceError,
    checked_number,
    clean_amount,
    facts_of,
    lock_invoice,
    refuse_unless,
    save,
)
from orders.fulfilment.services.invoices.requesting import create
from orders.fulfilment.statuses import STAFF_VOID_REASONS, InvoiceState, VoidReason

_NUMBER = re.compile(r"[0-9A-Z\-]{6,40}", re.ASCII)
_COPIED = ("kind", "title", "tax_number", "needs_details", "remark", "is_electronic", "wish_id", "note_version")


@transaction.atomic
def issue_invoice(
    *,
    store: Store,
    invoice_id: int,
    invoice_number: str,
    is_electronic: bool | None = None,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> InvoiceRequest:
    """Record the invoice that was issued. Money that was refunded since is taken off the amount, and the event says so.

    An electronic invoice is with the buyer at once: the wish is done; one on paper is when it is mailed.

    Raises:
        InvoiceRequest.DoesNotExist: the store has no such request.
        InvoiceError: it does not wait, lacks its title or tax number, the order was refunded in full, or the number
            will not do.
    """
    order, request = lock_invoice(store, invoice_id, version)
    refuse_unless(request, InvoiceState.PENDING)
    _refuse_incomplete(request)
    before, limit = facts_of(request), invoice_limit(order)
    request.amount = clean_amount(order, min(request.amount, limit) if limit > 0 else None)
    request.invoice_number = _clean_number(order, request, invoice_number)
    request.state, request.issued_by, request.issued_at = InvoiceState.ISSUED, actor, at
    request.is_electronic = request.is_electronic if is_electronic is None else is_electronic
    act = Act(actor, at, source, job)
    fields = ("amount", "invoice_number", "state", "issued_by", "issued_at", "is_electronic")
    save(request, EventKind.INVOICE_ISSUED, act, before, *fields)
    if request.is_electronic:
        _finish_wishes(order, act)
    return request


def _refuse_incomplete(request: InvoiceRequest) -> None:
    if request.needs_details:
        missing = checked_number(request.kind, request.tax_number).sentence if request.title else _("It has no title.")
        raise InvoiceError(
            _("The invoice of order %(number)s cannot be issued yet. %(missing)s Ask the buyer.")
            % {"number": request.order.number, "missing": missing},
            "hold",
        )


def _clean_number(order: Order, request: InvoiceRequest, text: str) -> str:
    """Return the number in plain capitals; one number for several orders is in order, for two titles it is not."""
    number = "".join(text.split()).upper()
    if not _NUMBER.fullmatch(number):
        raise InvoiceError(_("An invoice number has 6 to 40 digits, letters or dashes."), "field")
    others = InvoiceRequest.objects.for_store(order.store).filter(invoice_number=number).exclude(title=request.title)
    other = others.exclude(state=InvoiceState.VOID).select_related("order").first()
    if other is not None:
        raise InvoiceError(
            _("Invoice number %(invoice)s belongs to order %(number)s, which has another title.")
            % {"invoice": number, "number": other.order.number},
            "field",
        )
    return number


@transaction.atomic
def mail_invoice(
    *,
    store: Store,
    invoice_id: int,
    courier: str,
    tracking_number: str,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> InvoiceRequest:
    """Record that the invoice was mailed to the buyer. What that costs is the seller's and stands nowhere.

    Raises:
        InvoiceRequest.DoesNotExist: the store has no such request.
        InvoiceError: it is not issued or void, or courier or number will not do.
    """
    order, request = lock_invoice(store, invoice_id, version)
    refuse_unless(request, InvoiceState.ISSUED, InvoiceState.MAILED)
    before = facts_of(request)
    request.courier, request.tracking_number = _parcel(courier, tracking_number)
    request.state, request.mailed_at = InvoiceState.MAILED, at
    act = Act(actor, at, source, job)
    save(request, EventKind.INVOICE_MAILED, act, before, "courier", "tracking_number", "state", "mailed_at")
    _finish_wishes(order, act)
    return request


def _parcel(courier: str, tracking_number: str) -> tuple[str, str]:
    known = find_courier(courier)
    if known is None:
        raise InvoiceError(
            _("Courier “%(courier)s” is not in the list of couriers.") % {"courier": courier.strip()[:60]}, "field"
        )
    try:
        return known.code, normalise_tracking(tracking_number)
    except TrackingError as error:
        raise InvoiceError(str(error), "field") from error


def _finish_wishes(order: Order, act: Act) -> None:
    if WishKind.INVOICE not in order.wish_kinds:
        return
    for wish_id in list(open_wishes(order).filter(kind=WishKind.INVOICE).values_list("pk", flat=True)):
        finish_wish(
            store=order.store, order_id=order.pk, wish_id=wish_id, actor=act.actor, at=act.at, source=act.source,
            job=act.job,
        )  # fmt: skip


@transaction.atomic
def void_invoice(
    *,
    store: Store,
    invoice_id: int,
    reason: str,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> InvoiceRequest:
    """Take an invoice back: to issue it again, which puts a new request into the queue, or after a refund in full.

    There is no third reason, so that nobody who paid is left without.

    Raises:
        InvoiceRequest.DoesNotExist: the store has no such request.
        InvoiceError: the reason is none of the two, or does not fit the order.
    """
    order, request = lock_invoice(store, invoice_id, version)
    _check_void(order, request, reason)
    act = Act(actor, at, source, job)
    take_back(request, reason, act)
    if reason == VoidReason.REISSUE:
        copied = {name: getattr(request, name) for name in _COPIED}
        create(order, InvoiceRequest(**copied), act, amount=min(request.amount, invoice_limit(order)))
    return request


def take_back(request: InvoiceRequest, reason: str, act: Act) -> None:
    before, request.state, request.void_reason = facts_of(request), InvoiceState.VOID, reason
    save(request, EventKind.INVOICE_VOIDED, act, before, "state", "void_reason", void_reason=str(reason))


def _check_void(order: Order, request: InvoiceRequest, reason: str) -> None:
    if reason not in STAFF_VOID_REASONS:
        raise InvoiceError(_("An invoice is made void to issue it again, or after a refund in full."), "field")
    is_refunded = invoice_limit(order) <= 0
    if reason == VoidReason.REFUNDED:
        refuse_unless(request, InvoiceState.PENDING, InvoiceState.ISSUED, InvoiceState.MAILED)
        if not is_refunded:
            raise InvoiceError(
                _("Order %(number)s was not refunded in full: the buyer keeps the right to an invoice.")
                % {"number": order.number}
            )
        return
    refuse_unless(request, InvoiceState.ISSUED, InvoiceState.MAILED)
    if is_refunded:
        raise InvoiceError(
            _("Order %(number)s was refunded in full: there is nothing to issue again.") % {"number": order.number}
        )
