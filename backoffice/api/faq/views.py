from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.faq.serializers import (
    STATES,
    FaqDraftSerializer,
    FaqInputSerializer,
    FaqPageSerializer,
    FaqQuerySerializer,
    FaqSerializer,
)
from backoffice.api.idempotency import once
from backoffice.api.paging import PLACE, id_page
from backoffice.api.permissions import operation
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import read_values
from backoffice.common.access import Right
from backoffice.common.models.tokens import Scope
from orders.notes.models import FaqEntry
from orders.notes.services import delete_faq, draft_faq, save_faq

_QUERY = [OpenApiParameter("state", OpenApiTypes.STR, enum=list(STATES), description="Without it all."), *PLACE]
_READ, _WRITE = (
    operation(Scope.ORDERS_READ, Right.VIEW_ORDERS),
    operation(Scope.ORDERS_WRITE, Right.WORK_ORDERS),
)
_ENTRY: dict[int | str, Any] = {200: FaqSerializer, **REFUSALS}


def _entries(request: ApiRequest) -> QuerySet[FaqEntry]:
    return FaqEntry.objects.filter(store=request.store).select_related("updated_by")


class FaqListView(APIView):
    @extend_schema(
        operation_id="faq_list", parameters=_QUERY, responses={200: FaqPageSerializer, **REFUSALS},
        summary="Questions that notes keep asking, with the shop's answers, newest first",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest) -> Response:
        query = FaqQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        entries, state = _entries(request), query.validated_data["state"]
        if state:
            entries = entries.filter(is_draft=STATES[state])
        return Response(id_page(request, entries, FaqSerializer))

    @extend_schema(
        operation_id="faq_draft", request=FaqDraftSerializer, responses={201: FaqSerializer, **REFUSALS},
        summary="Draft a question and its answer from what notes about a product ask",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest) -> Response:
        """A question that the product has already stays as it is, and is the answer."""
        values = read_values(FaqDraftSerializer, request)
        return once(request, lambda: _draft(request, values))


def _draft(request: ApiRequest, values: dict[str, Any]) -> Response:
    entry = draft_faq(store=request.store, actor=request.user, at=timezone.now(), **values)
    return Response(FaqSerializer(entry).data, status=status.HTTP_201_CREATED)


class FaqView(APIView):
    @extend_schema(operation_id="faq_read", responses=_ENTRY, summary="One question and its answer")
    @_READ
    def get(self, request: ApiRequest, pk: int) -> Response:
        return Response(FaqSerializer(_entries(request).get(pk=pk)).data)

    @extend_schema(
        operation_id="faq_change", request=FaqInputSerializer, responses=_ENTRY,
        summary="Write a question and its answer, and finish it",
    )  # fmt: skip
    @_WRITE
    def put(self, request: ApiRequest, pk: int) -> Response:
        entry = _entries(request).get(pk=pk)
        values = read_values(FaqInputSerializer, request)
        saved = save_faq(store=request.store, entry_id=entry.pk, actor=request.user, at=timezone.now(), **values)
        return Response(FaqSerializer(saved).data)

    @extend_schema(operation_id="faq_delete", responses={204: None, **REFUSALS}, summary="Delete a question")
    @_WRITE
    def delete(self, request: ApiRequest, pk: int) -> Response:
        delete_faq(store=request.store, entry_id=pk)
        return Response(status=status.HTTP_204_NO_CONTENT)
