"""Requests follow the order: a note or a title in the file makes one, a refund lowers it, a wish taken back ends it."""

import re
from datetime import datetime, timedelta
from typing import Any

from backoffice.common.sealing import SealError, unseal_json
from backoffice.common.statements import fetch
from orders.core.models import Order, Wish
from orders.core.services.wishes import open_wishes
from orders.core.statuses import EventKind, EventSource, WishKind
from orders.core.texts import wish_context
from orders.fulfilment.models import InvoiceRequest
from orders.fulfilment.models.invoices import invoice_limit
from orders.fulfilment.services.invoices.base import (
    TITLE_LENGTH,
    Act,
    facts_of,
    live_request,
    put_details,
    save,
)
from orders.fulfilment.services.invoices.changing import DETAILS
from orders.fulfilment.services.invoices.issuing import take_back
from orders.fulfilment.services.invoices.requesting import create, kind_of
from orders.fulfilment.statuses import InvoiceState, VoidReason

_NUMBER = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{15,20}(?![0-9A-Za-z])", re.ASCII)
_LABELS = re.compile(r"(发票)?抬头|公司名称|(纳税人识别|公司)?税号|开?(电子|纸质)?发票|[:：]")
_AROUND = " ,，.。;；、"


# A note that the shop declines takes back no invoice: nobody but the buyer does.
_UNWISHED = """
SELECT r.id FROM fulfilment_invoicerequest r JOIN orders_wish w ON w.id = r.wish_id
WHERE r.order_id = %(order)s AND r.state = 'pending' AND r.source = 'rule' AND w.withdrawn_at IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM notes_buyernote n
        WHERE n.order_id = r.order_id AND n.state = 'declined' AND n.version_count = w.note_version
    )
"""


def request_due_invoice(order: Order, *, at: datetime) -> None:
    """Make the request that a locked order calls for, or bring the one that waits in line; a step of settling.

    What was made from a wish is put away when that is withdrawn, and comes back when it is wished again. An order that
    says nothing of an invoice costs one statement.
    """
    is_wished, is_titled = WishKind.INVOICE in order.wish_kinds, bool(order.invoice_title.strip())
    act = Act(None, at, EventSource.RULE)
    if not (is_wished or is_titled) and _put_away(order, act):
        return
    if not (is_wished or is_titled or order.refunded):
        return
    wish = open_wishes(order).filter(kind=WishKind.INVOICE).order_by("-pk").first() if is_wished else None
    request = live_request(order)
    if request is None:
        _request(order, wish, act)
    elif request.state == InvoiceState.PENDING:
        request.order = order
        _follow(order, request, wish, act)


def _put_away(order: Order, act: Act) -> bool:
    """Take a request out of the queue whose wish the buyer took back; nothing of it was issued."""
    found = fetch(_UNWISHED, {"order": order.pk})
    for request in InvoiceRequest.objects.filter(pk__in=[pk for (pk,) in found]) if found else ():
        request.order = order
        take_back(request, VoidReason.WITHDRAWN, act)
    return bool(found)


def _request(order: Order, wish: Wish | None, act: Act) -> None:
    if order.paid_at is None or invoice_limit(order) <= 0 or not (wish or order.invoice_title.strip()):
        return
    newest = order.invoice_requests.order_by("-pk").first() if wish else None
    if wish and newest is not None and newest.void_reason == VoidReason.WITHDRAWN:
        _bring_back(order, newest, wish, act)
        return
    title, number = _details(order, wish)
    request = InvoiceRequest(**_origin(wish))
    put_details(request, kind_of(title, number), title, number)
    create(order, request, act)


def _bring_back(order: Order, request: InvoiceRequest, wish: Wish, act: Act) -> None:
    """Put a request into the queue again whose wish had been withdrawn; its time runs from now."""
    request.order, before = order, facts_of(request)
    fields = _take_wish(order, request, wish)
    request.state, request.void_reason = InvoiceState.PENDING, ""
    request.amount = min(request.amount, invoice_limit(order))
    request.requested_at, request.due_at = act.at, act.at + timedelta(days=order.store.invoice_days)
    save(request, EventKind.INVOICE_REQUESTED, act, before, *fields, *_RETURNING)


_RETURNING = ("state", "void_reason", "amount", "requested_at", "due_at")


def _origin(wish: Wish | None) -> dict[str, Any]:
    return {"wish_id": wish.pk, "note_version": wish.note_version} if wish else {}


def _details(order: Order, wish: Wish | None) -> tuple[str, str]:
    """Return title and tax number as the buyer gave them; a note without a title leaves that of the file."""
    said = _said(order, wish) if wish else {}
    title, number = str(said.get("title") or "").strip(), str(said.get("tax_number") or "")
    if wish and not title:
        title, number = _in_words(wish.text)
    return (title or order.invoice_title)[:TITLE_LENGTH], number


def _in_words(text: str) -> tuple[str, str]:
    """Take title and tax number out of a wish that was put down by hand."""
    found = _NUMBER.search(text)
    number = found[0] if found else ""
    return _LABELS.sub(" ", text.replace(number, " ")).strip(_AROUND), number


def _said(order: Order, wish: Wish) -> dict[str, Any]:
    """Return the values of the wish as they were written: masking may have taken a tax number for a phone number."""
    if wish.sealed is None:
        return dict(wish.data)
    try:
        written = unseal_json(bytes(wish.sealed), context=wish_context(order.store_id, order.number))
    except SealError:  # its key is gone: the masked one is better than none
        return dict(wish.data)
    return dict(written.get("data") or {})


def _follow(order: Order, request: InvoiceRequest, wish: Wish | None, act: Act) -> None:
    """Bring a request that waits in line with refunds and with a newer note."""
    if invoice_limit(order) <= 0:
        take_back(request, VoidReason.REFUNDED, act)
        return
    before, fields = facts_of(request), set[str]()
    if request.amount > invoice_limit(order):
        request.amount = invoice_limit(order)
        fields |= {"amount"}
    if wish is not None and wish.pk > (request.wish_id or 0):
        fields |= _take_wish(order, request, wish)
    if fields & {"amount", *DETAILS}:
        save(request, EventKind.INVOICE_CHANGED, act, before, *fields)
    elif fields:
        request.save(update_fields=fields)


def _take_wish(order: Order, request: InvoiceRequest, wish: Wish) -> set[str]:
    """Take what a newer note says of the invoice."""
    request.wish_id, request.note_version = wish.pk, wish.note_version
    was = (request.title, request.tax_number)
    title, number = _details(order, wish)
    number = number or (request.tax_number if title == request.title else "")
    if not title or (title, number) == was:
        return {"wish_id", "note_version"}
    put_details(request, kind_of(title, number), title, number)
    return {"wish_id", "note_version", *DETAILS}
