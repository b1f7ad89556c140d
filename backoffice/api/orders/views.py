from collections.abc import Callable
from typing import Any, cast

from django.http import Http404, QueryDict
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.errors import Refusal
from backoffice.api.idempotency import once
from backoffice.api.orders.acts import ACTS, Act, FlagSerializer, ReasonSerializer, TagsSerializer
from backoffice.api.orders.queries import in_order, with_parts
from backoffice.api.orders.serializers import ClearRecipientSerializer, OrderSerializer, RefusalSerializer
from backoffice.api.paging import page_links
from backoffice.api.permissions import operation
from backoffice.common.access import Right
from backoffice.common.models.tokens import Scope
from orders.core import services
from orders.core.models import Order
from orders.core.statuses import EventSource
from orders.desk.filters import PARAMETERS, SEVERAL, order_filter
from orders.desk.paging import CursorError, fetch_page

REFUSALS: dict[int | str, Any] = dict.fromkeys((401, 403, 404, 409, 422), RefusalSerializer)
_QUERY = [
    *(OpenApiParameter(name, OpenApiTypes.STR, many=name in SEVERAL) for name in PARAMETERS),
    OpenApiParameter("sort", OpenApiTypes.STR, description="ship_by, -paid_at, -placed_at, paid, number"),
    OpenApiParameter("after", OpenApiTypes.STR, description="cursor of the page before, from `next`"),
    OpenApiParameter("before", OpenApiTypes.STR, description="cursor of the page after, from `previous`"),
    OpenApiParameter("view", OpenApiTypes.STR, description="a saved view of the token's owner"),
]


class OrderPageSerializer(serializers.Serializer[object]):
    results = OrderSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class OrderListView(APIView):
    @extend_schema(
        operation_id="orders_list", parameters=_QUERY, responses={200: OrderPageSerializer, **REFUSALS},
        summary="The order queue: the parameters of the page, 50 orders a page",
    )  # fmt: skip
    @operation(Scope.ORDERS_READ, Right.VIEW_ORDERS)
    def get(self, request: ApiRequest) -> Response:
        found = order_filter(
            request.store, cast("QueryDict", request.query_params), user=request.user, now=timezone.now()
        )
        rows = found.qs.values("id", found.sort.column)
        problem = found.sort_error or _first_error(found.form.errors)
        if problem:
            raise Refusal(problem, "invalid")
        query = request.query_params
        try:
            page = fetch_page(rows, sort=found.sort, after=query.get("after", ""), before=query.get("before", ""))
        except CursorError as error:
            raise Refusal("The cursor is damaged or belongs to another sort.", "cursor") from error
        ids = [row["id"] for row in page.rows]
        orders = in_order(with_parts(Order.objects.for_store(request.store).filter(pk__in=ids)), ids)
        return Response({"results": OrderSerializer(orders, many=True).data, **page_links(request, page)})


def _first_error(errors: Any) -> str:
    return next((f"{name}: {problems[0]}" for name, problems in errors.items()), "")


class OrderView(APIView):
    @extend_schema(operation_id="orders_read", responses={200: OrderSerializer, **REFUSALS}, summary="One order")
    @operation(Scope.ORDERS_READ, Right.VIEW_ORDERS)
    def get(self, request: ApiRequest, number: str) -> Response:
        return _answer(request, number)


def _answer(request: ApiRequest, number: str) -> Response:
    order = with_parts(Order.objects.for_store(request.store).filter(number=number)).first()
    if order is None:
        raise Http404
    return Response(OrderSerializer(order).data)


def _run(request: ApiRequest, number: str, service: Callable[..., Any], values: dict[str, Any]) -> Response:
    order_id = Order.objects.for_store(request.store).values_list("pk", flat=True).get(number=number)
    service(
        store=request.store, order_id=order_id, actor=request.user, at=timezone.now(), source=EventSource.API, **values
    )
    return _answer(request, number)


def _put_view(name: str, service: Callable[..., Any], shape: type[serializers.Serializer[Any]]) -> type[APIView]:
    """Make the view of `PUT orders/{number}/<name>/`: the same twice is the same once."""

    class PutView(APIView):
        @extend_schema(
            operation_id=f"orders_{name}", request=shape, responses={200: OrderSerializer, **REFUSALS},
            summary=f"Set the {name} of an order",
        )  # fmt: skip
        @operation(Scope.ORDERS_WRITE, Right.WORK_ORDERS)
        def put(self, request: ApiRequest, number: str) -> Response:
            return _run(request, number, service, _values(shape, request))

    return PutView


def act_view(act: Act) -> type[APIView]:
    """Make the view of one act."""

    class ActView(APIView):
        @extend_schema(
            operation_id=f"orders_{act.name.replace('/', '_').replace('-', '_')}", request=act.serializer,
            responses={200: OrderSerializer, **REFUSALS}, summary=f"{act.name.replace('/', ': ')} an order",
            parameters=[IDEMPOTENCY_KEY],
        )  # fmt: skip
        @operation(Scope.ORDERS_WRITE, *act.rights)
        def post(self, request: ApiRequest, number: str) -> Response:
            values = _values(act.serializer, request)
            return once(request, lambda: _run(request, number, act.service, values))

    return ActView


IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key", OpenApiTypes.STR, OpenApiParameter.HEADER, description="the same key within 24 h acts once"
)


def _values(shape: type[serializers.Serializer[Any]], request: ApiRequest) -> dict[str, Any]:
    serializer = shape(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


class RevealView(APIView):
    @extend_schema(
        operation_id="orders_reveal", request=ReasonSerializer, responses={200: ClearRecipientSerializer, **REFUSALS},
        summary="Reveal one recipient for a reason: audited, within the daily quota",
    )  # fmt: skip
    @operation(Scope.ORDERS_WRITE, Right.REVEAL)
    def post(self, request: ApiRequest, number: str) -> Response:
        order_id = Order.objects.for_store(request.store).values_list("pk", flat=True).get(number=number)
        reason = _values(ReasonSerializer, request)["reason"]
        clear = services.reveal_recipient(
            store=request.store, order_id=order_id, reason=reason, actor=request.user, at=timezone.now()
        )
        return Response({"recipient": clear}, headers={"Cache-Control": "no-store"})


FlagView = _put_view("flag", services.set_flag, FlagSerializer)
TagsView = _put_view("tags", services.set_tags, TagsSerializer)
ACT_VIEWS = [(act.name, act_view(act)) for act in ACTS]
