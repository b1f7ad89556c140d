"""Addresses of stock, products, shortages and gift rules, below /orders/."""

from django.urls import URLPattern, path

from orders.fulfilment.views import stock, stock_acts, stock_count, stock_sku

stock_addresses: list[URLPattern] = [
    path("stock/", stock.stock_list, name="stock-list"),
    path("stock/count/", stock_count.stock_count, name="stock-count"),
    path("stock/<int:pk>/", stock_sku.sku_detail, name="sku"),
    path("stock/<int:pk>/<slug:act>/", stock_acts.sku_act, name="sku-act"),
]
