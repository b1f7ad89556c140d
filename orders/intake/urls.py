from django.urls import path

from orders.intake.views import files, products, rows, traces

app_name = "intake"
urlpatterns = [
    path("", files.import_list, name="import-list"),
    path("quarantine/", rows.quarantine, name="quarantine"),
    path("rows/<int:pk>/", rows.row_edit, name="row-edit"),
    path("rows/<int:pk>/drop/", rows.row_drop, name="row-drop"),
    path("traces/", traces.trace_list, name="trace-list"),
    path("traces/<int:pk>/", traces.trace_detail, name="trace-detail"),
    path("traces/<int:pk>/start/", traces.trace_start, name="trace-start"),
    path("products/", products.product_file_list, name="product-file-list"),
    path("products/template/", products.product_template, name="product-template"),
    path("products/<int:pk>/", products.product_file, name="product-file"),
    path("products/<int:pk>/start/", products.product_file_start, name="product-file-start"),
    path("<int:pk>/", files.import_detail, name="import-detail"),
    path("<int:pk>/progress/", files.import_progress, name="import-progress"),
    path("<int:pk>/start/", files.import_start, name="import-start"),
    path("<int:pk>/discard/", files.import_discard, name="import-discard"),
    path("<int:pk>/retry/", files.import_retry, name="import-retry"),
]
