"""Requests follow the order: a note or a title in the file makes one, a refund lowers it."""

import re
from datetime import datetime
from typing import Any

from backoffice.common.sealing import SealError, unseal_json
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


def request_due_invoice(order: Order, *, at: datetime) -> None:
    """Make the request that a locked order calls for, or bring the one that waits in line; a step of settling.

    An order that says nothing of an invoice costs no statement.
    """
    is_wished = WishKind.INVOICE in order.wish_kinds
    if not (is_wished or order.invoice_title.strip() or order.refunded):
        return
    wish = open_wishes(order).filter(kind=WishKind.INVOICE).order_by("-pk").first() if is_wished else None
    request, act = live_request(order), Act(None, at, EventSource.RULE)
    if request is None:
        _request(order, wish, act)
    elif request.state == InvoiceState.PENDING:
        request.order = order
        _follow(order, request, wish, act)


def _request(order: Order, wish: Wish | None, act: Act) -> None:
    if order.paid_at is None or invoice_limit(order) <= 0 or not (wish or order.invoice_title.strip()):
        return
    title, number = _details(order, wish)
    request = InvoiceRequest(**_origin(wish))
    put_details(request, kind_of(title, number), title, number)
    create(order, request, act)


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
