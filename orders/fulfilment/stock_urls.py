"""Addresses of stock, products, shortages and gift rules, below /orders/."""

from django.urls import URLPattern, path, re_path

from orders.fulfilment.views import (
    line_checks,
    products,
    shortage_case,
    shortages,
    stock,
    stock_acts,
    stock_count,
    stock_sku,
)

NUMBER = r"(?P<number>(?=[A-Za-z_-]*[0-9])[0-9A-Za-z_-]{1,64})"  # as in orders.fulfilment.urls
stock_addresses: list[URLPattern] = [
    path("shipping/checks/<int:pk>/<slug:kind>/", line_checks.line_check, name="line-check"),
    path("stock/", stock.stock_list, name="stock-list"),
    path("stock/count/", stock_count.stock_count, name="stock-count"),
    path("stock/products/", products.product_list, name="product-list"),
    path("stock/products/new/", products.product_edit, name="product-new"),
    path("stock/products/<int:pk>/", products.product_edit, name="product"),
    path("stock/products/<int:pk>/skus/new/", products.sku_edit, name="sku-new"),
    path("stock/products/<int:pk>/skus/<int:sku_pk>/", products.sku_edit, name="sku-edit"),
    path("stock/<int:pk>/", stock_sku.sku_detail, name="sku"),
    path("stock/<int:pk>/<slug:act>/", stock_acts.sku_act, name="sku-act"),
    path("shortages/", shortages.shortage_list, name="shortage-list"),
    path("shortages/bulk/", shortages.shortage_bulk, name="shortage-bulk"),
    re_path(rf"^shortages/of/{NUMBER}/$", shortage_case.order_shortage, name="order-shortage"),
    path("shortages/<int:pk>/", shortage_case.shortage_case, name="shortage"),
    path("shortages/<int:pk>/<slug:act>/", shortage_case.shortage_act, name="shortage-act"),
]
