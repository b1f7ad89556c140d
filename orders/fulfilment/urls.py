"""Addresses of fulfilment, below /orders/."""

from django.urls import URLPattern, URLResolver, path, re_path

from orders.fulfilment.invoice_urls import invoice_addresses
from orders.fulfilment.message_urls import message_addresses
from orders.fulfilment.stock_urls import stock_addresses
from orders.fulfilment.views import anomalies, compare, couriers, desk, merges, prints, scan, tracking, waybills

app_name = "fulfilment"
NUMBER = r"(?P<number>(?=[A-Za-z_-]*[0-9])[0-9A-Za-z_-]{1,64})"
urlpatterns: list[URLPattern | URLResolver] = [
    path("shipping/", desk.shipping_desk, name="shipping-desk"),
    path("shipping/bulk/", desk.shipping_bulk, name="shipping-bulk"),
    path("shipping/batches/<int:pk>/", desk.waybill_batch, name="waybill-batch"),
    path("shipping/scan/", scan.scan_station, name="scan"),
    path("shipping/waybills/<int:pk>/", waybills.waybill_detail, name="waybill"),
    path("shipping/merges/", merges.merge_list, name="merge-list"),
    path("shipping/merges/count/", merges.merge_count, name="merge-count"),
    path("shipping/merges/act/", merges.merge_act, name="merge-act"),
    path("shipping/merges/<int:pk>/again/", merges.merge_again, name="merge-again"),
    path("shipping/couriers/", couriers.courier_list, name="courier-list"),
    path("shipping/couriers/numbers/", couriers.pool_fill, name="pool-fill"),
    path("shipping/couriers/prices/", couriers.courier_prices_save, name="courier-prices"),
    path("shipping/prints/", prints.print_list, name="print-list"),
    path("shipping/prints/new/", prints.print_create, name="print-create"),
    path("shipping/prints/<int:pk>/", prints.print_detail, name="print-detail"),
    path("shipping/prints/<int:pk>/file/", prints.print_file, name="print-file"),
    path("shipping/prints/<int:pk>/pages/", prints.print_pages, name="print-pages"),
    path("shipping/prints/<int:pk>/retry/", prints.print_retry, name="print-retry"),
    path("shipping/parcels/", tracking.parcel_list, name="parcel-list"),
    re_path(rf"^shipping/parcels/of/{NUMBER}/$", tracking.parcel_trace, name="parcel-trace"),
    path("shipping/anomalies/", anomalies.anomaly_list, name="anomaly-list"),
    path("shipping/anomalies/bulk/", anomalies.anomaly_bulk, name="anomaly-bulk"),
    path("shipping/anomalies/<int:pk>/", anomalies.anomaly_case, name="anomaly-case"),
    path("shipping/anomalies/<int:pk>/<slug:act>/", anomalies.anomaly_act, name="anomaly-act"),
    path("shipping/compare/", compare.courier_compare, name="courier-compare"),
    *stock_addresses,
    *invoice_addresses,
    *message_addresses,
]
