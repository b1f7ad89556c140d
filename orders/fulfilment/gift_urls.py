"""Addresses of gift rules, below /settings/gifts/."""

from django.urls import path

from orders.fulfilment.views import gifts

app_name = "gifts"
urlpatterns = [
    path("", gifts.gift_list, name="gift-list"),
    path("new/", gifts.gift_edit, name="gift-new"),
    path("<int:pk>/", gifts.gift_edit, name="gift-edit"),
    path("<int:pk>/switch/", gifts.gift_switch, name="gift-switch"),
    path("<int:pk>/delete/", gifts.gift_delete, name="gift-delete"),
]
