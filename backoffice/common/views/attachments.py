"""Evidence files: opened for people of their store, and by nothing else than this view."""

import re

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Attachment
from backoffice.common.services.attachments import AttachmentError, read_attachment

_PART, _GONE, _NO_SUCH_PART = 206, 410, 416
_RANGE = re.compile(r"bytes=(\d{1,12})-(\d{0,12})", re.ASCII)


@requires(Right.VIEW_ORDERS)
@csp_replace({"default-src": [NONE], "img-src": [SELF], "media-src": [SELF], "sandbox": True})  # type: ignore[arg-type]
def attachment(request: StoreRequest, pk: int) -> HttpResponse:
    """Answer the file as it was uploaded; a browser may show it and run nothing in it."""
    found = get_object_or_404(Attachment.objects.for_store(request.store), pk=pk)
    try:
        content = read_attachment(found)
    except AttachmentError as error:
        return HttpResponse(str(error), status=_GONE, content_type="text/plain; charset=utf-8")
    headers: dict[str, str | None] = {
        "Content-Disposition": content_disposition_header(as_attachment=False, filename=found.name),
        "Cache-Control": "no-store, private",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Accept-Ranges": "bytes",
    }
    return _answer(content, request.headers.get("Range", ""), found.media_type, headers)


def _answer(content: bytes, wanted: str, media_type: str, headers: dict[str, str | None]) -> HttpResponse:
    """Answer all of it, or the one part that a player asks for: Safari plays no sound without."""
    match = _RANGE.fullmatch(wanted)
    if match is None:
        return HttpResponse(content, content_type=media_type, headers=headers)
    start, last = int(match[1]), len(content) - 1
    end = min(int(match[2] or last), last)
    if start > end:
        headers["Content-Range"] = f"bytes */{len(content)}"
        return HttpResponse(status=_NO_SUCH_PART, content_type=media_type, headers=headers)
    headers["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
    return HttpResponse(content[start : end + 1], status=_PART, content_type=media_type, headers=headers)
