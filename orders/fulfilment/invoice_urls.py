"""Addresses of invoices, below /orders/."""

from django.urls import URLPattern, URLResolver, path, re_path

from orders.fulfilment.views import invoice_acts, invoices

_NUMBER = r"(?P<number>(?=[A-Za-z_-]*[0-9])[0-9A-Za-z_-]{1,64})"
invoice_addresses: list[URLPattern | URLResolver] = [
    path("invoices/", invoices.invoice_list, name="invoice-list"),
    path("invoices/<int:pk>/<slug:act>/", invoice_acts.invoice_act, name="invoice-act"),
    re_path(rf"^invoices/of/{_NUMBER}/$", invoices.order_invoice, name="order-invoice"),
    re_path(rf"^invoices/of/{_NUMBER}/new/$", invoice_acts.invoice_new, name="invoice-new"),
]
