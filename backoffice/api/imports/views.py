import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.idempotency import once
from backoffice.api.imports.serializers import (
    FixSerializer,
    ImportDetailSerializer,
    ImportPageSerializer,
    ImportSerializer,
    StartSerializer,
    UploadSerializer,
)
from backoffice.api.paging import PLACE, id_page
from backoffice.api.permissions import operation
from backoffice.api.refusals import Refusal
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import read_values
from backoffice.common.access import Right
from backoffice.common.jobs import cancel_job
from backoffice.common.models.tokens import Scope
from orders.intake import queries, services
from orders.intake.models import ImportFile
from orders.intake.quarantine import drop_row, fix_row, open_row, retry_file

_MAY = operation(Scope.IMPORTS_WRITE, Right.IMPORT)
_DETAIL: dict[int | str, Any] = {200: ImportDetailSerializer, **REFUSALS}


def _shown(request: ApiRequest, pk: int) -> dict[str, Any]:
    waiting = Count("quarantine", filter=Q(quarantine__resolved_at__isnull=True))
    file = queries.import_file(request.store, pk).annotate(waiting=waiting).get()
    return dict(ImportDetailSerializer(file).data)


class ImportListView(APIView):
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="imports_list", parameters=PLACE, responses={200: ImportPageSerializer, **REFUSALS},
        summary="The store's imports, newest first",
    )  # fmt: skip
    @_MAY
    def get(self, request: ApiRequest) -> Response:
        return Response(id_page(request, queries.import_files(request.store), ImportSerializer))

    @extend_schema(
        operation_id="imports_create", request={"multipart/form-data": UploadSerializer},
        responses={201: ImportDetailSerializer, **REFUSALS}, summary="Upload a file of orders and start its import",
    )  # fmt: skip
    @_MAY
    def post(self, request: ApiRequest) -> Response:
        """A file that cannot be imported is refused whole and not kept. Poll the import until its job has ended."""
        values = read_values(UploadSerializer, request)
        return once(request, lambda: _upload(request, **values), content=_digest(values), is_atomic=False)


def _digest(values: dict[str, Any]) -> str:
    file, digest = cast("UploadedFile", values["file"]), hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    rest = sorted((name, str(value)) for name, value in values.items() if name != "file")
    return f"{file.name} {digest.hexdigest()} {rest}"


def _upload(
    request: ApiRequest, *, file: UploadedFile, start: bool, encoding: str = "", snapshot_at: datetime | None = None
) -> Response:
    at = timezone.now()
    try:
        kept = services.create_upload(
            store=request.store, name=file.name or "", stream=cast("Any", file), actor=request.user, at=at,
            encoding=encoding,
        )  # fmt: skip
    except services.UploadError as error:
        raise Refusal(str(error), "too_large", status.HTTP_413_REQUEST_ENTITY_TOO_LARGE) from error
    if kept.error:
        services.discard_upload(store=request.store, file_id=kept.pk)
        raise Refusal(kept.error, "file")
    if start:
        services.start_import(file=kept, snapshot_at=snapshot_at, actor=request.user, at=at)
    return Response(_shown(request, kept.pk), status=status.HTTP_201_CREATED)


class ImportView(APIView):
    @extend_schema(operation_id="imports_read", responses=_DETAIL, summary="One import with the rows that wait")
    @_MAY
    def get(self, request: ApiRequest, pk: int) -> Response:
        return Response(_shown(request, pk))


def _on_file(request: ApiRequest, pk: int, act: Callable[[ImportFile], object]) -> Response:
    """Do an act on one import of the store, and answer with the import."""
    file = queries.import_file(request.store, pk).get()

    def run() -> Response:
        act(file)
        return Response(_shown(request, pk))

    return once(request, run)


class StartView(APIView):
    @extend_schema(
        operation_id="imports_start", request=StartSerializer, responses=_DETAIL,
        summary="Import a file that was only looked through",
    )  # fmt: skip
    @_MAY
    def post(self, request: ApiRequest, pk: int) -> Response:
        values = read_values(StartSerializer, request)
        return _on_file(
            request, pk,
            lambda file: services.start_import(file=file, actor=request.user, at=timezone.now(), **values),
        )  # fmt: skip


class DiscardView(APIView):
    @extend_schema(
        operation_id="imports_discard", request=None, responses={204: None, **REFUSALS},
        summary="Delete a file that was looked through and not imported",
    )  # fmt: skip
    @_MAY
    def post(self, request: ApiRequest, pk: int) -> Response:
        return once(request, lambda: _discard(request, pk))


def _discard(request: ApiRequest, pk: int) -> Response:
    services.discard_upload(store=request.store, file_id=pk)
    return Response(status=status.HTTP_204_NO_CONTENT)


class RetryView(APIView):
    @extend_schema(
        operation_id="imports_retry", request=None, responses=_DETAIL, summary="Try the rows in quarantine again"
    )
    @_MAY
    def post(self, request: ApiRequest, pk: int) -> Response:
        return _on_file(
            request, pk,
            lambda file: retry_file(store=request.store, file_id=file.pk, actor=request.user, at=timezone.now()),
        )  # fmt: skip


class CancelView(APIView):
    @extend_schema(operation_id="imports_cancel", request=None, responses=_DETAIL, summary="Stop an import that runs")
    @_MAY
    def post(self, request: ApiRequest, pk: int) -> Response:
        return _on_file(request, pk, lambda file: _cancel(request, file))


def _cancel(request: ApiRequest, file: ImportFile) -> None:
    if file.job is None:
        raise services.UploadError(_("This file is not being imported."))
    cancel_job(job=file.job, actor=request.user, at=timezone.now())


class FixRowView(APIView):
    @extend_schema(
        operation_id="imports_row_fix", request=FixSerializer, responses=_DETAIL,
        summary="Put new texts into a row in quarantine and import it",
    )  # fmt: skip
    @_MAY
    def post(self, request: ApiRequest, pk: int) -> Response:
        """Answers with the import. A row that stays bad keeps the new texts and is refused with 422."""
        row = queries.open_rows(request.store).get(pk=pk)
        values = places_of(open_row(row).match.header, read_values(FixSerializer, request)["cells"])
        return once(request, lambda: _fix(request, row.file_id, pk, values), is_atomic=False)


def places_of(header: tuple[str, ...] | list[str], cells: dict[str, str]) -> dict[int, str]:
    names = [name.strip() for name in header]
    unknown = [name for name in cells if name.strip() not in names]
    if unknown:
        raise Refusal(_("The file has no column %(name)s.") % {"name": unknown[0][:60]}, "invalid")
    return {names.index(name.strip()): text for name, text in cells.items()}


def _fix(request: ApiRequest, file_id: int, pk: int, values: dict[int, str]) -> Response:
    fix_row(store=request.store, row_id=pk, values=values, actor=request.user, at=timezone.now())
    return Response(_shown(request, file_id))


class DropRowView(APIView):
    @extend_schema(
        operation_id="imports_row_drop", request=None, responses=_DETAIL, summary="Give a row in quarantine up"
    )
    @_MAY
    def post(self, request: ApiRequest, pk: int) -> Response:
        return once(request, lambda: _drop(request, pk))


def _drop(request: ApiRequest, pk: int) -> Response:
    row = drop_row(store=request.store, row_id=pk, actor=request.user, at=timezone.now())
    return Response(_shown(request, row.file_id))
