from datetime import date
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.serializers import ValidationError
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.idempotency import once
from backoffice.api.orders.batches import BatchSerializer
from backoffice.api.permissions import operation
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import read_values
from backoffice.api.work.serializers import (
    ClaimsActSerializer,
    NoteRequestSerializer,
    ShiftQuerySerializer,
    ShiftSerializer,
    WorkloadSerializer,
)
from backoffice.common.access import Right
from backoffice.common.clock import business_day
from backoffice.common.models import User
from backoffice.common.models.tokens import Scope
from orders.desk.shifts import find_person, read_day, save_shift_note, shift_of
from orders.desk.workload import give_back_claims, take_claims, workload

_RIGHTS = (Right.WORK_ORDERS, Right.SHIP, Right.MANAGE_STORE)
_ASKED = [
    OpenApiParameter("day", OpenApiTypes.DATE, description="Without it today."),
    OpenApiParameter("user", OpenApiTypes.STR, description="A username; without it the caller. Others: managers only."),
]


class WorkloadView(APIView):
    @extend_schema(
        operation_id="workload", responses={200: WorkloadSerializer, **REFUSALS},
        summary="Who holds how much now, and who did what today",
    )  # fmt: skip
    @operation(Scope.ORDERS_READ, *_RIGHTS)
    def get(self, request: ApiRequest) -> Response:
        """A manager gets everybody who works on orders or ships, others themselves."""
        only = None if Right.MANAGE_STORE in request.rights else request.user
        return Response(WorkloadSerializer(workload(request.store, timezone.now(), only=only)).data)


class ClaimsView(APIView):
    @extend_schema(
        operation_id="workload_claims", request=ClaimsActSerializer, responses={201: BatchSerializer, **REFUSALS},
        summary="Take all claims of a person over, or give them back for anybody",
    )  # fmt: skip
    @operation(Scope.ORDERS_WRITE, Right.MANAGE_STORE)
    def post(self, request: ApiRequest) -> Response:
        """One batch with a receipt; it can be undone as other batches can."""
        values = read_values(ClaimsActSerializer, request)
        return once(request, lambda: _move_claims(request, **values))


def _move_claims(request: ApiRequest, *, user: str, act: str) -> Response:
    person = User.objects.filter(memberships__store=request.store).get(username=user)
    service = take_claims if act == "take" else give_back_claims
    job = service(store=request.store, person=person, actor=request.user, at=timezone.now())
    return Response(BatchSerializer(job).data, status=status.HTTP_201_CREATED)


class ShiftView(APIView):
    @extend_schema(
        operation_id="shifts_read", parameters=_ASKED, responses={200: ShiftSerializer, **REFUSALS},
        summary="A person's shift: handled, left open, exceptions, and their note",
    )  # fmt: skip
    @operation(Scope.ORDERS_READ, *_RIGHTS)
    def get(self, request: ApiRequest) -> Response:
        """What is left open is as of now, whatever the day."""
        asked = ShiftQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        day = _day(asked.validated_data["day"])
        person = find_person(
            store=request.store, user=request.user, rights=request.rights, username=asked.validated_data["user"]
        )  # fmt: skip
        return Response(ShiftSerializer(shift_of(request.store, person, day)).data)


def _day(text: str) -> date:
    day, problem = read_day(text, business_day(timezone.now()))
    if problem:
        raise ValidationError({"day": problem})
    return day


class ShiftNoteView(APIView):
    @extend_schema(
        operation_id="shifts_note", request=NoteRequestSerializer, responses={200: ShiftSerializer, **REFUSALS},
        summary="Leave one's words for the next shift, in the place of those of the day",
    )  # fmt: skip
    @operation(Scope.ORDERS_WRITE, *_RIGHTS)
    def post(self, request: ApiRequest) -> Response:
        values = read_values(NoteRequestSerializer, request)
        return once(request, lambda: _save(request, values))


def _save(request: ApiRequest, values: dict[str, Any]) -> Response:
    now = timezone.now()
    day = values.get("day") or business_day(now)
    save_shift_note(store=request.store, actor=request.user, day=day, text=values["text"], at=now)
    return Response(ShiftSerializer(shift_of(request.store, request.user, day)).data)
