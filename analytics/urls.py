from django.urls import path

from analytics.views import sales

app_name = "analytics"
urlpatterns = [
    path("", sales.sales, name="sales"),
    path("home/", sales.home_panel, name="home-panel"),
]
