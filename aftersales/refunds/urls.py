"""Addresses of after-sales cases, below /aftersales/refunds/. A case number has a digit: no page is taken for one."""

from django.urls import path, re_path

from aftersales.refunds.views import acts, bulk, case_parts, detail, imports, parts, queue

app_name = "refunds"
_NUMBER = r"(?P<number>(?=[A-Za-z_-]*[0-9])[0-9A-Za-z_-]{1,64})/"
urlpatterns = [
    path("", queue.refund_list, name="refund-list"),
    path("subtabs/", queue.subtabs, name="subtabs"),
    path("bulk/", bulk.refund_bulk, name="refund-bulk"),
    path("take-next/", bulk.take_next, name="take-next"),
    path("import/", imports.file_list, name="import-list"),
    path("import/waiting/retry/", imports.waiting_retry, name="import-waiting-retry"),
    path("import/<int:pk>/", imports.file_detail, name="import-detail"),
    path("import/<int:pk>/start/", imports.file_start, name="import-start"),
    path("import/<int:pk>/retry/", imports.file_retry, name="import-retry"),
    path("import/<int:pk>/problems/", imports.file_problems, name="import-problems"),
    path("import/rows/<int:pk>/", imports.row_edit, name="import-row"),
    path("import/rows/<int:pk>/drop/", imports.row_drop, name="import-row-drop"),
    path("home/", parts.home_panel, name="home-panel"),
    re_path(rf"^order/{_NUMBER}$", parts.order_refunds, name="order-refunds"),
    re_path(rf"^order/{_NUMBER}new/$", parts.refund_new, name="refund-new"),
    re_path(rf"^{_NUMBER}$", detail.refund_detail, name="refund-detail"),
    re_path(rf"^{_NUMBER}part/(?P<part>[a-z]{{1,20}})/$", case_parts.refund_part, name="refund-part"),
    re_path(rf"^{_NUMBER}(?P<act>[a-z_]{{1,20}})/$", acts.refund_act, name="refund-act"),
]
