from django.urls import path

from analytics.views import refunds, sales

app_name = "analytics"
urlpatterns = [
    path("", sales.sales, name="sales"),
    path("home/", sales.home_panel, name="home-panel"),
    path("refunds/", refunds.refunds, name="refunds"),
]
