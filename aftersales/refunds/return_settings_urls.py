"""Addresses of the settings of returns, below /settings/."""

from django.urls import path

from aftersales.refunds.views import addresses

app_name = "return_settings"
urlpatterns = [path("returns/", addresses.return_addresses, name="addresses")]
