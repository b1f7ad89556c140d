"""Asking the buyer for what an invoice still lacks."""

from datetime import datetime

from django.utils.translation import gettext as _

from backoffice.common.models import Job, Store, User
from orders.core.models import ContactLog
from orders.core.services import log_contact
from orders.core.statuses import ContactChannel, EventSource
from orders.fulfilment.models import InvoiceRequest
from orders.fulfilment.queries.invoices import InvoiceRow
from orders.fulfilment.services.invoices.base import Kind, checked_number


def details_question(request: InvoiceRequest) -> str:
    """Return the question that is ready to be put to the buyer; empty when nothing is missing."""
    if not request.needs_details:
        return ""
    values = {"number": request.order.number, "title": request.title, "written": request.tax_number}
    if not request.title:
        return _("Hello! Which title shall the invoice of your order %(number)s have? For a company we also need its "
                 "tax number.") % values  # fmt: skip
    if request.kind == Kind.COMPANY and request.tax_number:
        return _("Hello! The tax number %(written)s for the invoice to %(title)s does not seem to be right. Could you "
                 "send us the 18 characters once more?") % values  # fmt: skip
    return _("Hello! For the invoice to %(title)s we still need the tax number of the company (18 characters). Could "
             "you send it to us?") % values  # fmt: skip


def ask_for_details(
    *,
    store: Store,
    invoice_id: int,
    text: str = "",
    channel: str = ContactChannel.CHAT,
    actor: User | None,
    at: datetime,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> ContactLog:
    """Write down that the buyer was asked, by default with the question that is ready.

    Raises:
        InvoiceRequest.DoesNotExist: the store has no such request.
        OrderError: the text is missing or too long, or there is no such channel.
    """
    request = InvoiceRequest.objects.for_store(store).select_related("order").get(pk=invoice_id)
    return log_contact(
        store=store, order_id=request.order_id, channel=channel, text=text.strip() or details_question(request),
        actor=actor, at=at, source=source, job=job,
    )  # fmt: skip


def missing_details(request: InvoiceRequest | InvoiceRow) -> str:
    """Say what an invoice lacks, or what to look at once more; empty: nothing."""
    if not request.title:
        return _("The title is to be asked for.")
    return checked_number(request.kind, request.tax_number).sentence if request.kind == Kind.COMPANY else ""
