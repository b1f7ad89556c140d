from django.urls import path

from orders.platforms.views import connection, outbox

app_name = "platforms"
urlpatterns = [
    path("", connection.connection_page, name="connection"),
    path("switch/", connection.connection_switch, name="switch"),
    path("test/", connection.connection_test, name="test"),
    path("pull/", connection.pull_now, name="pull"),
    path("outbox/", outbox.outbox_list, name="outbox"),
    path("outbox/retry/", outbox.outbox_retry_all, name="outbox-retry-all"),
    path("outbox/<int:pk>/retry/", outbox.outbox_retry, name="outbox-retry"),
]
