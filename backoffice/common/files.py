"""Files on their way out, and what stands for their content."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from backoffice.common.models import Job
from backoffice.common.sheets.writers import CONTENT_TYPES


def file_digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def download_of(job: Job, blocks: Iterator[bytes]) -> StreamingHttpResponse:
    """Answer with a job's spreadsheet; no cache between here and the person may keep it."""
    response = StreamingHttpResponse(blocks, content_type=CONTENT_TYPES[job.params.get("format", "xlsx")])
    disposition = content_disposition_header(True, job.file_name)  # noqa: FBT003 -- as attachment
    response.headers["Content-Disposition"] = disposition or "attachment"
    response.headers["Content-Length"] = str(job.file_size)
    response.headers["Cache-Control"] = "no-store, private"
    return response
