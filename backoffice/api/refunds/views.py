from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from aftersales.refunds.filters import CaseFilter
from aftersales.refunds.models import Refund
from aftersales.refunds.queries import TABS, CaseCursorError, Look, case_page
from aftersales.refunds.services import CaseConflict, policy_of, take_next_cases
from aftersales.refunds.statuses import MONEY_KINDS, ReasonKind, RefundKind
from backoffice.api.authentication import ApiRequest
from backoffice.api.idempotency import once
from backoffice.api.orders.queries import with_parts
from backoffice.api.orders.serializers import OrderSerializer
from backoffice.api.paging import PLACE, page_links
from backoffice.api.parsers import SmallJSONParser
from backoffice.api.permissions import operation
from backoffice.api.refunds import adapters, inputs
from backoffice.api.refunds.acts import ACTS, Act
from backoffice.api.refunds.pictures import content_of, keep_pictures
from backoffice.api.refunds.queries import acted_case, cases_in_order, check_days, whole_case
from backoffice.api.refunds.serializers import (
    AttachmentSerializer,
    RefundDetailSerializer,
    RefundPageSerializer,
    RefundSerializer,
)
from backoffice.api.refusals import Conflict, Refusal
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import listed, read_values
from backoffice.common.access import Right
from backoffice.common.models.tokens import Scope
from orders.core.models import Order
from orders.core.services import VersionConflict
from orders.core.statuses import EventSource
from orders.desk.paging import Page

_READ = operation(Scope.REFUNDS_READ, Right.VIEW_ORDERS)
_DAY, _TEXT = OpenApiTypes.DATE, {"type": "string", "maxLength": 200}
_MONEY = {"type": "string", "maxLength": 15}
_QUERY = [
    OpenApiParameter("queue", OpenApiTypes.STR, enum=list(TABS), description="Without it `all`, the newest first."),
    OpenApiParameter("q", _TEXT, description="The number of a case, of an order, or of a return parcel."),
    OpenApiParameter("kind", OpenApiTypes.STR, enum=RefundKind.values),
    OpenApiParameter("reason_kind", OpenApiTypes.STR, enum=ReasonKind.values),
    OpenApiParameter("product", _TEXT, description="A part of the title."),
    OpenApiParameter("title", OpenApiTypes.INT, description="The id of a product."),
    OpenApiParameter("sku", _TEXT),
    OpenApiParameter("buyer", _TEXT, description="A nick, or a part of one."),
    OpenApiParameter("recipient", _TEXT, description="The number of an order that went to the same recipient."),
    OpenApiParameter("owner", _TEXT, description="The user name of who handles them."),
    OpenApiParameter("amount_min", _MONEY),
    OpenApiParameter("amount_max", _MONEY),
    OpenApiParameter("requested_from", _DAY),
    OpenApiParameter("requested_to", _DAY),
    *PLACE,
]
_CASE: dict[int | str, Any] = {200: RefundDetailSerializer, **REFUSALS}


class RefundListView(APIView):
    @extend_schema(
        operation_id="refunds_list", parameters=_QUERY, responses={200: RefundPageSerializer, **REFUSALS},
        summary="After-sales cases: the parameters of the page, 50 cases a page",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest) -> Response:
        found = _filter(request)
        look = Look(request.store, request.user, timezone.now(), policy_of(request.store).due_soon_hours)
        after, before = request.GET.get("after", ""), request.GET.get("before", "")
        try:
            page = case_page(look, tab=found.shown_tab, where=found.where, after=after, before=before)
        except CaseCursorError as error:
            raise Refusal(_("The cursor is damaged or belongs to another list."), "cursor") from error
        cases = cases_in_order(request.store, [row["id"] for row in page.rows])
        links = page_links(request, Page(rows=[], next=page.next, previous=page.previous))
        return Response({"results": listed(RefundSerializer, cases), **links})

    @extend_schema(
        operation_id="refunds_open", request=inputs.CaseOpenSerializer,
        responses={200: RefundDetailSerializer, 201: RefundDetailSerializer, **REFUSALS},
        summary="Open a case on a line or on a whole order; 200: the case of this number was there",
    )  # fmt: skip
    @operation(Scope.REFUNDS_WRITE, Right.WORK_REFUNDS)
    def post(self, request: ApiRequest) -> Response:
        """Never more than what was paid for the order and is not given back or asked for by another case."""
        values = read_values(inputs.CaseOpenSerializer, request)
        return once(request, lambda: _open(request, values))


def _filter(request: ApiRequest) -> CaseFilter:
    """Read the query; what the list is not narrowed by, or does not know, is refused."""
    known = {parameter.name for parameter in _QUERY}
    unknown = [name for name in request.GET if name not in known]
    if unknown:
        raise ValidationError({name[:40]: [_("Cases are not narrowed by this.")] for name in unknown})
    query: QueryDict = request.GET.copy()
    if not query.get("queue"):
        query["queue"] = "all"
    found = CaseFilter(query, store=request.store)
    if not found.is_valid():
        raise ValidationError({name: [str(text) for text in texts] for name, texts in found.errors.items()})
    check_days(found.values)
    return found


def _call(request: ApiRequest) -> dict[str, Any]:
    return {"store": request.store, "actor": request.user, "at": timezone.now(), "source": EventSource.API}


def _open(request: ApiRequest, values: dict[str, Any]) -> Response:
    call = _call(request)
    try:
        made = adapters.open_case(**call, **values)
    except VersionConflict as error:
        order = with_parts(Order.objects.for_store(request.store).filter(pk=error.order.pk)).get()
        raise Conflict(error, dict(OrderSerializer(order).data)) from error
    is_new = made.created_at == call["at"]
    return Response(_shown(request, made.number), status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)


def _shown(request: ApiRequest, number: str) -> dict[str, Any]:
    return dict(RefundDetailSerializer(whole_case(request.store, number, timezone.now())).data)


class RefundView(APIView):
    @extend_schema(operation_id="refunds_read", responses=_CASE, summary="One case with all that its page shows")
    @_READ
    def get(self, request: ApiRequest, number: str) -> Response:
        return Response(_shown(request, number))


def act_view(act: Act) -> type[APIView]:
    """Make the view of one act."""
    forms = {"application/json": act.serializer, "multipart/form-data": act.serializer}

    class ActView(APIView):
        parser_classes = [SmallJSONParser, MultiPartParser] if act.takes_file else [SmallJSONParser]

        @extend_schema(
            operation_id=f"refunds_{act.name.replace('-', '_')}", responses=_CASE, summary=act.summary,
            request=forms if act.takes_file else act.serializer,
        )  # fmt: skip
        @operation(Scope.REFUNDS_WRITE, *act.rights)
        def post(self, request: ApiRequest, number: str) -> Response:
            refund = acted_case(request.store, number)
            if act.money_right and refund.kind in MONEY_KINDS and act.money_right not in request.rights:
                raise PermissionDenied(_("Money goes by it: that is for those who decide refunds."))
            values = read_values(act.serializer, request)
            content = content_of(values) if act.takes_file else ""
            return once(request, lambda: _run(request, act, refund, values), content=content)

    return ActView


def _run(request: ApiRequest, act: Act, refund: Refund, values: dict[str, Any]) -> Response:
    try:
        act.service(refund_id=refund.pk, **_call(request), **values)
    except CaseConflict as error:
        raise Conflict(error, _shown(request, refund.number)) from error
    return Response(_shown(request, refund.number))


class TakenCasesSerializer(serializers.Serializer[object]):
    taken = RefundSerializer(many=True)


class TakeNextView(APIView):
    @extend_schema(
        operation_id="refunds_take_next", request=inputs.CaseTakeNextSerializer,
        responses={201: TakenCasesSerializer, **REFUSALS},
        summary="Take the most urgent cases that wait for the shop and that nobody has",
    )  # fmt: skip
    @operation(Scope.REFUNDS_WRITE, Right.WORK_REFUNDS, Right.RECEIVE_RETURNS)
    def post(self, request: ApiRequest) -> Response:
        count = read_values(inputs.CaseTakeNextSerializer, request)["count"]
        return once(request, lambda: _take_next(request, count))


def _take_next(request: ApiRequest, count: int) -> Response:
    taken = take_next_cases(store=request.store, actor=request.user, at=timezone.now(), count=count)
    if not taken:
        detail = _("No case is left that waits for the shop and is nobody's.")
        raise Refusal(detail, "state", status.HTTP_409_CONFLICT)
    cases = cases_in_order(request.store, [case.pk for case in taken])
    return Response({"taken": listed(RefundSerializer, cases)}, status=status.HTTP_201_CREATED)


class AttachmentListView(APIView):
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="attachments_upload", request={"multipart/form-data": inputs.AttachmentUploadSerializer},
        responses={201: AttachmentSerializer, **REFUSALS},
        summary="Keep a picture or a voice file, sealed, to be named by its id in an act on a case",
    )  # fmt: skip
    @operation(Scope.REFUNDS_WRITE, Right.WORK_REFUNDS, Right.RECEIVE_RETURNS)
    def post(self, request: ApiRequest) -> Response:
        """Refused when it is neither by its own bytes. One that no act names is deleted when its time is over."""
        values = read_values(inputs.AttachmentUploadSerializer, request)
        return once(request, lambda: _upload(request, values["file"]), content=content_of(values))


def _upload(request: ApiRequest, file: Any) -> Response:
    (kept,) = keep_pictures(request.store, [file], actor=request.user, at=timezone.now())
    return Response(AttachmentSerializer(kept).data, status=status.HTTP_201_CREATED)


ACT_VIEWS = [(act.name, act_view(act)) for act in ACTS]
