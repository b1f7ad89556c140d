from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.idempotency import once
from backoffice.api.permissions import operation
from backoffice.api.refusals import Refusal
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import listed, read_values
from backoffice.api.shipping.serializers import (
    ChangeSerializer,
    CheckSerializer,
    ChecksSerializer,
    MergeGroupSerializer,
    MergePageSerializer,
    MergeRefusalSerializer,
    MergeSerializer,
    RefuseSerializer,
    ScannedSerializer,
    ScanSerializer,
    SplitSerializer,
    TickSerializer,
)
from backoffice.api.waybills.serializers import WaybillSerializer
from backoffice.common.access import Right
from backoffice.common.models.tokens import Scope
from orders.core.models import Order, OrderLine
from orders.core.statuses import EventSource
from orders.fulfilment.checking import required_checks
from orders.fulfilment.models import Waybill
from orders.fulfilment.queries.merges import MergeCursorError, merge_groups
from orders.fulfilment.services import (
    merge_orders,
    refuse_merge,
    ship_waybill,
    split_waybill,
    tick_check,
    unmerge_waybill,
    withdraw_refusal,
)

_READ = operation(Scope.ORDERS_READ, Right.SHIP)
_WRITE = operation(Scope.ORDERS_WRITE, Right.SHIP)


def _call(request: ApiRequest) -> dict[str, Any]:
    return {"store": request.store, "actor": request.user, "at": timezone.now(), "source": EventSource.API}


class ScanView(APIView):
    @extend_schema(
        operation_id="shipping_scan", request=ScanSerializer, responses={200: ScannedSerializer, **REFUSALS},
        summary="Ship the parcel with this number: all of its orders, or none",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest) -> Response:
        number = read_values(ScanSerializer, request)["number"]
        return once(request, lambda: _scan(request, number))


def _scan(request: ApiRequest, number: str) -> Response:
    return Response(ScannedSerializer({"shipments": ship_waybill(**_call(request), number=number)}).data)


class SplitView(APIView):
    @extend_schema(
        operation_id="waybills_split", request=SplitSerializer, responses={201: WaybillSerializer, **REFUSALS},
        summary="Take pieces out of a parcel into a new one, which is the answer",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest, pk: int) -> Response:
        waybill = _waybill(request, pk)
        values = read_values(SplitSerializer, request)
        return once(request, lambda: _split(request, waybill, values))


def _waybill(request: ApiRequest, pk: int) -> Waybill:
    waybill = Waybill.objects.for_store(request.store).filter(pk=pk).first()
    if waybill is None:
        raise Http404
    return waybill


def _split(request: ApiRequest, waybill: Waybill, values: dict[str, Any]) -> Response:
    places = {
        (line.order.number, line.line.position): line.line_id for line in waybill.lines.select_related("order", "line")
    }
    lines: dict[int, int] = {}
    for line in values["lines"]:
        pk = places.get((line["order"], line["position"]))
        if pk is None:
            raise Refusal(_("This parcel does not hold so many pieces of that line."), "field")
        lines[pk] = lines.get(pk, 0) + line["quantity"]
    new = split_waybill(**_call(request), waybill_id=waybill.pk, lines=lines, version=values.get("version"))
    return Response(WaybillSerializer(new).data, status=status.HTTP_201_CREATED)


class UnmergeView(APIView):
    @extend_schema(
        operation_id="waybills_unmerge", request=ChangeSerializer,
        responses={200: WaybillSerializer(many=True), **REFUSALS},
        summary="Give each order of a merged parcel one of its own; the first keeps the number",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest, pk: int) -> Response:
        version = read_values(ChangeSerializer, request).get("version")
        return once(request, lambda: _unmerge(request, pk, version))


def _unmerge(request: ApiRequest, pk: int, version: int | None) -> Response:
    parcels = unmerge_waybill(**_call(request), waybill_id=pk, version=version)
    return Response(listed(WaybillSerializer, parcels))


class MergeListView(APIView):
    @extend_schema(
        operation_id="merges_list", parameters=[OpenApiParameter("after", OpenApiTypes.STR)],
        responses={200: MergePageSerializer, **REFUSALS},
        summary="Orders that could share a parcel, with what speaks against it; the most urgent first",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest) -> Response:
        try:
            page = merge_groups(request.store, after=request.GET.get("after", ""))
        except MergeCursorError as error:
            raise Refusal(_("The cursor is damaged or belongs to another list."), "cursor") from error
        return Response({"results": listed(MergeGroupSerializer, page.groups), "next": page.next or None})


class MergeAcceptView(APIView):
    @extend_schema(
        operation_id="merges_accept", request=MergeSerializer, responses={201: WaybillSerializer, **REFUSALS},
        summary="Pack orders to one recipient together",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest) -> Response:
        values = read_values(MergeSerializer, request)
        return once(request, lambda: _merge(request, values))


def _merge(request: ApiRequest, values: dict[str, Any]) -> Response:
    waybill = merge_orders(**_call(request), order_ids=_ids(request, values["orders"]), courier=values["courier"])
    return Response(WaybillSerializer(waybill).data, status=status.HTTP_201_CREATED)


def _ids(request: ApiRequest, numbers: list[str]) -> list[int]:
    found = dict(Order.objects.for_store(request.store).filter(number__in=numbers).values_list("number", "pk"))
    missing = next((number for number in numbers if number not in found), None)
    if missing is not None:
        raise Refusal(_("There is no order %(number)s in this store.") % {"number": missing}, "invalid")
    return [found[number] for number in numbers]


class MergeRefuseView(APIView):
    @extend_schema(
        operation_id="merges_refuse", request=RefuseSerializer, responses={201: MergeRefusalSerializer, **REFUSALS},
        summary="Say that orders are not to be packed together",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest) -> Response:
        values = read_values(RefuseSerializer, request)
        return once(request, lambda: _refuse(request, values))


def _refuse(request: ApiRequest, values: dict[str, Any]) -> Response:
    refusal = refuse_merge(
        store=request.store, recipient_key=values["recipient"], order_ids=_ids(request, values["orders"]),
        never=values["never"], actor=request.user, at=timezone.now(),
    )  # fmt: skip
    return Response(MergeRefusalSerializer(refusal).data, status=status.HTTP_201_CREATED)


class MergeRefusalView(APIView):
    @extend_schema(
        operation_id="merges_suggest_again", responses={204: None, **REFUSALS}, summary="Suggest again what was refused"
    )
    @_WRITE
    def delete(self, request: ApiRequest, pk: int) -> Response:
        withdraw_refusal(store=request.store, refusal_id=pk)
        return Response(status=status.HTTP_204_NO_CONTENT)


class CheckListView(APIView):
    @extend_schema(
        operation_id="order_checks", responses={200: ChecksSerializer, **REFUSALS},
        summary="The second looks that an order needs before it ships",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest, number: str) -> Response:
        return _checks(_order(request, number))

    @extend_schema(
        operation_id="order_checks_tick", request=TickSerializer, responses={200: ChecksSerializer, **REFUSALS},
        summary="Tick one of them: the caller has looked",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest, number: str) -> Response:
        order = _order(request, number)
        values = read_values(TickSerializer, request)
        return once(request, lambda: _tick(request, order, values))


def _order(request: ApiRequest, number: str) -> Order:
    order = Order.objects.for_store(request.store).filter(number=number).first()
    if order is None:
        raise Http404
    return order


def _tick(request: ApiRequest, order: Order, values: dict[str, Any]) -> Response:
    line = OrderLine.objects.filter(order=order, position=values["position"]).first()
    tick_check(**_call(request), order_id=order.pk, line_id=line.pk if line else 0, kind=values["kind"])
    return _checks(order)


def _checks(order: Order) -> Response:
    lines = list(order.lines.select_related("title").order_by("position", "pk"))
    return Response({"results": listed(CheckSerializer, required_checks(order, lines))})
