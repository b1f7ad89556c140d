"""Skus with their ledgers, products, shortages."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.idempotency import once
from backoffice.api.paging import PLACE, page_links
from backoffice.api.permissions import operation
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import listed, read_values
from backoffice.api.stock.serializers import (
    CountInputSerializer,
    DecisionSerializer,
    MoveInputSerializer,
    MovementPageSerializer,
    MovementSerializer,
    OfferSerializer,
    ProductChangeSerializer,
    ProductInputSerializer,
    ProductPageSerializer,
    ProductSerializer,
    ShortagePageSerializer,
    ShortageSerializer,
    SkuChangeSerializer,
    SkuInputSerializer,
    SkuPageSerializer,
    SkuSerializer,
)
from backoffice.common.access import Right
from backoffice.common.models.tokens import Scope
from orders.core.statuses import EventSource
from orders.desk.paging import Page as Links
from orders.fulfilment.models import Product, Shortage, Sku
from orders.fulfilment.queries.shortages import shortage_queue, shortages
from orders.fulfilment.queries.skus import SKU_SORTS, SKU_TABS, sku_list
from orders.fulfilment.queries.stock import TABS, Page, ledger_page, products_page
from orders.fulfilment.services.products import ProductValues, SkuValues, save_product, save_sku
from orders.fulfilment.services.shortages import decide_shortage, offer_solution
from orders.fulfilment.services.stock import count_stock, move_stock

_SHIP_READ = operation(Scope.ORDERS_READ, Right.SHIP)
_SHIP_WRITE = operation(Scope.ORDERS_WRITE, Right.SHIP)
_WORK_READ = operation(Scope.ORDERS_READ, Right.WORK_ORDERS)
_WORK_WRITE = operation(Scope.ORDERS_WRITE, Right.WORK_ORDERS)
_WORD: dict[str, Any] = {"type": "string", "maxLength": 60}
_SEARCH = OpenApiParameter("search", _WORD, description="A barcode, the beginning of a code, or a word of the title.")
_CODE = OpenApiParameter("search", _WORD, description="The beginning of a code.")


def place(request: ApiRequest) -> dict[str, Any]:
    return {name: request.query_params.get(name, "") for name in ("after", "before")}


def page_of(request: ApiRequest, page: Page, shape: type[serializers.Serializer[Any]]) -> Response:
    links = page_links(request, Links(rows=[], next=page.next_key, previous=page.previous_key))
    return Response({"results": listed(shape, page.rows), **links})


def choice(request: ApiRequest, name: str, choices: Any, default: str) -> str:
    """Return a parameter; what is none of its choices is refused.

    Raises:
        ValidationError: it is none of them.
    """
    given = request.query_params.get(name, default)
    if given not in choices:
        raise serializers.ValidationError({name: _("“%(value)s” is none of the choices.") % {"value": given[:40]}})
    return given


def word(request: ApiRequest) -> str:
    return request.query_params.get("search", "").replace("\0", "")[:60]


class SkuListView(APIView):
    @extend_schema(
        operation_id="skus_list",
        parameters=[
            _SEARCH, OpenApiParameter("tab", OpenApiTypes.STR, enum=SKU_TABS),
            OpenApiParameter("sort", OpenApiTypes.STR, enum=SKU_SORTS), *PLACE,
        ],
        responses={200: SkuPageSerializer, **REFUSALS}, summary="Stock of every sku",
    )  # fmt: skip
    @_SHIP_READ
    def get(self, request: ApiRequest) -> Response:
        tab, sort = choice(request, "tab", SKU_TABS, "all"), choice(request, "sort", SKU_SORTS, "code")
        page = sku_list(request.store, tab=tab, sort=sort, search=word(request), **place(request))
        return page_of(request, page, SkuSerializer)

    @extend_schema(
        operation_id="skus_create", request=SkuInputSerializer, responses={201: SkuSerializer, **REFUSALS},
        summary="Add a sku to a product",
    )  # fmt: skip
    @_SHIP_WRITE
    def post(self, request: ApiRequest) -> Response:
        values = SkuValues(**read_values(SkuInputSerializer, request))
        return once(request, lambda: _saved_sku(request, values))


def _saved_sku(request: ApiRequest, values: SkuValues) -> Response:
    sku = save_sku(store=request.store, values=values, actor=request.user, at=timezone.now())
    return Response(SkuSerializer(sku).data, status=status.HTTP_201_CREATED)


class SkuView(APIView):
    @extend_schema(operation_id="skus_read", responses={200: SkuSerializer, **REFUSALS}, summary="Stock of one sku")
    @_SHIP_READ
    def get(self, request: ApiRequest, pk: int) -> Response:
        return Response(SkuSerializer(_sku(request, pk)).data)

    @extend_schema(
        operation_id="skus_change", request=SkuChangeSerializer, responses={200: SkuSerializer, **REFUSALS},
        summary="Change what is said of a sku; its stock moves by movements and counts",
    )  # fmt: skip
    @_SHIP_WRITE
    def put(self, request: ApiRequest, pk: int) -> Response:
        given = read_values(SkuChangeSerializer, request)
        version = given.pop("version", None)
        save_sku(
            store=request.store, values=SkuValues(**given), actor=request.user, at=timezone.now(), sku_id=pk,
            version=version,
        )  # fmt: skip
        return Response(SkuSerializer(_sku(request, pk)).data)


def _sku(request: ApiRequest, pk: int) -> Sku:
    return Sku.objects.for_store(request.store).select_related("product").get(pk=pk)


class LedgerView(APIView):
    @extend_schema(
        operation_id="skus_ledger", parameters=PLACE, responses={200: MovementPageSerializer, **REFUSALS},
        summary="What moved of a sku, the newest first",
    )  # fmt: skip
    @_SHIP_READ
    def get(self, request: ApiRequest, pk: int) -> Response:
        return page_of(request, ledger_page(_sku(request, pk), **place(request)), MovementSerializer)

    @extend_schema(
        operation_id="skus_move", request=MoveInputSerializer, responses={201: SkuSerializer, **REFUSALS},
        summary="Receive, take back, scrap or correct pieces",
    )  # fmt: skip
    @_SHIP_WRITE
    def post(self, request: ApiRequest, pk: int) -> Response:
        values = read_values(MoveInputSerializer, request)
        return once(request, lambda: _moved(request, pk, move_stock, values))


class CountView(APIView):
    @extend_schema(
        operation_id="skus_count", request=CountInputSerializer, responses={201: SkuSerializer, **REFUSALS},
        summary="Record how many pieces lie there",
    )  # fmt: skip
    @_SHIP_WRITE
    def post(self, request: ApiRequest, pk: int) -> Response:
        values = read_values(CountInputSerializer, request)
        return once(request, lambda: _moved(request, pk, count_stock, values))


def _moved(request: ApiRequest, pk: int, act: Callable[..., Sku], values: dict[str, Any]) -> Response:
    act(store=request.store, sku_id=pk, actor=request.user, at=timezone.now(), **values)
    return Response(SkuSerializer(_sku(request, pk)).data, status=status.HTTP_201_CREATED)


class ProductListView(APIView):
    @extend_schema(
        operation_id="products_list", parameters=[_CODE, *PLACE], responses={200: ProductPageSerializer, **REFUSALS},
        summary="The store's products",
    )  # fmt: skip
    @_SHIP_READ
    def get(self, request: ApiRequest) -> Response:
        return page_of(request, products_page(request.store, search=word(request), **place(request)), ProductSerializer)

    @extend_schema(
        operation_id="products_create", request=ProductInputSerializer, responses={201: ProductSerializer, **REFUSALS},
        summary="Add a product",
    )  # fmt: skip
    @_SHIP_WRITE
    def post(self, request: ApiRequest) -> Response:
        values = ProductValues(**read_values(ProductInputSerializer, request))
        return once(request, lambda: _saved_product(request, values))


def _saved_product(request: ApiRequest, values: ProductValues) -> Response:
    product = save_product(store=request.store, values=values, actor=request.user, at=timezone.now())
    return Response(ProductSerializer(product).data, status=status.HTTP_201_CREATED)


class ProductView(APIView):
    @extend_schema(operation_id="products_read", responses={200: ProductSerializer, **REFUSALS}, summary="One product")
    @_SHIP_READ
    def get(self, request: ApiRequest, pk: int) -> Response:
        return Response(ProductSerializer(Product.objects.for_store(request.store).get(pk=pk)).data)

    @extend_schema(
        operation_id="products_change", request=ProductChangeSerializer, responses={200: ProductSerializer, **REFUSALS},
        summary="Change a product",
    )  # fmt: skip
    @_SHIP_WRITE
    def put(self, request: ApiRequest, pk: int) -> Response:
        given = read_values(ProductChangeSerializer, request)
        version = given.pop("version", None)
        product = save_product(
            store=request.store, values=ProductValues(**given), actor=request.user, at=timezone.now(), product_id=pk,
            version=version,
        )  # fmt: skip
        return Response(ProductSerializer(product).data)


class ShortageListView(APIView):
    @extend_schema(
        operation_id="shortages_list",
        parameters=[OpenApiParameter("tab", OpenApiTypes.STR, enum=list(TABS)), *PLACE],
        responses={200: ShortagePageSerializer, **REFUSALS},
        summary="What orders lack: by when they must ship, closed ones from the newest",
    )  # fmt: skip
    @_WORK_READ
    def get(self, request: ApiRequest) -> Response:
        tab = choice(request, "tab", TABS, "undecided")
        return page_of(request, shortage_queue(request.store, tab=tab, **place(request)), ShortageSerializer)


class ShortageDecideView(APIView):
    @extend_schema(
        operation_id="shortages_decide", request=DecisionSerializer, responses={200: ShortageSerializer, **REFUSALS},
        summary="Settle a shortage by what the buyer answered: exchange, refund or wait",
    )  # fmt: skip
    @_WORK_WRITE
    def post(self, request: ApiRequest, pk: int) -> Response:
        values = read_values(DecisionSerializer, request)
        shortage = Shortage.objects.get(store=request.store, pk=pk)
        return once(request, lambda: _settled(request, shortage, decide_shortage, values))


def _settled(request: ApiRequest, shortage: Shortage, service: Callable[..., Any], values: dict[str, Any]) -> Response:
    service(
        store=request.store, order_id=shortage.order_id, shortage_id=shortage.pk, actor=request.user,
        at=timezone.now(), source=EventSource.API, **values,
    )  # fmt: skip
    return Response(ShortageSerializer(shortages(request.store).get(pk=shortage.pk)).data)


class ShortageOfferView(APIView):
    @extend_schema(
        operation_id="shortages_offer", request=OfferSerializer, responses={200: ShortageSerializer, **REFUSALS},
        summary="Write down what the buyer was offered; the answer is still to come",
    )  # fmt: skip
    @_WORK_WRITE
    def post(self, request: ApiRequest, pk: int) -> Response:
        values = read_values(OfferSerializer, request)
        shortage = Shortage.objects.get(store=request.store, pk=pk)
        return once(request, lambda: _settled(request, shortage, offer_solution, values))
