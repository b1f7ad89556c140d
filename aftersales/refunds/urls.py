"""Addresses of after-sales cases, below /aftersales/refunds/. A case number has a digit: no page is taken for one."""

from django.urls import path, re_path

from aftersales.refunds.views import acts, bulk, detail, parts, queue

app_name = "refunds"
_NUMBER = r"(?P<number>(?=[A-Za-z_-]*[0-9])[0-9A-Za-z_-]{1,64})/"
urlpatterns = [
    path("", queue.refund_list, name="refund-list"),
    path("bulk/", bulk.refund_bulk, name="refund-bulk"),
    path("take-next/", bulk.take_next, name="take-next"),
    path("home/", parts.home_panel, name="home-panel"),
    re_path(rf"^order/{_NUMBER}$", parts.order_refunds, name="order-refunds"),
    re_path(rf"^order/{_NUMBER}new/$", parts.refund_new, name="refund-new"),
    re_path(rf"^{_NUMBER}$", detail.refund_detail, name="refund-detail"),
    re_path(rf"^{_NUMBER}(?P<act>[a-z_]{{1,20}})/$", acts.refund_act, name="refund-act"),
]
