"""Changing a request as long as nothing is issued."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from backoffice.common.models import Job, Store, User
from orders.core.statuses import EventKind, EventSource
from orders.fulfilment.models import InvoiceRequest
from orders.fulfilment.services.invoices.base import (
    Act,
    clean_amount,
    clean_kind,
    clean_remark,
    facts_of,
    lock_invoice,
    put_details,
    refuse_unless,
    save,
)
from orders.fulfilment.statuses import InvoiceState

DETAILS = ("kind", "title", "tax_number", "needs_details")


@transaction.atomic
def change_invoice(  # noqa: PLR0913 -- a request has that many facts
    *,
    store: Store,
    invoice_id: int,
    title: str,
    tax_number: str = "",
    kind: str,
    amount: Decimal | None = None,
    remark: str = "",
    is_electronic: bool = True,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> InvoiceRequest:
    """Change a request that waits: all of it is given anew, without an amount all that the order allows.

    Raises:
        InvoiceRequest.DoesNotExist: the store has no such request.
        InvoiceError: it is issued or void, somebody else changed it, or a value will not do.
    """
    order, request = lock_invoice(store, invoice_id, version)
    refuse_unless(request, InvoiceState.PENDING)
    before = facts_of(request)
    put_details(request, clean_kind(kind), title, tax_number)
    request.amount, request.remark = clean_amount(order, amount), clean_remark(remark)
    request.is_electronic = is_electronic
    act = Act(actor, at, source, job)
    save(request, EventKind.INVOICE_CHANGED, act, before, *DETAILS, "amount", "remark", "is_electronic")
    return request
