from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny

from backoffice.api.orders import views as orders

app_name = "api"
NUMBER = r"(?P<number>(?=[^/]*\d)[0-9A-Za-z_-]{1,64})"

urlpatterns = [
    path(
        "schema/", SpectacularAPIView.as_view(permission_classes=[AllowAny], authentication_classes=[]), name="schema"
    ),
    path("orders/", orders.OrderListView.as_view(), name="order-list"),
    re_path(rf"^orders/{NUMBER}/$", orders.OrderView.as_view(), name="order"),
    re_path(rf"^orders/{NUMBER}/flag/$", orders.FlagView.as_view(), name="order-flag"),
    re_path(rf"^orders/{NUMBER}/tags/$", orders.TagsView.as_view(), name="order-tags"),
    re_path(rf"^orders/{NUMBER}/reveal/$", orders.RevealView.as_view(), name="order-reveal"),
    *(
        re_path(rf"^orders/{NUMBER}/{name}/$", view.as_view(), name=f"order-{name.replace('/', '-')}")
        for name, view in orders.ACT_VIEWS
    ),
]
