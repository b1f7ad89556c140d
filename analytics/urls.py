from django.urls import path

from analytics import views

app_name = "analytics"
urlpatterns = [
    path("", views.sales, name="sales"),
    path("home/", views.home_panel, name="home-panel"),
]
