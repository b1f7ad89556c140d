"""Templates of exports: the built-in ones to read, a store's own to change."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.idempotency import once
from backoffice.api.permissions import operation
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import listed, read_values
from backoffice.common.access import Right
from backoffice.common.models.tokens import Scope
from orders.desk.exports.columns import EXPORT_COLUMNS
from orders.desk.exports.templates import GRAINS, Template, delete_template, save_template, templates_of
from orders.desk.models import ExportTemplate

_MAY = operation(Scope.EXPORTS_WRITE, Right.EXPORT)
_COLUMNS = [column.key for column in EXPORT_COLUMNS]


class ExportTemplateSerializer(serializers.Serializer[Template]):
    """Which columns a file has. `key` is what a request for an export names it by."""

    id = serializers.IntegerField(source="pk", allow_null=True, help_text="null: built in")
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    grain = serializers.ChoiceField(list(GRAINS), help_text="one row per order, or per line")
    columns = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_columns(self, template: Template) -> list[str]:
        return [column.key for column in template.export_columns]


class ExportTemplatesSerializer(serializers.Serializer[Any]):
    results = ExportTemplateSerializer(many=True)


class ExportTemplateInputSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=40)
    grain = serializers.ChoiceField(list(GRAINS))
    columns = serializers.ListField(
        child=serializers.ChoiceField(_COLUMNS), min_length=1, max_length=len(_COLUMNS),
        help_text="in their order; columns of lines are left out of a file with one row per order",
    )  # fmt: skip


def _shown(request: ApiRequest, row: ExportTemplate, status_code: int = status.HTTP_200_OK) -> Response:
    found = next(template for template in templates_of(request.store) if template.pk == row.pk)
    return Response(ExportTemplateSerializer(found).data, status=status_code)


def _save(request: ApiRequest, values: dict[str, Any], pk: int | None = None) -> ExportTemplate:
    return save_template(store=request.store, pk=pk, actor=request.user, at=timezone.now(), **values)


class ExportTemplateListView(APIView):
    @extend_schema(
        operation_id="exports_templates_list", responses={200: ExportTemplatesSerializer, **REFUSALS},
        summary="The templates of exports: the built-in ones and the store's own",
    )  # fmt: skip
    @_MAY
    def get(self, request: ApiRequest) -> Response:
        return Response({"results": listed(ExportTemplateSerializer, templates_of(request.store))})

    @extend_schema(
        operation_id="exports_templates_create", request=ExportTemplateInputSerializer,
        responses={201: ExportTemplateSerializer, **REFUSALS}, summary="Save a template of the store",
    )  # fmt: skip
    @_MAY
    def post(self, request: ApiRequest) -> Response:
        values = read_values(ExportTemplateInputSerializer, request)
        return once(request, lambda: _shown(request, _save(request, values), status.HTTP_201_CREATED))


class ExportTemplateView(APIView):
    @extend_schema(
        operation_id="exports_templates_change", request=ExportTemplateInputSerializer,
        responses={200: ExportTemplateSerializer, **REFUSALS}, summary="Change a template of the store: all of it anew",
    )  # fmt: skip
    @_MAY
    def put(self, request: ApiRequest, pk: int) -> Response:
        return _shown(request, _save(request, read_values(ExportTemplateInputSerializer, request), pk))

    @extend_schema(
        operation_id="exports_templates_delete", responses={204: None, **REFUSALS},
        summary="Delete a template of the store",
    )  # fmt: skip
    @_MAY
    def delete(self, request: ApiRequest, pk: int) -> Response:
        delete_template(store=request.store, pk=pk, actor=request.user, at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
