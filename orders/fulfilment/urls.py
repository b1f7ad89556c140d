"""Addresses of fulfilment, below /orders/."""

from django.urls import URLPattern, URLResolver, path

from orders.fulfilment.views import prints

app_name = "fulfilment"
urlpatterns: list[URLPattern | URLResolver] = [
    path("shipping/prints/", prints.print_list, name="print-list"),
    path("shipping/prints/new/", prints.print_create, name="print-create"),
    path("shipping/prints/<int:pk>/", prints.print_detail, name="print-detail"),
    path("shipping/prints/<int:pk>/file/", prints.print_file, name="print-file"),
    path("shipping/prints/<int:pk>/pages/", prints.print_pages, name="print-pages"),
    path("shipping/prints/<int:pk>/retry/", prints.print_retry, name="print-retry"),
]
