"""Traces in, parcels and their troubles out."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.idempotency import once
from backoffice.api.paging import PLACE, page_links
from backoffice.api.parcels import serializers as shapes
from backoffice.api.permissions import operation
from backoffice.api.refusals import Refusal
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import listed, read_values
from backoffice.common.access import Right
from backoffice.common.models import Membership, User
from backoffice.common.models.tokens import Scope
from orders.core.statuses import EventSource
from orders.desk.paging import Page
from orders.fulfilment.couriers import TrackingError, find_courier, normalise_tracking
from orders.fulfilment.models import Anomaly
from orders.fulfilment.queries.tracking import OWNERS, PARCEL_TABS, PlaceError, anomalies, page_by_time, parcels
from orders.fulfilment.services.anomaly_acts import (
    contact_courier,
    inform_buyer,
    own_anomaly,
    reopen_anomaly,
    settle_anomaly,
)
from orders.fulfilment.services.tracking import TraceEvent, record_trace
from orders.fulfilment.statuses import AnomalyKind, TraceState

_READ = operation(Scope.ORDERS_READ, Right.VIEW_ORDERS)
_TRACE = operation(Scope.ORDERS_WRITE, Right.SHIP, Right.WORK_ORDERS)
_TELL = operation(Scope.ORDERS_WRITE, Right.WORK_ORDERS)
_EVENTS = 500
_STATES = [value for value in TraceState.values if value]
_PARCEL_QUERY = [
    OpenApiParameter("list", OpenApiTypes.STR, enum=list(PARCEL_TABS), description="Without it `all`."),
    OpenApiParameter("number", {"type": "string", "maxLength": 80}, description="Exactly this tracking number."),
    OpenApiParameter("courier", {"type": "string", "maxLength": 60}),
    OpenApiParameter("state", OpenApiTypes.STR, enum=_STATES),
    OpenApiParameter("problem", OpenApiTypes.STR, enum=AnomalyKind.values),
    *PLACE,
]
_CASE_QUERY = [
    OpenApiParameter("kind", OpenApiTypes.STR, enum=AnomalyKind.values),
    OpenApiParameter("owner", OpenApiTypes.STR, enum=list(OWNERS)),
    OpenApiParameter("closed", OpenApiTypes.BOOL, description="True: those that were closed, the oldest first."),
    *PLACE,
]


class TrackingEventsView(APIView):
    @extend_schema(
        operation_id="tracking_events_create", request=shapes.TraceEventsInput,
        responses={200: shapes.TraceResultSerializer, **REFUSALS},
        summary="Tell traces of parcels; the same events told again change nothing",
    )  # fmt: skip
    @_TRACE
    def post(self, request: ApiRequest) -> Response:
        events = [TraceEvent(**event) for event in read_values(shapes.TraceEventsInput, request)["events"]]
        return once(request, lambda: _record(request, events))


def _record(request: ApiRequest, events: list[TraceEvent]) -> Response:
    result = record_trace(store=request.store, events=events, source="api", at=timezone.now())
    return Response(shapes.TraceResultSerializer(result).data)


class ParcelListView(APIView):
    @extend_schema(
        operation_id="parcels_list", parameters=_PARCEL_QUERY,
        responses={200: shapes.ParcelPageSerializer, **REFUSALS}, summary="Parcels, those that left last first",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest) -> Response:
        _check_query(request, _PARCEL_QUERY)
        where = PARCEL_TABS[request.GET.get("list", "all")] & _narrowed(request)
        return _page(
            request, parcels(request.store).filter(where), "shipped_at", shapes.ShippedParcelSerializer, is_down=True
        )


def _narrowed(request: ApiRequest) -> Q:
    where, query = Q(), request.GET
    if query.get("number"):
        where &= Q(tracking_number=_number(query["number"]))
    if query.get("courier"):
        found = find_courier(query["courier"])
        where &= Q(courier=found.code if found else query["courier"][:30])
    if query.get("state"):
        where &= Q(trace_state=query["state"])
    if query.get("problem"):
        where &= Q(anomaly_kinds__contains=[query["problem"]]) & ~Q(anomaly_kinds=[])
    return where


def _number(text: str) -> str:
    try:
        return normalise_tracking(text)
    except TrackingError as error:
        raise ValidationError({"number": [str(error)]}) from error


def _check_query(request: ApiRequest, known: list[OpenApiParameter]) -> None:
    """Refuse what no list is narrowed by, and values that it does not have."""
    choices = {parameter.name: parameter.enum for parameter in known}
    for name, value in request.GET.items():
        if name not in choices:
            raise ValidationError({name[:40]: [_("The list is not narrowed by this.")]})
        if (choices[name] and value not in (choices[name] or ())) or "\0" in value:
            raise ValidationError({name: [_("The list does not know this value.")]})


def _page(request: ApiRequest, rows: QuerySet[Any, Any], key: str, shape: Any, *, is_down: bool) -> Response:
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    try:
        page = page_by_time(rows, key, is_descending=is_down, after=after, before=before)
    except PlaceError as error:
        raise Refusal(_("The cursor is damaged or belongs to another list."), "cursor") from error
    links = page_links(request, Page(rows=[], next=page.next, previous=page.previous))
    return Response({"results": listed(shape, page.rows), **links})


class ParcelView(APIView):
    @extend_schema(
        operation_id="parcels_read", responses={200: shapes.ParcelDetailSerializer, **REFUSALS},
        summary="A parcel with its trace",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest, pk: int) -> Response:
        parcel = parcels(request.store).get(pk=pk)
        parcel.events = parcel.trace.order_by("-at", "-pk")[:_EVENTS]  # type: ignore[attr-defined]
        return Response(shapes.ParcelDetailSerializer(parcel).data)


class AnomalyListView(APIView):
    @extend_schema(
        operation_id="anomalies_list", parameters=_CASE_QUERY,
        responses={200: shapes.AnomalyPageSerializer, **REFUSALS}, summary="Parcels in trouble, the oldest case first",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest) -> Response:
        _check_query(request, _CASE_QUERY)
        is_closed = request.GET.get("closed", "").lower() in {"true", "1"}
        where = Q(closed_at__isnull=not is_closed)
        if request.GET.get("kind"):
            where &= Q(kind=request.GET["kind"])
        if request.GET.get("owner"):
            where &= OWNERS[request.GET["owner"]](request.user)
        rows = anomalies(request.store).filter(where)
        key = "closed_at" if is_closed else "opened_at"
        return _page(request, rows, key, shapes.AnomalySerializer, is_down=False)


def _act(
    request: ApiRequest, pk: int, shape: Any, service: Callable[..., Any], **fixed: Any
) -> Response:  # fmt: skip
    values = read_values(shape, request) | fixed

    def act() -> Response:
        service(store=request.store, anomaly_id=pk, actor=request.user, at=timezone.now(), **values)
        return Response(shapes.AnomalySerializer(anomalies(request.store).get(pk=pk)).data)

    return once(request, act)


_CASE: dict[int | str, Any] = {200: shapes.AnomalySerializer, **REFUSALS}


class AnomalyOwnView(APIView):
    @extend_schema(
        operation_id="anomalies_own", request=shapes.OwnInput, responses=_CASE,
        summary="Take a case, give it to a colleague, or give it back",
    )  # fmt: skip
    @_TRACE
    def post(self, request: ApiRequest, pk: int) -> Response:
        anomalies(request.store).get(pk=pk)
        may_give = Right.MANAGE_STORE in request.rights
        return _act(request, pk, shapes.OwnInput, _own(request), may_give=may_give)


def _own(request: ApiRequest) -> Callable[..., Any]:
    """Return the service with the owner's name looked up; the caller when the request names nobody."""

    def own(*, owner: Any = request.user, **values: Any) -> Anomaly:
        person: User | None = _member(request, owner) if isinstance(owner, str) else owner
        return own_anomaly(owner=person, **values)

    return own


def _member(request: ApiRequest, username: str) -> User:
    members = Membership.objects.active().filter(store=request.store, user__username=username).select_related("user")
    found = members.first()
    if found is None:
        raise ValidationError({"owner": [_("Nobody of this name works in the store.")]})
    return found.user


class AnomalyCourierView(APIView):
    @extend_schema(
        operation_id="anomalies_contact_courier", request=shapes.CourierInput, responses=_CASE,
        summary="Write down what the courier was asked, or said",
    )  # fmt: skip
    @_TRACE
    def post(self, request: ApiRequest, pk: int) -> Response:
        return _act(request, pk, shapes.CourierInput, contact_courier)


class AnomalyBuyerView(APIView):
    @extend_schema(
        operation_id="anomalies_inform_buyer", request=shapes.BuyerInput, responses=_CASE,
        summary="Write down that the buyer was told, and what",
    )  # fmt: skip
    @_TELL
    def post(self, request: ApiRequest, pk: int) -> Response:
        return _act(request, pk, shapes.BuyerInput, inform_buyer, source=EventSource.API)


class AnomalySettleView(APIView):
    @extend_schema(
        operation_id="anomalies_settle", request=shapes.SettleInput, responses=_CASE,
        summary="Close a case with what came of it",
    )  # fmt: skip
    @_TRACE
    def post(self, request: ApiRequest, pk: int) -> Response:
        return _act(request, pk, shapes.SettleInput, settle_anomaly, source=EventSource.API)


class AnomalyReopenView(APIView):
    @extend_schema(
        operation_id="anomalies_reopen", request=shapes.CaseVersion, responses=_CASE,
        summary="Open a case again that a person closed",
    )  # fmt: skip
    @_TRACE
    def post(self, request: ApiRequest, pk: int) -> Response:
        return _act(request, pk, shapes.CaseVersion, reopen_anomaly, source=EventSource.API)
