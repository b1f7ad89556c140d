from collections.abc import Callable
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from aftersales.refunds.models import Complaint, Refund, Violation
from aftersales.refunds.models.registers import Entry
from aftersales.refunds.queries.registers import REGISTER_TABS, entries
from aftersales.refunds.services.registers import (
    EntryConflict,
    open_complaint,
    open_violation,
    own_complaint,
    own_violation,
    settle_complaint,
    settle_violation,
)
from backoffice.api.authentication import ApiRequest
from backoffice.api.idempotency import once
from backoffice.api.orders.adapters import find_member
from backoffice.api.paging import PLACE, id_page
from backoffice.api.permissions import operation
from backoffice.api.refusals import Conflict
from backoffice.api.registers import serializers as shapes
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import read_values
from backoffice.common.access import Right
from backoffice.common.models.tokens import Scope
from orders.core.models import Order

_READ = operation(Scope.REFUNDS_READ, Right.VIEW_ORDERS)
_WORK = operation(Scope.REFUNDS_WRITE, Right.WORK_REFUNDS)
_QUERY = [
    OpenApiParameter("tab", OpenApiTypes.STR, enum=list(REGISTER_TABS), description="Without it `open`."), *PLACE,
]  # fmt: skip


class Register(NamedTuple):
    """One register: how it is called, its services and its shapes."""

    name: str
    one: str
    model: type[Entry]
    open: Callable[..., Entry]
    own: Callable[..., Entry]
    settle: Callable[..., Entry]
    shape: type[serializers.Serializer[Any]]
    page: type[serializers.Serializer[Any]]
    input: type[serializers.Serializer[Any]]

    def shown(self, request: ApiRequest, pk: int) -> dict[str, Any]:
        found = self.model._default_manager.filter(store=request.store)  # noqa: SLF001 -- public in Django's documentation
        entry = found.select_related("order", "refund", "owner", "closed_by").get(pk=pk)
        return dict(self.shape(entry).data)


COMPLAINTS = Register(
    "complaints", "a complaint", Complaint, open_complaint, own_complaint, settle_complaint,
    shapes.ComplaintSerializer, shapes.ComplaintPageSerializer, shapes.ComplaintInputSerializer,
)  # fmt: skip
VIOLATIONS = Register(
    "violations", "a violation", Violation, open_violation, own_violation, settle_violation,
    shapes.ViolationSerializer, shapes.ViolationPageSerializer, shapes.ViolationInputSerializer,
)  # fmt: skip


def list_view(register: Register) -> type[APIView]:
    """Make the view of `<name>/`."""

    class EntryListView(APIView):
        @extend_schema(
            operation_id=f"{register.name}_list", parameters=_QUERY, responses={200: register.page, **REFUSALS},
            summary=f"The {register.name} of one tab, newest first",
        )  # fmt: skip
        @_READ
        def get(self, request: ApiRequest) -> Response:
            tab = request.GET.get("tab", "") or REGISTER_TABS[0]
            if tab not in REGISTER_TABS:
                raise ValidationError({"tab": [_("The list does not know this value.")]})
            rows = entries(register.model, request.store, request.user, timezone.now(), tab=tab)
            return Response(id_page(request, rows.order_by(), register.shape))

        @extend_schema(
            operation_id=f"{register.name}_open", request=register.input, responses={201: register.shape, **REFUSALS},
            summary=f"Write {register.one} down",
        )  # fmt: skip
        @_WORK
        def post(self, request: ApiRequest) -> Response:
            values = read_values(register.input, request)
            return once(request, lambda: _open(request, register, values))

    return EntryListView


def _open(request: ApiRequest, register: Register, values: dict[str, Any]) -> Response:
    order, refund, owner = (values.pop(name) for name in ("order", "refund", "owner"))
    entry = register.open(
        store=request.store, actor=request.user, at=timezone.now(),
        order_id=Order.objects.for_store(request.store).get(number=order).pk if order else None,
        refund_id=Refund.objects.for_store(request.store).get(number=refund).pk if refund else None,
        owner=find_member(request.store, owner) if owner else None, **values,
    )  # fmt: skip
    return Response(register.shown(request, entry.pk), status=status.HTTP_201_CREATED)


def entry_view(register: Register) -> type[APIView]:
    """Make the view of `<name>/{id}/`."""

    class EntryView(APIView):
        @extend_schema(
            operation_id=f"{register.name}_read", responses={200: register.shape, **REFUSALS},
            summary=f"Read {register.one}",
        )  # fmt: skip
        @_READ
        def get(self, request: ApiRequest, pk: int) -> Response:
            return Response(register.shown(request, pk))

    return EntryView


def own_view(register: Register) -> type[APIView]:
    """Make the view of `<name>/{id}/own/`."""

    class EntryOwnView(APIView):
        @extend_schema(
            operation_id=f"{register.name}_own", request=shapes.EntryOwnSerializer,
            responses={200: register.shape, **REFUSALS}, summary="Say who handles it, and until when",
        )  # fmt: skip
        @_WORK
        def post(self, request: ApiRequest, pk: int) -> Response:
            now = register.model._default_manager.get(store=request.store, pk=pk)  # noqa: SLF001 -- as above
            values = read_values(shapes.EntryOwnSerializer, request)
            owner = values.pop("owner", request.user)
            person = find_member(request.store, owner) if isinstance(owner, str) else owner
            values = {"deadline": now.deadline} | values | {"owner": person}
            return once(request, lambda: _run(request, register, register.own, pk, values))

    return EntryOwnView


def settle_view(register: Register) -> type[APIView]:
    """Make the view of `<name>/{id}/settle/`."""

    class EntrySettleView(APIView):
        @extend_schema(
            operation_id=f"{register.name}_settle", request=shapes.EntrySettleSerializer,
            responses={200: register.shape, **REFUSALS}, summary="Close it with what came of it",
        )  # fmt: skip
        @_WORK
        def post(self, request: ApiRequest, pk: int) -> Response:
            values = read_values(shapes.EntrySettleSerializer, request)
            return once(request, lambda: _run(request, register, register.settle, pk, values))

    return EntrySettleView


def _run(
    request: ApiRequest, register: Register, service: Callable[..., Entry], pk: int, values: dict[str, Any]
) -> Response:
    try:
        service(store=request.store, entry_id=pk, actor=request.user, at=timezone.now(), **values)
    except EntryConflict as error:
        raise Conflict(error, register.shown(request, pk)) from error
    return Response(register.shown(request, pk))
