from django.urls import include, path

from orders.desk.views import (
    batches,
    bulk,
    exceptions,
    home,
    order_list,
    preferences,
    printing,
    shifts,
    ship_table,
    workload,
)

app_name = "desk"
urlpatterns = [
    path("", order_list.order_list, name="order-list"),
    path("home/", home.home_panel, name="home-panel"),
    path("counts/", home.nav_counts, name="nav-counts"),
    path("subqueues/", order_list.subqueues, name="order-subqueues"),
    path("columns/", preferences.order_columns, name="order-columns"),
    path("views/", preferences.view_list, name="view-list"),
    path("views/<int:pk>/delete/", preferences.view_delete, name="view-delete"),
    path("exceptions/", exceptions.exception_list, name="exception-list"),
    path("workload/", workload.workload_page, name="workload"),
    path("workload/claims/", workload.workload_claims, name="workload-claims"),
    path("shift/", shifts.shift_page, name="shift"),
    path("shift/note/", shifts.shift_note, name="shift-note"),
    path("shift/undo/<int:pk>/", shifts.act_undo, name="act-undo"),
    path("bulk/", bulk.order_bulk, name="order-bulk"),
    path("claim-next/", bulk.claim_next, name="claim-next"),
    path("ship/", ship_table.order_ship, name="order-ship"),
    path("batches/<int:pk>/", batches.batch_detail, name="batch-detail"),
    path("batches/<int:pk>/print/", printing.batch_print, name="batch-print"),
    path("batches/<int:pk>/csv/", batches.batch_csv, name="batch-csv"),
    path("batches/<int:pk>/undo/", batches.batch_undo, name="batch-undo"),
    path("batches/<int:pk>/retry/", batches.batch_retry, name="batch-retry"),
    path("", include("orders.desk.export_urls")),
    path("", include("orders.desk.detail_urls")),
]
