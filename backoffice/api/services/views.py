from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.idempotency import once
from backoffice.api.paging import PLACE, id_page
from backoffice.api.permissions import operation
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import read_values
from backoffice.api.services.serializers import (
    ServiceDetailSerializer,
    ServiceInputSerializer,
    ServicePageSerializer,
    ServiceSerializer,
)
from backoffice.common.access import Right
from backoffice.common.models.tokens import Scope
from orders.fulfilment.models import LocalService
from orders.fulfilment.services.local_services import delete_service, save_service

_READ = operation(Scope.ORDERS_READ, Right.MANAGE_STORE)
_WRITE = operation(Scope.ORDERS_WRITE, Right.MANAGE_STORE)
_SERVICE: dict[int | str, Any] = {200: ServiceDetailSerializer, **REFUSALS}


def _services(request: ApiRequest) -> QuerySet[LocalService]:
    return LocalService.objects.filter(store=request.store).select_related("store", "updated_by")


def _shown(request: ApiRequest, pk: int, status_code: int = status.HTTP_200_OK) -> Response:
    return Response(ServiceDetailSerializer(_services(request).get(pk=pk)).data, status=status_code)


def _save(request: ApiRequest, values: dict[str, Any], pk: int | None = None) -> int:
    return save_service(store=request.store, actor=request.user, at=timezone.now(), service_id=pk, **values).pk


class ServiceListView(APIView):
    @extend_schema(
        operation_id="services_list", parameters=PLACE, responses={200: ServicePageSerializer, **REFUSALS},
        summary="What the shop offers in some places",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest) -> Response:
        return Response(id_page(request, _services(request), ServiceSerializer))

    @extend_schema(
        operation_id="services_create", request=ServiceInputSerializer,
        responses={201: ServiceDetailSerializer, **REFUSALS},
        summary="Offer a service; open orders to its places are tagged within a minute",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest) -> Response:
        values = read_values(ServiceInputSerializer, request)
        return once(request, lambda: _shown(request, _save(request, values), status.HTTP_201_CREATED))


class ServiceView(APIView):
    @extend_schema(operation_id="services_read", responses=_SERVICE, summary="One service, with its orders counted")
    @_READ
    def get(self, request: ApiRequest, pk: int) -> Response:
        return _shown(request, pk)

    @extend_schema(
        operation_id="services_change", request=ServiceInputSerializer, responses=_SERVICE,
        summary="Change a service: all of it anew",
    )  # fmt: skip
    @_WRITE
    def put(self, request: ApiRequest, pk: int) -> Response:
        """Tags that orders have already stay."""
        return _shown(request, _save(request, read_values(ServiceInputSerializer, request), pk))

    @extend_schema(
        operation_id="services_delete", responses={204: None, **REFUSALS},
        summary="Take a service off the list; the tags of orders stay",
    )  # fmt: skip
    @_WRITE
    def delete(self, request: ApiRequest, pk: int) -> Response:
        delete_service(store=request.store, service_id=pk, actor=request.user, at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
