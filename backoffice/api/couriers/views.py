from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.couriers.serializers import (
    AllCourierPricesSerializer,
    CourierAccountSerializer,
    CourierPricesSerializer,
    CourierSerializer,
    CouriersSerializer,
    NumbersAddedSerializer,
    PoolNumbersSerializer,
)
from backoffice.api.idempotency import once
from backoffice.api.permissions import operation
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import listed, read_values
from backoffice.common.access import Right
from backoffice.common.models.tokens import Scope
from orders.fulfilment.queries.courier_costs import courier_prices
from orders.fulfilment.services.courier_prices import save_courier_prices
from orders.fulfilment.services.pools import add_pool_numbers, pool_facts, save_courier_account

_READ = operation(Scope.ORDERS_READ, Right.MANAGE_STORE)
_WRITE = operation(Scope.ORDERS_WRITE, Right.MANAGE_STORE)


class CourierListView(APIView):
    @extend_schema(
        operation_id="couriers_list", responses={200: CouriersSerializer, **REFUSALS},
        summary="The store's couriers, with what is left of their numbers",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest) -> Response:
        return Response({"results": listed(CourierSerializer, pool_facts(request.store))})

    @extend_schema(
        operation_id="couriers_save", request=CourierAccountSerializer, responses={200: CourierSerializer, **REFUSALS},
        summary="Set a courier up, or change how it is used; one is the usual",
    )  # fmt: skip
    @_WRITE
    def put(self, request: ApiRequest) -> Response:
        values = read_values(CourierAccountSerializer, request)
        account = save_courier_account(store=request.store, actor=request.user, at=timezone.now(), **values)
        saved = next(pool for pool in pool_facts(request.store) if pool.account.pk == account.pk)
        return Response(CourierSerializer(saved).data)


class NumbersView(APIView):
    @extend_schema(
        operation_id="couriers_numbers", request=PoolNumbersSerializer,
        responses={201: NumbersAddedSerializer, **REFUSALS}, summary="Add numbers that a courier gave in advance",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest) -> Response:
        values = read_values(PoolNumbersSerializer, request)
        return once(request, lambda: _add(request, values))


def _add(request: ApiRequest, values: dict[str, Any]) -> Response:
    added = add_pool_numbers(store=request.store, actor=request.user, at=timezone.now(), **values)
    return Response(NumbersAddedSerializer(added).data, status=status.HTTP_201_CREATED)


class PricesView(APIView):
    @extend_schema(
        operation_id="couriers_prices_read", responses={200: AllCourierPricesSerializer, **REFUSALS},
        summary="What the couriers take for a parcel",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest) -> Response:
        return Response({"results": listed(CourierPricesSerializer, _prices(request))})

    @extend_schema(
        operation_id="couriers_prices_change", request=CourierPricesSerializer,
        responses={200: AllCourierPricesSerializer, **REFUSALS}, summary="Set what a courier takes: all of it anew",
    )  # fmt: skip
    @_WRITE
    def put(self, request: ApiRequest) -> Response:
        values = read_values(CourierPricesSerializer, request)
        save_courier_prices(store=request.store, actor=request.user, at=timezone.now(), **values)
        return Response({"results": listed(CourierPricesSerializer, _prices(request))})


def _prices(request: ApiRequest) -> list[dict[str, Any]]:
    known = courier_prices(request.store)
    return [
        {"courier": code, "price": prices.usual, "provinces": prices.provinces}
        for code, prices in sorted(known.items())
    ]
