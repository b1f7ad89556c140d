"""Addresses of what a shop holds to in after-sales, below /settings/."""

from django.urls import path

from aftersales.refunds.views import settings

app_name = "aftersales_settings"
urlpatterns = [path("aftersales/", settings.policy_settings, name="policy")]
