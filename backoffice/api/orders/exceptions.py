from urllib.parse import urlencode

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.permissions import operation
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import listed
from backoffice.common.access import Right
from backoffice.common.models.tokens import Scope
from orders.core.statuses import HoldKind
from orders.desk.filters import NONE
from orders.desk.queries import GROUP_CAP, SUB_CAP, HoldGroup, hold_groups
from orders.desk.queues import OPEN_QUEUE


class HoldGroupSerializer(serializers.Serializer[HoldGroup]):
    kind = serializers.ChoiceField(HoldKind.values)
    label = serializers.CharField(  # type: ignore[assignment]  # a field of that name
        help_text="the kind in the language of the token's owner"
    )
    reason = serializers.CharField()
    rules = serializers.ListField(child=serializers.CharField(), help_text="that opened some of the holds")
    count = serializers.SerializerMethodField(help_text=f"orders, at most {SUB_CAP}")
    is_capped = serializers.SerializerMethodField(help_text="there are more than `count`")
    earliest_ship_by = serializers.DateTimeField(source="earliest", allow_null=True)
    since = serializers.DateTimeField()
    by_hand = serializers.BooleanField(source="is_by_hand", help_text="people may release it; else a fact ends it")
    query = serializers.SerializerMethodField(help_text="of these orders, for `GET orders/` and batches")

    def get_count(self, group: HoldGroup) -> int:
        return min(group.count, SUB_CAP)

    def get_is_capped(self, group: HoldGroup) -> bool:
        return group.count > SUB_CAP

    def get_query(self, group: HoldGroup) -> str:
        return urlencode({"queue": OPEN_QUEUE, "hold": group.kind, "hold_reason": group.reason or NONE})


class ExceptionsSerializer(serializers.Serializer[object]):
    """Kinds and reasons, the one with the most urgent order first."""

    results = HoldGroupSerializer(many=True)
    is_cut = serializers.BooleanField(help_text=f"there are more than {GROUP_CAP} reasons")


class ExceptionListView(APIView):
    @extend_schema(
        operation_id="orders_exceptions", responses={200: ExceptionsSerializer, **REFUSALS},
        summary="What holds open orders back, by kind and reason",
    )  # fmt: skip
    @operation(Scope.ORDERS_READ, Right.VIEW_ORDERS)
    def get(self, request: ApiRequest) -> Response:
        groups = hold_groups(request.store)
        return Response({"results": listed(HoldGroupSerializer, groups), "is_cut": len(groups) == GROUP_CAP})
