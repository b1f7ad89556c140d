from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.evidence.serializers import EvidenceSerializer
from backoffice.api.files import AnyAccept
from backoffice.api.permissions import operation
from backoffice.api.refusals import Refusal
from backoffice.api.schema import REFUSALS, RefusalSerializer
from backoffice.common.access import Right
from backoffice.common.media import MEDIA
from backoffice.common.models import Attachment
from backoffice.common.models.tokens import Scope
from backoffice.common.services.attachments import AttachmentError, read_attachment
from orders.notes.queries import evidence, note_by_number

_READ = operation(Scope.ORDERS_READ, Right.VIEW_ORDERS)
_FILE: dict[Any, Any] = {(200, media_type): OpenApiTypes.BINARY for _kind, media_type, _check in MEDIA}


class EvidenceView(APIView):
    @extend_schema(
        operation_id="orders_note_evidence", responses={200: EvidenceSerializer, **REFUSALS},
        summary="Everything that is known of the buyer's note, with hashes",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest, number: str) -> Response:
        """To check: compute the SHA-256 of the text exactly as the buyer sent it, or of the file itself."""
        return Response(EvidenceSerializer(evidence(note_by_number(request.store, number))).data)


class AttachmentView(APIView):
    content_negotiation_class = AnyAccept

    @extend_schema(
        operation_id="attachments_read", responses={**_FILE, 410: RefusalSerializer, **REFUSALS},
        summary="A picture or voice file, until its time is over",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest, pk: int) -> HttpResponse:
        found = Attachment.objects.for_store(request.store).get(pk=pk)
        try:
            content = read_attachment(found)
        except AttachmentError as error:
            raise Refusal(str(error), "gone", status.HTTP_410_GONE) from error
        disposition = content_disposition_header(as_attachment=True, filename=found.name) or "attachment"
        headers = {
            "Content-Disposition": disposition, "Cache-Control": "no-store, private",
            "X-Content-Type-Options": "nosniff",
        }  # fmt: skip
        return HttpResponse(content, content_type=found.media_type, headers=headers)
