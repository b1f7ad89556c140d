import hashlib
from collections.abc import Callable
from typing import Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.idempotency import once
from backoffice.api.orders.acts import ACTS, Act
from backoffice.api.orders.inputs import AppointmentSerializer, FlagSerializer, ReasonSerializer, TagsSerializer
from backoffice.api.orders.parameters import QUERY
from backoffice.api.orders.queries import in_order, with_parts
from backoffice.api.orders.serializers import ClearRecipientSerializer, OrderSerializer
from backoffice.api.paging import PageSerializer, page_links
from backoffice.api.parsers import SmallJSONParser
from backoffice.api.permissions import operation
from backoffice.api.refusals import Conflict, Refusal
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import listed, read_values
from backoffice.common.access import Right
from backoffice.common.models.tokens import Scope
from orders.core import services
from orders.core.models import Order
from orders.core.statuses import EventSource
from orders.desk.filters import order_filter
from orders.desk.paging import CursorError, fetch_page


class OrderPageSerializer(PageSerializer):
    results = OrderSerializer(many=True)


class OrderListView(APIView):
    @extend_schema(
        operation_id="orders_list", parameters=QUERY, responses={200: OrderPageSerializer, **REFUSALS},
        summary="The order queue: the parameters of the page, 50 orders a page",
    )  # fmt: skip
    @operation(Scope.ORDERS_READ, Right.VIEW_ORDERS)
    def get(self, request: ApiRequest) -> Response:
        query = cast("QueryDict", request.query_params)
        found = order_filter(request.store, query, user=request.user, now=timezone.now())
        rows = found.qs.values("id", found.sort.column)
        problem = found.sort_error or _first_error(found.form.errors)
        if problem:
            raise Refusal(problem, "invalid")
        try:
            page = fetch_page(rows, sort=found.sort, after=query.get("after", ""), before=query.get("before", ""))
        except CursorError as error:
            raise Refusal(_("The cursor is damaged or belongs to another sort."), "cursor") from error
        ids = [row["id"] for row in page.rows]
        orders = in_order(with_parts(Order.objects.for_store(request.store).filter(pk__in=ids)), ids)
        return Response({"results": listed(OrderSerializer, orders), **page_links(request, page)})


def _first_error(errors: Any) -> str:
    return next((f"{name}: {problems[0]}" for name, problems in errors.items()), "")


class OrderView(APIView):
    @extend_schema(operation_id="orders_read", responses={200: OrderSerializer, **REFUSALS}, summary="One order")
    @operation(Scope.ORDERS_READ, Right.VIEW_ORDERS)
    def get(self, request: ApiRequest, number: str) -> Response:
        return Response(_shown(request, number))


def _shown(request: ApiRequest, number: str) -> dict[str, Any]:
    order = with_parts(Order.objects.for_store(request.store).filter(number=number)).first()
    if order is None:
        raise Http404
    return dict(OrderSerializer(order).data)


def _id_of(request: ApiRequest, number: str) -> int:
    return Order.objects.for_store(request.store).values_list("pk", flat=True).get(number=number)


def _run(
    request: ApiRequest, number: str, order_id: int, service: Callable[..., Any], values: dict[str, Any]
) -> Response:
    at = timezone.now()
    try:
        service(
            store=request.store, order_id=order_id, actor=request.user, at=at, source=EventSource.API, **values
        )  # fmt: skip
    except services.VersionConflict as error:
        raise Conflict(error, _shown(request, number)) from error
    return Response(_shown(request, number))


def _put_view(name: str, service: Callable[..., Any], shape: type[serializers.Serializer[Any]]) -> type[APIView]:
    """Make the view of `PUT orders/{number}/<name>/`: the same twice is the same once."""

    class PutView(APIView):
        @extend_schema(
            operation_id=f"orders_{name}", request=shape, responses={200: OrderSerializer, **REFUSALS},
            summary=f"Set the {name} of an order",
        )  # fmt: skip
        @operation(Scope.ORDERS_WRITE, Right.WORK_ORDERS)
        def put(self, request: ApiRequest, number: str) -> Response:
            order_id = _id_of(request, number)
            return _run(request, number, order_id, service, read_values(shape, request))

    return PutView


def file_digest(values: dict[str, Any]) -> str:
    """Stand for a request that may hold a file: its content counts, not only its name."""
    parts = [f"{name}={_digest_of(value)}" for name, value in sorted(values.items())]
    return " ".join(parts)


def _digest_of(value: Any) -> str:
    if not isinstance(value, UploadedFile):
        return str(value)
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return digest.hexdigest()


def act_view(act: Act) -> type[APIView]:
    """Make the view of one act."""
    forms = {"application/json": act.serializer, "multipart/form-data": act.serializer}

    class ActView(APIView):
        parser_classes = [SmallJSONParser, MultiPartParser] if act.takes_file else [SmallJSONParser]

        @extend_schema(
            operation_id=f"orders_{act.name.replace('/', '_').replace('-', '_')}",
            request=forms if act.takes_file else act.serializer,
            responses={200: OrderSerializer, **REFUSALS}, summary=act.summary,
        )  # fmt: skip
        @operation(Scope.ORDERS_WRITE, *act.rights)
        def post(self, request: ApiRequest, number: str) -> Response:
            order_id = _id_of(request, number)
            values = {**read_values(act.serializer, request), **act.fixed}
            content = file_digest(values) if act.takes_file else ""
            return once(request, lambda: _run(request, number, order_id, act.service, values), content=content)

    return ActView


class RevealView(APIView):
    @extend_schema(
        operation_id="orders_reveal", request=ReasonSerializer, responses={200: ClearRecipientSerializer, **REFUSALS},
        summary="Reveal one recipient for a reason: audited, within the daily quota",
    )  # fmt: skip
    @operation(Scope.ORDERS_WRITE, Right.REVEAL)
    def post(self, request: ApiRequest, number: str) -> Response:
        """Clear text is kept nowhere: a second request with the same Idempotency-Key is refused with 409."""
        order_id = _id_of(request, number)
        reason = read_values(ReasonSerializer, request)["reason"]
        detail = _("This key has revealed the recipient already, and clear text is not kept. Use a new key.")
        return once(
            request, lambda: _reveal(request, order_id, reason), instead={"code": "idempotency", "detail": detail}
        )


def _reveal(request: ApiRequest, order_id: int, reason: str) -> Response:
    clear = services.reveal_recipient(
        store=request.store, order_id=order_id, reason=reason, actor=request.user, at=timezone.now()
    )
    return Response({"recipient": clear}, headers={"Cache-Control": "no-store"})


FlagView = _put_view("flag", services.set_flag, FlagSerializer)
AppointmentView = _put_view("appointment", services.appoint_date, AppointmentSerializer)
TagsView = _put_view("tags", services.set_tags, TagsSerializer)
ACT_VIEWS = [(act.name, act_view(act)) for act in ACTS]
