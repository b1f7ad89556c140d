"""What every act on an invoice does: the order is locked first, then its request."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from backoffice.common.display import money_text
from backoffice.common.masking import mask_text
from backoffice.common.models import Job, Store, User
from orders.core.models import Order
from orders.core.services import OrderError, bump, lock_order, record_event
from orders.fulfilment.models import InvoiceRequest
from orders.fulfilment.models.invoices import invoice_limit
from orders.fulfilment.statuses import InvoiceState
from orders.fulfilment.tax_numbers import TaxNumber, check_tax_number

TITLE_LENGTH, REMARK_LENGTH = 120, 200
_FEN = Decimal("0.01")
Kind = InvoiceRequest.Kind


class InvoiceError(OrderError):
    """An invoice that is not asked for, changed, issued or taken back so."""


class Act(NamedTuple):
    """Who acts, when and how: what every event is written with."""

    actor: User | None
    at: datetime
    source: str
    job: Job | None = None


def live_request(order: Order) -> InvoiceRequest | None:
    """Return the order's request that is not void; there is one at most."""
    return InvoiceRequest.objects.filter(order=order).exclude(state=InvoiceState.VOID).first()


def lock_invoice(store: Store, invoice_id: int, version: int | None) -> tuple[Order, InvoiceRequest]:
    """Lock the order of an invoice and read the invoice anew.

    Raises:
        InvoiceRequest.DoesNotExist: the store has no such request.
        InvoiceError: it changed since the caller saw it.
    """
    rows = InvoiceRequest.objects.for_store(store)
    order = lock_order(store=store, order_id=rows.values_list("order_id", flat=True).get(pk=invoice_id))
    request = rows.get(pk=invoice_id)
    if version is not None and version != request.version:
        raise InvoiceError(
            _("Somebody changed this invoice while you were working on it. Nothing was saved."), "version"
        )
    request.order = order
    return order, request


def refuse_unless(request: InvoiceRequest, *states: str) -> None:
    if request.state not in states:
        raise InvoiceError(
            _("The invoice of order %(number)s is “%(state)s”: this cannot be done with it.")
            % {"number": request.order.number, "state": request.get_state_display()}
        )


def save(request: InvoiceRequest, kind: str, act: Act, before: Mapping[str, Any], *fields: str, **more: Any) -> None:
    """Save these columns of a request, write the event on its locked order, and bump the order."""
    request.version += 1
    request.save(update_fields={*fields, "version"})
    write(request, kind, act, before, **more)


def write(request: InvoiceRequest, kind: str, act: Act, before: Mapping[str, Any], **more: Any) -> None:
    order, after = request.order, facts_of(request) | more
    record_event(
        order, kind, actor=act.actor, at=act.at, source=act.source, before=before, after=after, job=act.job
    )  # fmt: skip
    bump(order, act.at, actor=act.actor)


def facts_of(request: InvoiceRequest) -> dict[str, str]:
    """Return what events say of an invoice; the name of a person is not among it."""
    is_company = request.kind == Kind.COMPANY
    facts = {
        "invoice_title": request.title if is_company else str(request.kind),
        "tax_number": request.tax_number,
        "invoice_amount": str(request.amount),
        "invoice_number": request.invoice_number,
        "courier": request.courier,
        "tracking_number": request.tracking_number,
    }
    return {name: value for name, value in facts.items() if value}


# Values


def clean_title(text: str) -> str:
    """Return the title with phone-like numbers masked; it may be missing as long as it is to be asked for.

    Raises:
        InvoiceError: it is too long.
    """
    title = mask_text(" ".join(text.split()))
    if len(title) > TITLE_LENGTH:
        raise InvoiceError(_("A title has at most %(count)s characters.") % {"count": TITLE_LENGTH}, "field")
    return title


def clean_remark(text: str) -> str:
    remark = mask_text(text.strip())
    if len(remark) > REMARK_LENGTH:
        raise InvoiceError(_("A remark has at most %(count)s characters.") % {"count": REMARK_LENGTH}, "field")
    return remark


def clean_kind(kind: str) -> str:
    if kind not in Kind.values:
        raise InvoiceError(_("An invoice is for a person or for a company."), "field")
    return kind


def clean_amount(order: Order, amount: Decimal | None) -> Decimal:
    """Return the amount, or all that the order allows.

    Raises:
        InvoiceError: nothing was paid or all was refunded, or the amount is beyond what is left.
    """
    limit = invoice_limit(order)
    if limit <= 0:
        raise InvoiceError(_nothing_left(order))
    if amount is None:
        return limit
    if not 0 < amount <= limit or amount != amount.quantize(_FEN):
        raise InvoiceError(
            _(
                "The amount of an invoice of order %(number)s must be between %(least)s and %(most)s: "
                "what was paid and not refunded."
            )
            % {"number": order.number, "least": money_text(_FEN), "most": money_text(limit)},
            "field",
        )
    return amount


def _nothing_left(order: Order) -> str:
    if order.gross_paid > 0:
        return _("Order %(number)s was refunded in full: there is nothing to invoice.") % {"number": order.number}
    return _("Order %(number)s is not paid yet: its invoice follows the payment.") % {"number": order.number}


def checked_number(kind: str, tax_number: str) -> TaxNumber:
    return check_tax_number(tax_number if kind == Kind.COMPANY else "")


def put_details(request: InvoiceRequest, kind: str, title: str, tax_number: str) -> None:
    """Write who the invoice is for; what is missing or wrong is marked, never a reason to make none."""
    number = checked_number(kind, tax_number)
    request.kind, request.title, request.tax_number = kind, clean_title(title), number.number
    request.needs_details = not request.title or (kind == Kind.COMPANY and not number.is_usable)
