from django.urls import path, re_path

from orders.desk.views import batches, bulk, order_detail, order_list, preferences, ship_table

app_name = "desk"
urlpatterns = [
    path("", order_list.order_list, name="order-list"),
    path("subqueues/", order_list.subqueues, name="order-subqueues"),
    path("columns/", preferences.order_columns, name="order-columns"),
    path("views/", preferences.view_list, name="view-list"),
    path("views/<int:pk>/delete/", preferences.view_delete, name="view-delete"),
    path("bulk/", bulk.order_bulk, name="order-bulk"),
    path("claim-next/", bulk.claim_next, name="claim-next"),
    path("ship/", ship_table.order_ship, name="order-ship"),
    path("batches/<int:pk>/", batches.batch_detail, name="batch-detail"),
    path("batches/<int:pk>/csv/", batches.batch_csv, name="batch-csv"),
    path("batches/<int:pk>/undo/", batches.batch_undo, name="batch-undo"),
    path("batches/<int:pk>/retry/", batches.batch_retry, name="batch-retry"),
    # An order's number: letters, digits, _ and -, with at least one digit, so that no page above is ever taken for one
    re_path(r"^(?P<number>(?=[A-Za-z_-]*[0-9])[0-9A-Za-z_-]{1,64})/$", order_detail.order_detail, name="order-detail"),
]
