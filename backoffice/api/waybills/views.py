from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.files import AnyAccept
from backoffice.api.idempotency import once
from backoffice.api.paging import PLACE, id_page
from backoffice.api.permissions import operation
from backoffice.api.refusals import Refusal
from backoffice.api.schema import REFUSALS, RefusalSerializer
from backoffice.api.serializers import read_values
from backoffice.api.waybills.serializers import (
    NumberSerializer,
    PlanRestSerializer,
    PlanSerializer,
    PrintBatchSerializer,
    PrintPageSerializer,
    PrintRequestSerializer,
    PrintSerializer,
    VoidSerializer,
    WaybillCourierSerializer,
    WaybillPageSerializer,
    WaybillSerializer,
)
from backoffice.common.access import Right
from backoffice.common.files import download_of
from backoffice.common.models import Job
from backoffice.common.models.tokens import Scope
from orders.core.models import Order, OrderLine
from orders.core.statuses import EventSource
from orders.fulfilment.models import PrintRecord, Waybill, WaybillLine
from orders.fulfilment.papers.batches import KIND, PAPER_RIGHTS, create_print, download_print, has_file, retry_print
from orders.fulfilment.services import assign_number, plan_rest, plan_waybill, void_waybill
from orders.fulfilment.services.waybill_changes import choose_courier
from orders.fulfilment.statuses import WaybillState

_READ = operation(Scope.ORDERS_READ, Right.SHIP)
_WRITE = operation(Scope.ORDERS_WRITE, Right.SHIP)
_PRINT = operation(Scope.ORDERS_WRITE, Right.SHIP, Right.WORK_ORDERS, Right.EXPORT)
_FILE: dict[Any, Any] = {(200, "application/pdf"): OpenApiTypes.BINARY}


def _waybills(request: ApiRequest) -> QuerySet[Waybill]:
    lines = WaybillLine.objects.select_related("order", "line").order_by("order_id", "line__position", "pk")
    return Waybill.objects.for_store(request.store).prefetch_related(Prefetch("lines", lines))


def _shown(request: ApiRequest, waybill: Waybill, status_code: int = status.HTTP_200_OK) -> Response:
    return Response(WaybillSerializer(_waybills(request).get(pk=waybill.pk)).data, status=status_code)


class WaybillListView(APIView):
    @extend_schema(
        operation_id="waybills_list",
        parameters=[OpenApiParameter("state", OpenApiTypes.STR, enum=WaybillState.values), *PLACE],
        responses={200: WaybillPageSerializer, **REFUSALS},
        summary="Parcels, planned last first",
    )
    @_READ
    def get(self, request: ApiRequest) -> Response:
        rows, state = _waybills(request), request.GET.get("state", "")
        if state and state not in WaybillState.values:
            raise ValidationError({"state": [_("There is no such state of a parcel.")]})
        return Response(id_page(request, rows.filter(state=state) if state else rows, WaybillSerializer))

    @extend_schema(
        operation_id="waybills_plan", request=PlanSerializer, responses={201: WaybillSerializer, **REFUSALS},
        summary="Plan a parcel of one order, of several to one recipient, or of some pieces",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest) -> Response:
        values = read_values(PlanSerializer, request)
        return once(request, lambda: _plan(request, values))


def _plan(request: ApiRequest, values: dict[str, Any]) -> Response:
    ids = _ids(request, values["orders"])
    waybill = plan_waybill(
        store=request.store, order_ids=list(ids.values()), courier=values["courier"], actor=request.user,
        at=timezone.now(), lines=_lines(ids, values["lines"]) if "lines" in values else None, source=EventSource.API,
    )  # fmt: skip
    return _shown(request, waybill, status.HTTP_201_CREATED)


class WaybillRestView(APIView):
    @extend_schema(
        operation_id="waybills_plan_rest", request=PlanRestSerializer, responses={201: WaybillSerializer, **REFUSALS},
        summary="Plan a parcel of what of an order may leave now: held lines and pieces of other parcels stay",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest) -> Response:
        values = read_values(PlanRestSerializer, request)
        return once(request, lambda: _plan_rest(request, **values))


def _plan_rest(request: ApiRequest, *, order: str, courier: str) -> Response:
    waybill = plan_rest(
        store=request.store, order_id=_ids(request, [order])[order], courier=courier, actor=request.user,
        at=timezone.now(), source=EventSource.API,
    )  # fmt: skip
    return _shown(request, waybill, status.HTTP_201_CREATED)


def _ids(request: ApiRequest, numbers: list[str]) -> dict[str, int]:
    found = dict(Order.objects.for_store(request.store).filter(number__in=numbers).values_list("number", "pk"))
    for number in numbers:
        if number not in found:
            raise Refusal(_("There is no order %(number)s in this store.") % {"number": number}, "invalid")
    return {number: found[number] for number in numbers}


def _lines(ids: dict[str, int], wanted: list[dict[str, Any]]) -> dict[int, int]:
    """Return line ids and quantities of what is named by order and position."""
    rows = OrderLine.objects.filter(order__in=ids.values()).values_list("order_id", "position", "pk")
    by_place = {(order, position): pk for order, position, pk in rows}
    lines: dict[int, int] = {}
    for line in wanted:
        pk = by_place.get((ids.get(line["order"], 0), line["position"]))
        if pk is None:
            values = {"number": line["order"], "line": line["position"]}
            raise Refusal(_("Order %(number)s is not among these orders, or has no line %(line)s.") % values, "invalid")
        lines[pk] = lines.get(pk, 0) + line["quantity"]
    return lines


class WaybillNumberView(APIView):
    @extend_schema(
        operation_id="waybills_number", request=NumberSerializer, responses={200: WaybillSerializer, **REFUSALS},
        summary="Give a planned parcel its number: the one sent, or the next of the courier",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest, pk: int) -> Response:
        values = read_values(NumberSerializer, request)
        return once(request, lambda: _shown(request, assign_number(**_call(request, pk, values))))


class WaybillCourierView(APIView):
    @extend_schema(
        operation_id="waybills_courier", request=WaybillCourierSerializer,
        responses={200: WaybillSerializer, **REFUSALS}, summary="Let another courier take a parcel without a number",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest, pk: int) -> Response:
        values = read_values(WaybillCourierSerializer, request)
        call: dict[str, Any] = {
            "store": request.store, "waybill_id": pk, "actor": request.user, "at": timezone.now(),
        }  # fmt: skip
        return once(request, lambda: _shown(request, choose_courier(**call, **values)))


class WaybillVoidView(APIView):
    @extend_schema(
        operation_id="waybills_void", request=VoidSerializer, responses={200: WaybillSerializer, **REFUSALS},
        summary="Void a parcel: its pieces may be planned again, its number never travels",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest, pk: int) -> Response:
        values = read_values(VoidSerializer, request)
        return once(request, lambda: _shown(request, void_waybill(**_call(request, pk, values))))


def _call(request: ApiRequest, pk: int, values: dict[str, Any]) -> dict[str, Any]:
    known = {"store": request.store, "waybill_id": pk, "actor": request.user, "at": timezone.now()}
    return {**known, **values, "source": EventSource.API}


def _prints(request: ApiRequest) -> QuerySet[Job]:
    """Return the batches a person may see: their own; every one of the store for who manages it."""
    papers = [paper for paper, rights in PAPER_RIGHTS.items() if not rights.isdisjoint(request.rights)]
    jobs = Job.objects.for_store(request.store).filter(kind=KIND, params__paper__in=papers).select_related("store")
    return jobs if Right.MANAGE_STORE in request.rights else jobs.filter(requested_by=request.user)


class PrintListView(APIView):
    @extend_schema(
        operation_id="prints_list", parameters=PLACE, responses={200: PrintPageSerializer, **REFUSALS},
        summary="Print batches, the newest first: one's own; all of the store for who manages it",
    )  # fmt: skip
    @_PRINT
    def get(self, request: ApiRequest) -> Response:
        return Response(id_page(request, _prints(request), PrintBatchSerializer))

    @extend_schema(
        operation_id="prints_create", request=PrintRequestSerializer, responses={201: PrintSerializer, **REFUSALS},
        summary="Print papers into one PDF; what was printed before is refused unless `again` says what to do",
    )  # fmt: skip
    @_PRINT
    def post(self, request: ApiRequest) -> Response:
        """Poll the batch until `state` is done, then fetch its file."""
        values = read_values(PrintRequestSerializer, request)
        return once(request, lambda: _print(request, values))


def _print(request: ApiRequest, values: dict[str, Any]) -> Response:
    is_waybill = values["paper"] == PrintRecord.Paper.WAYBILL
    ids = values.get("waybills", []) if is_waybill else list(_ids(request, values.get("orders", [])).values())
    job = create_print(
        store=request.store, actor=request.user, at=timezone.now(), paper=values["paper"], ids=ids, sort=values["sort"],
        again=values["again"],
    )  # fmt: skip
    return Response(PrintSerializer(job).data, status=status.HTTP_201_CREATED)


class PrintView(APIView):
    @extend_schema(operation_id="prints_read", responses={200: PrintSerializer, **REFUSALS}, summary="One print batch")
    @_PRINT
    def get(self, request: ApiRequest, pk: int) -> Response:
        return Response(PrintSerializer(_prints(request).get(pk=pk)).data)


class PrintRetryView(APIView):
    @extend_schema(
        operation_id="prints_retry", request=None, responses={201: PrintSerializer, **REFUSALS},
        summary="Print what failed in a batch once more, as a new one",
    )  # fmt: skip
    @_PRINT
    def post(self, request: ApiRequest, pk: int) -> Response:
        job = _prints(request).get(pk=pk)

        def answer() -> Response:
            again = retry_print(job=job, actor=request.user, at=timezone.now())
            return Response(PrintSerializer(again).data, status=status.HTTP_201_CREATED)

        return once(request, answer)


class PrintFileView(APIView):
    content_negotiation_class = AnyAccept

    @extend_schema(
        operation_id="prints_file", responses={**_FILE, 410: RefusalSerializer, **REFUSALS},
        summary="The PDF of a print batch that is done, for a day",
    )  # fmt: skip
    @_PRINT
    def get(self, request: ApiRequest, pk: int) -> HttpResponseBase:
        """Who may have it is asked again each time; every download is counted and logged."""
        job, now = _prints(request).get(pk=pk), timezone.now()
        if not job.is_active and not has_file(job, now):
            sentence = _("The time of this file is over and it was deleted. Print again.")
            raise Refusal(sentence, "gone", status.HTTP_410_GONE)
        return download_of(job, download_print(job=job, actor=request.user, at=now), content_type="application/pdf")
