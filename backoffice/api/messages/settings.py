"""What a manager decides: whether the store writes to buyers, with which texts, and whom it greets."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.idempotency import once
from backoffice.api.messages import serializers as shapes
from backoffice.api.paging import PLACE, id_page
from backoffice.api.permissions import operation
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import read_values
from backoffice.common.access import Right
from backoffice.common.models import Job
from backoffice.common.models.tokens import Scope
from orders.fulfilment.models import MessageTemplate
from orders.fulfilment.services.messages import (
    count_segment,
    create_greetings,
    delete_template,
    save_template,
    sender_of,
    switch_messages,
)
from orders.fulfilment.services.messages.greetings import KIND

_READ = operation(Scope.ORDERS_READ, Right.MANAGE_STORE)
_WRITE = operation(Scope.ORDERS_WRITE, Right.MANAGE_STORE)
_TEMPLATE: dict[int | str, Any] = {200: shapes.TemplateSerializer, **REFUSALS}
_SETTINGS: dict[int | str, Any] = {200: shapes.MessageSettingsSerializer, **REFUSALS}


class MessageSettingsView(APIView):
    @extend_schema(
        operation_id="messages_settings_read", responses=_SETTINGS, summary="Whether the store writes to buyers"
    )
    @_READ
    def get(self, request: ApiRequest) -> Response:
        return _settings(request)

    @extend_schema(
        operation_id="messages_settings_change", request=shapes.MessageSettingsSerializer, responses=_SETTINGS,
        summary="Let the store write to buyers, or not",
    )  # fmt: skip
    @_WRITE
    def put(self, request: ApiRequest) -> Response:
        is_on = read_values(shapes.MessageSettingsSerializer, request)["is_active"]
        switch_messages(store=request.store, is_on=is_on, actor=request.user, at=timezone.now())
        return _settings(request)


def _settings(request: ApiRequest) -> Response:
    has_sender = sender_of(request.store) is not None
    return Response({"is_active": request.store.sends_messages, "has_sender": has_sender})


def _templates(request: ApiRequest) -> QuerySet[MessageTemplate]:
    return MessageTemplate.objects.filter(store=request.store).select_related("updated_by")


def _template(request: ApiRequest, pk: int, status_code: int = status.HTTP_200_OK) -> Response:
    return Response(shapes.TemplateSerializer(_templates(request).get(pk=pk)).data, status=status_code)


def _save(request: ApiRequest, values: dict[str, Any], pk: int | None = None) -> int:
    saved = save_template(store=request.store, actor=request.user, at=timezone.now(), template_id=pk, **values)
    return saved.pk


class TemplateListView(APIView):
    @extend_schema(
        operation_id="messages_templates_list", parameters=PLACE,
        responses={200: shapes.TemplatePageSerializer, **REFUSALS}, summary="The store's texts to buyers",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest) -> Response:
        return Response(id_page(request, _templates(request), shapes.TemplateSerializer))

    @extend_schema(
        operation_id="messages_templates_create", request=shapes.TemplateInputSerializer,
        responses={201: shapes.TemplateSerializer, **REFUSALS}, summary="Add a text for one purpose",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest) -> Response:
        values = read_values(shapes.TemplateInputSerializer, request)
        return once(request, lambda: _template(request, _save(request, values), status.HTTP_201_CREATED))


class TemplateView(APIView):
    @extend_schema(operation_id="messages_templates_read", responses=_TEMPLATE, summary="One text to buyers")
    @_READ
    def get(self, request: ApiRequest, pk: int) -> Response:
        return _template(request, pk)

    @extend_schema(
        operation_id="messages_templates_change", request=shapes.TemplateInputSerializer, responses=_TEMPLATE,
        summary="Change a text to buyers: all of it anew",
    )  # fmt: skip
    @_WRITE
    def put(self, request: ApiRequest, pk: int) -> Response:
        return _template(request, _save(request, read_values(shapes.TemplateInputSerializer, request), pk))

    @extend_schema(
        operation_id="messages_templates_delete", responses={204: None, **REFUSALS},
        summary="Delete a text; the messages that were written with it stay",
    )  # fmt: skip
    @_WRITE
    def delete(self, request: ApiRequest, pk: int) -> Response:
        delete_template(store=request.store, template_id=pk, actor=request.user, at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class GreetingCountView(APIView):
    @extend_schema(
        operation_id="greetings_count", request=shapes.SegmentSerializer,
        responses={200: shapes.SegmentCountSerializer, **REFUSALS},
        summary="How many buyers a greeting would reach now",
    )  # fmt: skip
    @_READ
    def post(self, request: ApiRequest) -> Response:
        segment = shapes.segment_of(read_values(shapes.SegmentSerializer, request))
        return Response({"count": count_segment(request.store, segment)})


class GreetingListView(APIView):
    @extend_schema(
        operation_id="greetings_write", request=shapes.GreetingInputSerializer,
        responses={201: shapes.GreetingSerializer, **REFUSALS}, summary="Greet the buyers of a segment who agreed",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest) -> Response:
        """Each buyer gets one; the segment is read when the request is. Poll it until `state` is done."""
        values = read_values(shapes.GreetingInputSerializer, request)
        return once(request, lambda: _greet(request, values))


def _greet(request: ApiRequest, values: dict[str, Any]) -> Response:
    job = create_greetings(
        store=request.store, template_id=values["template_id"], segment=shapes.segment_of(values), actor=request.user,
        at=timezone.now(),
    )  # fmt: skip
    return Response(shapes.GreetingSerializer(job).data, status=status.HTTP_201_CREATED)


class GreetingView(APIView):
    @extend_schema(
        operation_id="greetings_read", responses={200: shapes.GreetingSerializer, **REFUSALS},
        summary="Greetings to a segment: whether they are written, and to how many",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest, pk: int) -> Response:
        job = Job.objects.for_store(request.store).get(kind=KIND, pk=pk)
        return Response(shapes.GreetingSerializer(job).data)
