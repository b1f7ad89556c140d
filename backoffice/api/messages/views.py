"""Messages to the buyers of orders, and whether these agreed to greetings."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.idempotency import once
from backoffice.api.messages import serializers as shapes
from backoffice.api.paging import PLACE, id_page
from backoffice.api.permissions import operation
from backoffice.api.refusals import Refusal
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import listed, read_values
from backoffice.common.access import Right
from backoffice.common.models.tokens import Scope
from orders.core.models import Order
from orders.core.statuses import EventSource
from orders.fulfilment.models import BuyerConsent, Message
from orders.fulfilment.services.messages import (
    MessageError,
    fitting_templates,
    prepare_message,
    record_message,
    set_consent,
)

_READ = operation(Scope.ORDERS_READ, Right.VIEW_ORDERS)
_CHOOSE = operation(Scope.ORDERS_READ, Right.WORK_ORDERS)
_WRITE = operation(Scope.ORDERS_WRITE, Right.WORK_ORDERS)
_QUERY = [OpenApiParameter("order", OpenApiTypes.STR, description="Those to the buyer of this order alone."), *PLACE]
_CONSENT: dict[int | str, Any] = {200: shapes.ConsentSerializer, **REFUSALS}


def _messages(request: ApiRequest) -> QuerySet[Message]:
    return Message.objects.filter(store=request.store).select_related("order", "author")


def _order(request: ApiRequest, number: str) -> Order:
    order = Order.objects.for_store(request.store).get(number=number)
    order.store = request.store
    return order


class MessageListView(APIView):
    @extend_schema(
        operation_id="messages_list", parameters=_QUERY, responses={200: shapes.MessagePageSerializer, **REFUSALS},
        summary="What was written to buyers, the newest first",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest) -> Response:
        rows, number = _messages(request), request.GET.get("order", "").replace("\0", "")
        return Response(
            id_page(request, rows.filter(order__number=number) if number else rows, shapes.MessageSerializer)
        )

    @extend_schema(
        operation_id="messages_write", request=shapes.MessageInputSerializer,
        responses={201: shapes.MessageSerializer, **REFUSALS},
        summary="Write to the buyer of an order, with a text whose purpose is true of it",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest) -> Response:
        """A second message about the same is refused unless `again` says that it is meant."""
        values = read_values(shapes.MessageInputSerializer, request)
        return once(request, lambda: _write(request, values))


def _write(request: ApiRequest, values: dict[str, Any]) -> Response:
    order = _order(request, values.pop("order"))
    try:
        message = record_message(
            store=request.store, order_id=order.pk, actor=request.user, at=timezone.now(), source=EventSource.API,
            **values,
        )  # fmt: skip
    except MessageError as error:
        if error.code == "repeated":
            raise Refusal(str(error), error.code) from error
        raise
    shown = _messages(request).get(pk=message.pk)
    return Response(shapes.MessageSerializer(shown).data, status=status.HTTP_201_CREATED)


class FittingTextsView(APIView):
    @extend_schema(
        operation_id="orders_texts", responses={200: shapes.FittingTextsSerializer, **REFUSALS},
        summary="The texts that fit an order now, each as its buyer would get it",
    )  # fmt: skip
    @_CHOOSE
    def get(self, request: ApiRequest, number: str) -> Response:
        order = _order(request, number)
        texts = [
            {"template": one.pk, "name": one.name, "purpose": one.purpose, "text": prepare_message(order, one)}
            for one in fitting_templates(order)
        ]
        return Response({"results": listed(shapes.FittingTextSerializer, texts)})


class ConsentView(APIView):
    @extend_schema(
        operation_id="orders_consent_read", responses=_CONSENT,
        summary="Whether the buyer of an order agreed to greetings",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest, number: str) -> Response:
        buyer_id = _buyer_id(request, number)
        consent = BuyerConsent.objects.select_related("changed_by").filter(buyer=buyer_id).first()
        return _shown(consent or BuyerConsent(buyer_id=buyer_id))

    @extend_schema(
        operation_id="orders_consent_change", request=shapes.ConsentInputSerializer, responses=_CONSENT,
        summary="Write down that the buyer of an order agreed to greetings, or wants none",
    )  # fmt: skip
    @_WRITE
    def put(self, request: ApiRequest, number: str) -> Response:
        values = read_values(shapes.ConsentInputSerializer, request)
        buyer_id = _buyer_id(request, number)
        return _shown(
            set_consent(store=request.store, buyer_id=buyer_id, actor=request.user, at=timezone.now(), **values)
        )


def _buyer_id(request: ApiRequest, number: str) -> int:
    """Return whose order it is; one without a known buyer is not found, as on its page."""
    orders = Order.objects.for_store(request.store).filter(buyer__isnull=False)
    return int(orders.values_list("buyer_id", flat=True).get(number=number) or 0)


def _shown(consent: BuyerConsent) -> Response:
    return Response(shapes.ConsentSerializer(consent).data)
