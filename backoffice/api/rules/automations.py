from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.permissions import operation
from backoffice.api.rules.serializers import AutomationSerializer, AutomationsSerializer, SwitchSerializer
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import listed, read_values
from backoffice.common.access import Right
from backoffice.common.models.tokens import Scope
from backoffice.common.services import save_store_settings
from orders.rules.automations import ACCEPT_ON_PAYMENT, automations


def _shown(request: ApiRequest) -> list[dict[str, object]]:
    return list(listed(AutomationSerializer, automations(request.store, request.rights, timezone.now())))


class AutomationListView(APIView):
    @extend_schema(
        operation_id="automations_list", responses={200: AutomationsSerializer, **REFUSALS},
        summary="Everything that happens by itself: whether it is on, when it last acted, with what effect",
    )  # fmt: skip
    @operation(Scope.ORDERS_READ, Right.MANAGE_STORE)
    def get(self, request: ApiRequest) -> Response:
        return Response({"results": _shown(request)})


class AcceptOnPaymentView(APIView):
    @extend_schema(
        operation_id="automations_accept_on_payment", request=SwitchSerializer,
        responses={200: AutomationSerializer, **REFUSALS}, summary="Switch the acceptance on payment on or off",
    )  # fmt: skip
    @operation(Scope.ORDERS_WRITE, Right.MANAGE_STORE)
    def put(self, request: ApiRequest) -> Response:
        is_on = read_values(SwitchSerializer, request)["is_active"]
        request.store = save_store_settings(
            store=request.store, values={"accepts_on_payment": is_on}, actor=request.user, at=timezone.now()
        )
        return Response(next(row for row in _shown(request) if row["key"] == ACCEPT_ON_PAYMENT))
