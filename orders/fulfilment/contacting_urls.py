"""Addresses of what a shop tells buyers and offers in places, below /settings/."""

from django.urls import path

from orders.fulfilment.views import message_settings, service_settings

app_name = "contacting"
urlpatterns = [
    path("messages/", message_settings.message_settings, name="message-settings"),
    path("messages/switch/", message_settings.messages_switch, name="messages-switch"),
    path("messages/<int:pk>/delete/", message_settings.template_delete, name="message-template-delete"),
    path("services/", service_settings.service_settings, name="service-settings"),
    path("services/<int:pk>/delete/", service_settings.service_delete, name="service-delete"),
]
