"""Files of traces: uploaded, previewed, recorded by the worker. They are kept and deleted like order files."""

import hashlib
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from backoffice.common.jobs import create_job
from backoffice.common.models import Job, Store, User
from backoffice.common.sheets.errors import SheetError
from orders.fulfilment.services.tracking import (
    KNOWN,
    MOST_AT_ONCE,
    NEW,
    REFUSED,
    UNKNOWN,
    TraceEvent,
    record_trace,
)
from orders.intake import vault
from orders.intake.engine import ImportRefused
from orders.intake.models import ImportFile
from orders.intake.preview import preview_file
from orders.intake.queries import TRACES
from orders.intake.services import UploadError
from orders.intake.traces.formats import BadRow, open_traces, read_rows
from orders.intake.traces.preview import MODULE

KIND = "trace_import"
KEPT_PROBLEMS = 500
_CHUNK = 1 << 20


def create_trace_upload(*, store: Store, name: str, stream: IO[bytes], actor: User | None, at: datetime) -> ImportFile:
    """Keep an uploaded file of traces, sealed, and look through it; nothing is recorded yet.

    Raises:
        UploadError: it is larger than the limit.
    """
    name = Path(name.replace("\\", "/")).name[:200] or "upload"
    with tempfile.NamedTemporaryFile(prefix="traces-") as clear:
        size, digest = 0, hashlib.sha256()
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > settings.IMPORT_MAX_BYTES:
                limit = settings.IMPORT_MAX_BYTES // (1 << 20)
                raise UploadError(_("The file is larger than %(size)s MB.") % {"size": limit})
            digest.update(chunk)
            clear.write(chunk)
        clear.flush()
        language = translation.get_language() or ""
        preview = preview_file(Path(clear.name), name=name, encoding="", language=language, module=MODULE)
        clear.seek(0)
        stored = vault.store_sealed(clear)
    return ImportFile.objects.create(
        store=store, name=name, sha256=digest.hexdigest(), size=size, file=stored, uploaded_by=actor, uploaded_at=at,
        format=TRACES, preview=preview, error=preview.get("error", ""),
    )  # fmt: skip


@transaction.atomic
def start_trace_import(*, store: Store, file_id: int, actor: User | None, at: datetime) -> Job:
    """Record the traces of an uploaded file in the worker.

    Raises:
        ImportFile.DoesNotExist: the store has no such file.
        UploadError: it is recorded already, was deleted, or cannot be read.
    """
    file = ImportFile.objects.select_for_update(of=("self",)).get(store=store, pk=file_id, format=TRACES)
    if file.state != ImportFile.State.UPLOADED:
        raise UploadError(
            _("%(name)s was imported already: %(state)s.") % {"name": file.name, "state": file.get_state_display()}
        )
    if file.error or not file.file:
        gone = _("%(name)s was deleted after its time. Upload it again.") % {"name": file.name}
        raise UploadError(file.error or gone)
    job = create_job(store=store, kind=KIND, params={"file": file.pk, "name": file.name}, actor=actor, at=at)
    file.state, file.job = ImportFile.State.QUEUED, job
    file.save(update_fields=["state", "job"])
    return job


def import_traces(
    *, file: ImportFile, path: Path, at: datetime, job: Job | None = None, progress: Callable[[int], None] | None = None
) -> dict[str, Any]:
    """Record every row of the clear copy; rows that an attempt before this one recorded are known.

    Raises:
        ImportRefused: the file is refused whole.
    """
    table, columns = open_traces(path, name=file.name)
    report = _Report(file.store, at, job)
    with table:
        try:
            for line, row in read_rows(table, columns):
                report.take(line, row)
                if progress is not None and report.rows % MOST_AT_ONCE == 0:
                    progress(report.rows)
        except SheetError as error:
            raise ImportRefused(str(error)) from error
    counts = report.finish()
    ImportFile.objects.filter(pk=file.pk).update(
        state=ImportFile.State.DONE, counts=counts, finished_at=at, error=""
    )  # fmt: skip
    return counts


class _Report:
    """Gathers rows, records so many at once, and keeps what became of those that were not taken."""

    def __init__(self, store: Store, at: datetime, job: Job | None) -> None:
        self.store, self.at, self.job = store, at, job
        self.rows = 0
        self._waiting: list[tuple[int, TraceEvent]] = []
        self._counts: Counter[str] = Counter()
        self._problems: list[list[Any]] = []

    def take(self, line: int, row: TraceEvent | BadRow) -> None:
        self.rows += 1
        if isinstance(row, BadRow):
            self._note(line, REFUSED, row.number, row.reason)
            return
        self._waiting.append((line, row))
        if len(self._waiting) >= MOST_AT_ONCE:
            self._record()

    def _record(self) -> None:
        events = [event for _line, event in self._waiting]
        result = record_trace(store=self.store, events=events, source="file", at=self.at, job=self.job)
        for (line, _event), outcome in zip(self._waiting, result.outcomes, strict=True):
            self._note(line, outcome.code, outcome.number, outcome.reason)
        self._waiting = []

    def _note(self, line: int, code: str, number: str, reason: str) -> None:
        self._counts[code] += 1
        if code in {UNKNOWN, REFUSED} and len(self._problems) < KEPT_PROBLEMS:
            self._problems.append([line, number, reason])

    def finish(self) -> dict[str, Any]:
        if self._waiting:
            self._record()
        counts = {code: self._counts[code] for code in (NEW, KNOWN, UNKNOWN, REFUSED)}
        return {"rows": self.rows, **counts, "problems": self._problems}
