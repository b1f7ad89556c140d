"""The caller's acts of the last minutes, and taking one of them back."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.idempotency import once
from backoffice.api.orders.queries import with_parts
from backoffice.api.orders.serializers import OrderSerializer
from backoffice.api.permissions import operation
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import listed
from backoffice.common.access import Right
from backoffice.common.models.tokens import Scope
from orders.core.models import Order
from orders.core.statuses import EventSource
from orders.desk.recent_acts import SHOWN, RecentAct, recent_acts, undo_act


class RecentActSerializer(serializers.Serializer[RecentAct]):
    id = serializers.IntegerField(source="pk")
    order = serializers.CharField(source="order.number")
    kinds = serializers.SerializerMethodField(help_text="what the act did, the newest first")
    at = serializers.DateTimeField()
    problem = serializers.CharField(help_text="why it cannot be undone; empty: it can")

    def get_kinds(self, act: RecentAct) -> list[str]:
        return [event.kind for event in act.events]


class RecentActsSerializer(serializers.Serializer[object]):
    """What the caller did to single orders within the last minutes, the newest first."""

    results = RecentActSerializer(many=True, help_text=f"made of the last {SHOWN} events; batches have receipts")


class RecentActListView(APIView):
    @extend_schema(
        operation_id="orders_acts_list", responses={200: RecentActsSerializer, **REFUSALS},
        summary="The caller's acts of the last minutes",
    )  # fmt: skip
    @operation(Scope.ORDERS_READ, Right.VIEW_ORDERS)
    def get(self, request: ApiRequest) -> Response:
        found = recent_acts(request.store, request.user, request.rights, timezone.now())
        return Response({"results": listed(RecentActSerializer, found.acts)})


class ActUndoView(APIView):
    @extend_schema(
        operation_id="orders_acts_undo", request=None, responses={200: OrderSerializer, **REFUSALS},
        summary="Take one act back: within 15 minutes, by who did it, while nothing else happened to its order",
    )  # fmt: skip
    @operation(Scope.ORDERS_WRITE, Right.WORK_ORDERS, Right.REMARK)
    def post(self, request: ApiRequest, pk: int) -> Response:
        return once(request, lambda: _undo(request, pk))


def _undo(request: ApiRequest, pk: int) -> Response:
    who: dict[str, Any] = {"store": request.store, "actor": request.user, "rights": request.rights}
    order = undo_act(event_id=pk, at=timezone.now(), source=EventSource.API, **who)
    shown = with_parts(Order.objects.for_store(request.store).filter(pk=order.pk)).get()
    return Response(OrderSerializer(shown).data)
