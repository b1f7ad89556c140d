"""Files of cases and of reviews: uploaded, taken in by the worker; rows that wait are fixed, dropped, tried again."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, cast

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from aftersales.refunds.files import quarantine
from aftersales.refunds.files.services import create_refund_upload, start_refund_import
from aftersales.refunds.files.waiting_tasks import take_waiting_now
from aftersales.reviews.files.services import create_review_upload, start_review_import
from backoffice.api.authentication import ApiRequest
from backoffice.api.idempotency import once
from backoffice.api.imports.serializers import CountsSerializer, FixSerializer
from backoffice.api.imports.views import places_of
from backoffice.api.paging import PLACE, PageSerializer, id_page
from backoffice.api.permissions import operation
from backoffice.api.refunds.pictures import content_of
from backoffice.api.refusals import Refusal
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import JobSerializer, read_values
from backoffice.common.access import Right
from backoffice.common.models.tokens import Scope
from orders.intake.models import ImportFile
from orders.intake.queries import REFUNDS, REVIEWS
from orders.intake.services import UploadError, discard_upload

_MAY = operation(Scope.IMPORTS_WRITE, Right.IMPORT)
_SHOWN = 100


class SheetUploadSerializer(serializers.Serializer[object]):
    file = serializers.FileField(help_text=".xlsx or .csv")
    start = serializers.BooleanField(default=True, help_text="false: look through the file, take nothing in yet")


class SheetRowSerializer(serializers.Serializer[object]):
    id = serializers.IntegerField(allow_null=True, help_text="of a row that can be fixed; null: fix the file")
    line = serializers.IntegerField(help_text="the physical line, the header is 1")
    reason = serializers.CharField()


class SheetSerializer(serializers.Serializer[ImportFile]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    snapshot_at = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(ImportFile.State.values)
    counts = CountsSerializer()
    error = serializers.CharField()
    uploaded_by = serializers.CharField(source="uploaded_by.username", default=None, allow_null=True)
    uploaded_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class SheetDetailSerializer(SheetSerializer):
    job = serializers.SerializerMethodField()
    preview = serializers.DictField(help_text="what the file was seen to hold; masked")
    quarantine = SheetRowSerializer(many=True, source="waiting_rows", help_text=f"the first {_SHOWN} rows that wait")

    @extend_schema_field({"type": "object", "nullable": True, "description": "as in imports/; null: not started"})
    def get_job(self, file: ImportFile) -> Any:
        return JobSerializer(file.job).data if file.job is not None else None


class SheetPageSerializer(PageSerializer):
    results = SheetSerializer(many=True)


class Sheets(NamedTuple):
    """One kind of files: how they are called in addresses, kept, started, and which rows of one wait."""

    name: str
    format: str
    keep: Callable[..., ImportFile]
    start: Callable[..., Any]
    waiting: Callable[[ImportFile], Iterable[dict[str, Any]]]

    def shown(self, request: ApiRequest, pk: int) -> Any:
        files = ImportFile.objects.filter(store=request.store, format=self.format)
        file = files.select_related("job", "uploaded_by").get(pk=pk)
        vars(file).update(waiting_rows=list(self.waiting(file)))
        return SheetDetailSerializer(file).data


def _waiting_cases(file: ImportFile) -> Iterable[dict[str, Any]]:
    rows = quarantine.open_rows(file.store, file_id=file.pk).order_by("line")[:_SHOWN]
    return [{"id": row.pk, "line": row.line, "reason": row.reason} for row in rows]


def _refused_reviews(file: ImportFile) -> Iterable[dict[str, Any]]:
    problems = file.counts.get("problems", [])[:_SHOWN]
    return [{"id": None, "line": line, "reason": reason} for line, reason in problems]


def list_view(sheets: Sheets) -> type[APIView]:
    """Make the view of `<name>/imports/`."""

    class SheetListView(APIView):
        parser_classes = [MultiPartParser]

        @extend_schema(
            operation_id=f"{sheets.name}_imports_list", parameters=PLACE,
            responses={200: SheetPageSerializer, **REFUSALS}, summary=f"Files of {sheets.name}, newest first",
        )  # fmt: skip
        @_MAY
        def get(self, request: ApiRequest) -> Response:
            files = ImportFile.objects.filter(store=request.store, format=sheets.format).select_related("uploaded_by")
            return Response(id_page(request, files.defer("preview"), SheetSerializer))

        @extend_schema(
            operation_id=f"{sheets.name}_imports_create", request={"multipart/form-data": SheetUploadSerializer},
            responses={201: SheetDetailSerializer, **REFUSALS},
            summary=f"Upload a file of {sheets.name} and have it taken in",
        )  # fmt: skip
        @_MAY
        def post(self, request: ApiRequest) -> Response:
            """A file that cannot be read is refused whole and not kept. Poll it until its job has ended."""
            values = read_values(SheetUploadSerializer, request)
            return once(
                request, lambda: _upload(request, sheets, **values), content=content_of(values), is_atomic=False
            )

    return SheetListView


def _upload(request: ApiRequest, sheets: Sheets, *, file: UploadedFile, start: bool) -> Response:
    call: dict[str, Any] = {"store": request.store, "actor": request.user, "at": timezone.now()}
    try:
        kept = sheets.keep(name=file.name or "", stream=cast("Any", file), **call)
    except UploadError as error:
        raise Refusal(str(error), "too_large", status.HTTP_413_REQUEST_ENTITY_TOO_LARGE) from error
    if kept.error:
        discard_upload(store=request.store, file_id=kept.pk)
        raise Refusal(kept.error, "file")
    if start:
        sheets.start(file_id=kept.pk, **call)
    return Response(sheets.shown(request, kept.pk), status=status.HTTP_201_CREATED)


def file_view(sheets: Sheets) -> type[APIView]:
    """Make the view of `<name>/imports/{id}/`."""

    class SheetView(APIView):
        @extend_schema(
            operation_id=f"{sheets.name}_imports_read", responses={200: SheetDetailSerializer, **REFUSALS},
            summary=f"One file of {sheets.name}, with the rows that wait",
        )  # fmt: skip
        @_MAY
        def get(self, request: ApiRequest, pk: int) -> Response:
            return Response(sheets.shown(request, pk))

    return SheetView


def start_view(sheets: Sheets) -> type[APIView]:
    """Make the view of `<name>/imports/{id}/start/`."""

    class SheetStartView(APIView):
        @extend_schema(
            operation_id=f"{sheets.name}_imports_start", request=None,
            responses={200: SheetDetailSerializer, **REFUSALS}, summary="Take in a file that was only looked through",
        )  # fmt: skip
        @_MAY
        def post(self, request: ApiRequest, pk: int) -> Response:
            return once(request, lambda: _start(request, sheets, pk))

    return SheetStartView


def _start(request: ApiRequest, sheets: Sheets, pk: int) -> Response:
    sheets.start(store=request.store, file_id=pk, actor=request.user, at=timezone.now())
    return Response(sheets.shown(request, pk))


CASES = Sheets("refunds", REFUNDS, create_refund_upload, start_refund_import, _waiting_cases)
REVIEW_FILES = Sheets("reviews", REVIEWS, create_review_upload, start_review_import, _refused_reviews)
_DETAIL: dict[int | str, Any] = {200: SheetDetailSerializer, **REFUSALS}


class CaseRetryView(APIView):
    @extend_schema(
        operation_id="refunds_imports_retry", request=None, responses=_DETAIL, summary="Try the waiting rows again"
    )
    @_MAY
    def post(self, request: ApiRequest, pk: int) -> Response:
        ImportFile.objects.only("pk").get(store=request.store, pk=pk, format=REFUNDS)
        return once(request, lambda: _retry(request, pk))


def _retry(request: ApiRequest, pk: int) -> Response:
    quarantine.retry_file(store=request.store, file_id=pk, actor=request.user, at=timezone.now())
    return Response(CASES.shown(request, pk))


class WaitingTriedSerializer(serializers.Serializer[object]):
    done = serializers.IntegerField(help_text="cases that were taken in now")
    left = serializers.IntegerField(help_text="that still wait")


class CasesWaitingRetryView(APIView):
    @extend_schema(
        operation_id="refunds_imports_waiting_retry", request=None, responses={200: WaitingTriedSerializer, **REFUSALS},
        summary="Try what the platform said and could not be taken in again",
    )  # fmt: skip
    @_MAY
    def post(self, request: ApiRequest) -> Response:
        return once(request, lambda: _retry_waiting(request))


def _retry_waiting(request: ApiRequest) -> Response:
    done, left = take_waiting_now(store=request.store, at=timezone.now())
    return Response({"done": done, "left": left})


class CaseRowFixView(APIView):
    @extend_schema(
        operation_id="refunds_imports_row_fix", request=FixSerializer, responses=_DETAIL,
        summary="Put new texts into a waiting row and take it in",
    )  # fmt: skip
    @_MAY
    def post(self, request: ApiRequest, pk: int) -> Response:
        """Answers with the file. A row that stays bad keeps the new texts and is refused with 422."""
        row = quarantine.open_rows(request.store).get(pk=pk)
        values = places_of(quarantine.open_row(row).match.header, read_values(FixSerializer, request)["cells"])
        return once(request, lambda: _fix(request, row.file_id, pk, values), is_atomic=False)


def _fix(request: ApiRequest, file_id: int, pk: int, values: dict[int, str]) -> Response:
    quarantine.fix_row(store=request.store, row_id=pk, values=values, actor=request.user, at=timezone.now())
    return Response(CASES.shown(request, file_id))


class CaseRowDropView(APIView):
    @extend_schema(
        operation_id="refunds_imports_row_drop", request=None, responses=_DETAIL, summary="Give a waiting row up"
    )
    @_MAY
    def post(self, request: ApiRequest, pk: int) -> Response:
        return once(request, lambda: _drop(request, pk))


def _drop(request: ApiRequest, pk: int) -> Response:
    row = quarantine.drop_row(store=request.store, row_id=pk, actor=request.user, at=timezone.now())
    return Response(CASES.shown(request, row.file_id))
