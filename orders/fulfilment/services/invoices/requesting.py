"""Asking for an invoice, by hand, by note or through the API."""

import re
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.models import Job, Store, User
from orders.core.models import Order
from orders.core.services import lock_order
from orders.core.statuses import EventKind, EventSource
from orders.fulfilment.models import InvoiceRequest
from orders.fulfilment.services.invoices.base import (
    Act,
    InvoiceError,
    Kind,
    clean_amount,
    clean_kind,
    clean_remark,
    live_request,
    put_details,
    write,
)

_COMPANY = re.compile(
    r"(公司|集团|厂|店|中心|学校|学院|大学|医院|研究院|研究所|事务所|协会|合作社|工作室|商行|经营部|委员会|局|银行"
    r"|\b(ltd|inc|llc|gmbh|co)\.?)[)）]?$",
    re.IGNORECASE,
)


@transaction.atomic
def request_invoice(  # noqa: PLR0913 -- a request has that many facts
    *,
    store: Store,
    order_id: int,
    title: str,
    tax_number: str = "",
    kind: str = "",
    amount: Decimal | None = None,
    remark: str = "",
    is_electronic: bool = True,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> InvoiceRequest:
    """Write down that the buyer wants an invoice: over what was paid and not refunded, unless told otherwise.

    Without a kind the title says whether it is a company's. What a company still has to tell is marked.

    Raises:
        Order.DoesNotExist: the store has no such order.
        InvoiceError: the order has a request already, nothing is paid, or a value will not do.
        VersionConflict: the order changed since the caller saw it.
    """
    order = lock_order(store=store, order_id=order_id, version=version)
    if live_request(order) is not None:
        raise InvoiceError(
            _("Order %(number)s has an invoice request already: change that one.") % {"number": order.number}
        )
    kind = clean_kind(kind or kind_of(title, tax_number))
    request = InvoiceRequest(remark=clean_remark(remark), is_electronic=is_electronic)
    put_details(request, kind, title, tax_number)
    return create(order, request, Act(actor, at, source, job), amount=amount)


def create(order: Order, request: InvoiceRequest, act: Act, *, amount: Decimal | None = None) -> InvoiceRequest:
    """Save a new request of a locked order; its time runs from now."""
    request.store, request.order, request.amount = order.store, order, clean_amount(order, amount)
    request.requested_by, request.requested_at, request.source = act.actor, act.at, act.source
    request.due_at = act.at + timedelta(days=order.store.invoice_days)
    request.save()
    write(request, EventKind.INVOICE_REQUESTED, act, {})
    return request


def kind_of(title: str, tax_number: str = "") -> str:
    """Tell by its words whether a title is a company's."""
    is_company = bool(tax_number.strip()) or _COMPANY.search(title.strip()) is not None
    return Kind.COMPANY if is_company else Kind.PERSON
