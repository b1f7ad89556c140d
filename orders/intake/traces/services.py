"""Files of traces: uploaded, previewed, recorded by the worker. They are kept and deleted like order files."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import IO, Any

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
from orders.intake.engine import ImportRefused
from orders.intake.models import ImportFile
from orders.intake.queries import TRACES
from orders.intake.sheet_files import keep_sheet, start_sheet
from orders.intake.traces.formats import BadRow, open_traces, read_rows
from orders.intake.traces.preview import MODULE

KIND = "trace_import"
KEPT_PROBLEMS = 500


def create_trace_upload(*, store: Store, name: str, stream: IO[bytes], actor: User | None, at: datetime) -> ImportFile:
    """Keep an uploaded file of traces, sealed, and look through it; nothing is recorded yet.

    Raises:
        UploadError: it is larger than the limit.
    """
    return keep_sheet(store=store, name=name, stream=stream, sheet_format=TRACES, module=MODULE, actor=actor, at=at)


def start_trace_import(*, store: Store, file_id: int, actor: User | None, at: datetime) -> Job:
    """Record the traces of an uploaded file in the worker.

    Raises:
        ImportFile.DoesNotExist: the store has no such file.
        UploadError: it is recorded already, was deleted, or cannot be read.
    """
    return start_sheet(store=store, file_id=file_id, sheet_format=TRACES, kind=KIND, actor=actor, at=at)


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
