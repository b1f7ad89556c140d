from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.idempotency import once
from backoffice.api.permissions import operation
from backoffice.api.platform.serializers import (
    ConnectionInputSerializer,
    ConnectionSerializer,
    PlatformSwitchSerializer,
    PlatformTestSerializer,
)
from backoffice.api.refusals import Refusal
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import JobSerializer, read_values
from backoffice.common.access import Right
from backoffice.common.jobs import create_job
from backoffice.common.models import Job
from backoffice.common.models.tokens import Scope
from orders.platforms.models import PlatformConnection
from orders.platforms.services import ConnectionValues, save_connection, switch_connection, test_connection
from orders.platforms.statuses import PULL

_READ = operation(Scope.ORDERS_READ, Right.MANAGE_STORE)
_WRITE = operation(Scope.ORDERS_WRITE, Right.MANAGE_STORE)
_CONNECTION: dict[int | str, Any] = {200: ConnectionSerializer, **REFUSALS}


def _shown(request: ApiRequest) -> Response:
    return Response(ConnectionSerializer(PlatformConnection.objects.get(store=request.store)).data)


class ConnectionView(APIView):
    @extend_schema(operation_id="platform_read", responses=_CONNECTION, summary="How the store is connected")
    @_READ
    def get(self, request: ApiRequest) -> Response:
        return _shown(request)

    @extend_schema(
        operation_id="platform_save", request=ConnectionInputSerializer, responses=_CONNECTION,
        summary="Connect the store, or change how it is connected",
    )  # fmt: skip
    @_WRITE
    def put(self, request: ApiRequest) -> Response:
        given = read_values(ConnectionInputSerializer, request)
        version = given.pop("version")
        save_connection(
            store=request.store, values=ConnectionValues(**given), actor=request.user, at=timezone.now(),
            version=version,
        )  # fmt: skip
        return _shown(request)


class PlatformSwitchView(APIView):
    @extend_schema(
        operation_id="platform_switch", request=PlatformSwitchSerializer, responses=_CONNECTION,
        summary="Switch the connection on or off",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest) -> Response:
        values = read_values(PlatformSwitchSerializer, request)
        return once(request, lambda: _switch(request, **values))


def _switch(request: ApiRequest, *, is_active: bool) -> Response:
    switch_connection(store=request.store, is_active=is_active, actor=request.user, at=timezone.now())
    return _shown(request)


class PlatformTestView(APIView):
    @extend_schema(
        operation_id="platform_test", request=None, responses={200: PlatformTestSerializer, **REFUSALS},
        summary="Ask the platform one question, to see whether it answers",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest) -> Response:
        return once(
            request, lambda: Response({"count": test_connection(store=request.store, at=timezone.now())}),
            is_atomic=False,
        )  # fmt: skip


class PullView(APIView):
    @extend_schema(
        operation_id="platform_pull", request=None, responses={201: JobSerializer, **REFUSALS},
        summary="Take changes in now instead of within the minute",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest) -> Response:
        """409 while changes are being taken in already."""
        return once(request, lambda: _pull(request))


def _pull(request: ApiRequest) -> Response:
    PlatformConnection.objects.get(store=request.store)
    if Job.objects.for_store(request.store).active().filter(kind=PULL).exists():
        raise Refusal(_("Changes are being taken in already."), "state", status.HTTP_409_CONFLICT)
    job = create_job(store=request.store, kind=PULL, params={}, actor=request.user, at=timezone.now())
    return Response(JobSerializer(job).data, status=status.HTTP_201_CREATED)
