"""Addresses of returned goods, below /aftersales/returns/."""

from django.urls import path, re_path

from aftersales.refunds.views import addresses, returns

app_name = "returns"
urlpatterns = [
    path("", returns.receiving, name="receiving"),
    path("address/<int:pk>/", addresses.address_text, name="address"),
    re_path(r"^(?P<number>(?=[A-Za-z_-]*[0-9])[0-9A-Za-z_-]{1,64})/$", returns.return_parcel, name="parcel"),
]
