"""Addresses of one order. Its number has a digit, so that no other page under /orders/ is ever taken for one."""

from django.urls import path, re_path

from orders.desk.views import order_acts, order_detail, tracking_check

_NUMBER = r"^(?P<number>(?=[A-Za-z_-]*[0-9])[0-9A-Za-z_-]{1,64})/"

urlpatterns = [
    path("tracking-check/", tracking_check.tracking_check, name="order-tracking-check"),
    re_path(rf"{_NUMBER}$", order_detail.order_detail, name="order-detail"),
    re_path(rf"{_NUMBER}recipient/$", order_detail.order_recipient, name="order-recipient"),
    re_path(rf"{_NUMBER}reveal/$", order_detail.order_reveal, name="order-reveal"),
    re_path(rf"{_NUMBER}note/$", order_detail.order_note, name="order-note"),
    re_path(rf"{_NUMBER}undo/$", order_acts.order_undo, name="order-undo"),
    re_path(rf"{_NUMBER}(?P<act>[a-z_]{{1,20}})/$", order_acts.order_act, name="order-act"),
]
