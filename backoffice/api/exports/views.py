from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.exports.serializers import ExportPageSerializer, ExportRequestSerializer, ExportSerializer
from backoffice.api.files import AnyAccept
from backoffice.api.idempotency import once
from backoffice.api.paging import PLACE, id_page
from backoffice.api.permissions import operation
from backoffice.api.refusals import Refusal
from backoffice.api.schema import REFUSALS, RefusalSerializer
from backoffice.api.serializers import read_values
from backoffice.common.access import Right
from backoffice.common.files import download_of
from backoffice.common.jobs import cancel_job
from backoffice.common.models import Job
from backoffice.common.models.tokens import Scope
from backoffice.common.sheets.writers import CONTENT_TYPES
from orders.core.models import Order
from orders.desk.exports import create_export, download_export, rerun_export
from orders.desk.exports.services import KIND

_MAY = operation(Scope.EXPORTS_WRITE, Right.EXPORT)
_FILE: dict[Any, Any] = {(200, kind): OpenApiTypes.BINARY for kind in CONTENT_TYPES.values()}


def _jobs(request: ApiRequest) -> QuerySet[Job]:
    """Return the exports a person may see: their own; every one of the store for who manages it."""
    jobs = Job.objects.for_store(request.store).filter(kind=KIND).select_related("requested_by", "store")
    return jobs if Right.MANAGE_STORE in request.rights else jobs.filter(requested_by=request.user)


def _shown(job: Job, status_code: int = status.HTTP_200_OK) -> Response:
    return Response(ExportSerializer(job).data, status=status_code)


class ExportListView(APIView):
    @extend_schema(
        operation_id="exports_list", parameters=PLACE, responses={200: ExportPageSerializer, **REFUSALS},
        summary="Exports, newest first: the own ones, all of the store for who manages it",
    )  # fmt: skip
    @_MAY
    def get(self, request: ApiRequest) -> Response:
        return Response(id_page(request, _jobs(request), ExportSerializer))

    @extend_schema(
        operation_id="exports_create", request=ExportRequestSerializer, responses={201: ExportSerializer, **REFUSALS},
        summary="Export the orders of a query, or some by number",
    )  # fmt: skip
    @_MAY
    def post(self, request: ApiRequest) -> Response:
        """Poll the export until `state` is done, then fetch its file."""
        values = read_values(ExportRequestSerializer, request)
        return once(request, lambda: _create(request, values))


def _create(request: ApiRequest, values: dict[str, Any]) -> Response:
    job = create_export(
        store=request.store, actor=request.user, at=timezone.now(), query=values["query"], template=values["template"],
        file_format=values["format"], selected=_ids(request, values.get("orders", [])), is_clear=values["clear"],
        reason=values["reason"],
    )  # fmt: skip
    return _shown(job, status.HTTP_201_CREATED)


def _ids(request: ApiRequest, numbers: list[str]) -> list[int]:
    found = Order.objects.for_store(request.store).filter(number__in=numbers).values_list("number", "pk")
    ids = dict(found)
    unknown = [number for number in numbers if number not in ids]
    if unknown:
        raise Refusal(_("There is no order %(number)s in this store.") % {"number": unknown[0]}, "invalid")
    return list(ids.values())


class ExportView(APIView):
    @extend_schema(operation_id="exports_read", responses={200: ExportSerializer, **REFUSALS}, summary="One export")
    @_MAY
    def get(self, request: ApiRequest, pk: int) -> Response:
        return _shown(_jobs(request).get(pk=pk))


class ExportFileView(APIView):
    content_negotiation_class = AnyAccept

    @extend_schema(
        operation_id="exports_file", responses={**_FILE, 410: RefusalSerializer, **REFUSALS},
        summary="The file of an export that is done, until its time is over",
    )  # fmt: skip
    @_MAY
    def get(self, request: ApiRequest, pk: int) -> HttpResponseBase:
        """Who may have it is asked again each time; every download is counted and logged."""
        job = _jobs(request).get(pk=pk)
        if job.is_active:
            sentence = _("This export is not finished: %(state)s.") % {"state": job.get_state_display()}
            raise Refusal(sentence, "state", status.HTTP_409_CONFLICT)
        return download_of(job, download_export(job=job, actor=request.user, at=timezone.now()))


class ExportAgainView(APIView):
    @extend_schema(
        operation_id="exports_again", request=None, responses={201: ExportSerializer, **REFUSALS},
        summary="Export the same filter with the same columns again",
    )  # fmt: skip
    @_MAY
    def post(self, request: ApiRequest, pk: int) -> Response:
        job = _jobs(request).get(pk=pk)
        return once(
            request,
            lambda: _shown(
                rerun_export(job=job, actor=request.user, at=timezone.now()), status.HTTP_201_CREATED
            ),
        )  # fmt: skip


class ExportCancelView(APIView):
    @extend_schema(
        operation_id="exports_cancel", request=None, responses={200: ExportSerializer, **REFUSALS},
        summary="Cancel an export that waits or runs",
    )  # fmt: skip
    @_MAY
    def post(self, request: ApiRequest, pk: int) -> Response:
        job = _jobs(request).get(pk=pk)
        return once(request, lambda: _shown(cancel_job(job=job, actor=request.user, at=timezone.now())))
