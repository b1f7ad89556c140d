"""Files on their way out, and what stands for their content."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from backoffice.common.models import Job
from backoffice.common.sheets.writers import CONTENT_TYPES


def file_digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def scratch_file(stem: str, suffix: str) -> Iterator[Path]:
    """Yield a new file only this user may read, deleted afterwards; what a killed attempt left goes first."""
    folder = settings.DATA_DIR / "tmp"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in folder.glob(f"{stem}-*"):
        left.unlink(missing_ok=True)
    handle, name = tempfile.mkstemp(prefix=f"{stem}-", suffix=f".{suffix}", dir=folder)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def download_of(job: Job, blocks: Iterator[bytes], *, content_type: str = "") -> StreamingHttpResponse:
    """Answer with a job's file, a spreadsheet unless told; no cache between here and the person may keep it."""
    kind = content_type or CONTENT_TYPES[job.params.get("format", "xlsx")]
    response = StreamingHttpResponse(blocks, content_type=kind)
    disposition = content_disposition_header(True, job.file_name)  # noqa: FBT003 -- as attachment
    response.headers["Content-Disposition"] = disposition or "attachment"
    response.headers["Content-Length"] = str(job.file_size)
    response.headers["Cache-Control"] = "no-store, private"
    return response
