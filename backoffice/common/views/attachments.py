"""Evidence files: opened for people of their store, and by nothing else than this view."""

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Attachment
from backoffice.common.services.attachments import AttachmentError, read_attachment

_GONE = 410


@requires(Right.VIEW_ORDERS)
@csp_replace({"default-src": [NONE], "img-src": [SELF], "media-src": [SELF], "sandbox": True})  # type: ignore[arg-type]
def attachment(request: StoreRequest, pk: int) -> HttpResponse:
    """Answer the file as it was uploaded; a browser may show it and run nothing in it."""
    found = get_object_or_404(Attachment.objects.for_store(request.store), pk=pk)
    try:
        content = read_attachment(found)
    except AttachmentError as error:
        return HttpResponse(str(error), status=_GONE, content_type="text/plain; charset=utf-8")
    return HttpResponse(
        content,
        content_type=found.media_type,
        headers={
            "Content-Disposition": content_disposition_header(as_attachment=False, filename=found.name),
            "Cache-Control": "no-store, private",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )
