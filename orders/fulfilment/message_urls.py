"""Addresses of messages to buyers, below /orders/."""

from django.urls import URLPattern, URLResolver, path, re_path

from orders.fulfilment.views import greetings, messages

_NUMBER = r"(?P<number>(?=[A-Za-z_-]*[0-9])[0-9A-Za-z_-]{1,64})"
message_addresses: list[URLPattern | URLResolver] = [
    path("messages/", messages.message_list, name="message-list"),
    path("messages/greetings/", greetings.greetings, name="greetings"),
    re_path(rf"^messages/of/{_NUMBER}/$", messages.order_messages, name="order-messages"),
    re_path(rf"^messages/of/{_NUMBER}/new/$", messages.message_new, name="message-new"),
    re_path(rf"^messages/of/{_NUMBER}/consent/$", messages.consent, name="consent"),
]
