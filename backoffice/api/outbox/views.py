from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.idempotency import once
from backoffice.api.outbox.serializers import (
    OutboxPageSerializer,
    OutboxQuerySerializer,
    OutboxRetriedSerializer,
    OutboxSerializer,
)
from backoffice.api.paging import PLACE, id_page
from backoffice.api.permissions import operation
from backoffice.api.schema import REFUSALS
from backoffice.common.access import Right
from backoffice.common.models.tokens import Scope
from orders.core.models import OutboxState
from orders.platforms.queries import messages_of
from orders.platforms.services import retry_failed, retry_message

_STATE = OpenApiParameter("state", OpenApiTypes.STR, enum=OutboxState.values, description="Without it `pending`.")
_READ, _WRITE = operation(Scope.ORDERS_READ, Right.MANAGE_STORE), operation(Scope.ORDERS_WRITE, Right.MANAGE_STORE)


class OutboxListView(APIView):
    @extend_schema(
        operation_id="outbox_list", parameters=[_STATE, *PLACE], responses={200: OutboxPageSerializer, **REFUSALS},
        summary="What goes out to the platform, in one state, newest first",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest) -> Response:
        query = OutboxQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        return Response(id_page(request, messages_of(request.store, query.validated_data["state"]), OutboxSerializer))


class OutboxRetryView(APIView):
    @extend_schema(
        operation_id="outbox_retry", request=None, responses={200: OutboxSerializer, **REFUSALS},
        summary="Send one message that failed again",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest, pk: int) -> Response:
        def answer() -> Response:
            message = retry_message(store=request.store, message_id=pk, at=timezone.now())
            return Response(OutboxSerializer(message).data)

        return once(request, answer)


class OutboxRetryAllView(APIView):
    @extend_schema(
        operation_id="outbox_retry_all", request=None, responses={200: OutboxRetriedSerializer, **REFUSALS},
        summary="Send what failed again, a thousand messages at once",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest) -> Response:
        return once(request, lambda: Response({"count": retry_failed(store=request.store, at=timezone.now())}))
