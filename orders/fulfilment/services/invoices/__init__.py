"""Invoices for buyers: asked for, issued, mailed; never refused, and their postage is the seller's."""

from orders.fulfilment.services.invoices.asking import ask_for_details, details_question
from orders.fulfilment.services.invoices.base import InvoiceError
from orders.fulfilment.services.invoices.changing import change_invoice
from orders.fulfilment.services.invoices.following import request_due_invoice
from orders.fulfilment.services.invoices.issuing import issue_invoice, mail_invoice, void_invoice
from orders.fulfilment.services.invoices.requesting import kind_of, request_invoice

__all__ = [
    "InvoiceError",
    "ask_for_details",
    "change_invoice",
    "details_question",
    "issue_invoice",
    "kind_of",
    "mail_invoice",
    "request_due_invoice",
    "request_invoice",
    "void_invoice",
]
