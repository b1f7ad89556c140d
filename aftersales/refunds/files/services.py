"""Refund lists: uploaded, looked through, taken in by the worker or a command; one twice changes nothing."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.db import transaction

from aftersales.refunds.files.formats import BadRow, open_refund_list, read_rows
from aftersales.refunds.files.preview import MODULE
from aftersales.refunds.files.quarantine import save_bad_rows
from aftersales.refunds.files.recording import (
    CREATED,
    QUARANTINED,
    STALE,
    TOGETHER,
    UNCHANGED,
    UPDATED,
    Outcome,
    Report,
    record_cases,
)
from aftersales.refunds.files.records import CaseRecord
from backoffice.common.masking import mask_text
from backoffice.common.models import Job, Store, User
from backoffice.common.sheets.errors import SheetError
from orders.intake.engine import ImportRefused
from orders.intake.formats import Cell, FormatMatch, RowError, snapshot_from_name
from orders.intake.models import ImportFile
from orders.intake.queries import REFUNDS
from orders.intake.services import refuse_file
from orders.intake.sheet_files import keep_sheet, start_sheet

KIND = "refund_import"
NAMED_PROBLEMS = 100
Progress = Callable[[int, int], None]
_Row = tuple[int, CaseRecord, Sequence[Cell]]


def create_refund_upload(*, store: Store, name: str, stream: IO[bytes], actor: User | None, at: datetime) -> ImportFile:
    """Keep an uploaded refund list, sealed, and look through it; nothing is taken in yet.

    Raises:
        UploadError: it is larger than the limit.
    """
    return keep_sheet(store=store, name=name, stream=stream, sheet_format=REFUNDS, module=MODULE, actor=actor, at=at)


def start_refund_import(*, store: Store, file_id: int, actor: User | None, at: datetime) -> Job:
    """Have the worker take an uploaded refund list in.

    Raises:
        ImportFile.DoesNotExist: the store has no such file.
        UploadError: it is taken in already, was deleted, or cannot be read.
    """
    return start_sheet(store=store, file_id=file_id, sheet_format=REFUNDS, kind=KIND, actor=actor, at=at)


def import_path(
    *, store: Store, path: Path, snapshot_at: datetime | None, at: datetime, is_dry_run: bool = False
) -> dict[str, Any]:
    """Take in one file from disk in this process, now; a dry run takes it back at the end.

    Raises:
        ImportRefused: the file is refused whole, nothing was changed.
    """
    name = path.name[:200]
    if is_dry_run:
        file = ImportFile(store=store, name=name, snapshot_at=snapshot_at, uploaded_at=at)
        with transaction.atomic():
            counts = _import(file, path, at=at, is_dry_run=True)
            transaction.set_rollback(True)
        return counts
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    file = ImportFile.objects.create(
        store=store, name=name, sha256=digest, size=path.stat().st_size, snapshot_at=snapshot_at, format=REFUNDS,
        state=ImportFile.State.QUEUED, uploaded_at=at,
    )  # fmt: skip
    try:
        return _import(file, path, at=at)
    except ImportRefused as error:
        refuse_file(file=file, reason=str(error), at=at)
        raise


def import_refund_file(
    *, file: ImportFile, path: Path, at: datetime, job: Job | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """Take in the clear copy of an uploaded refund list; rows that an attempt before this one took in are unchanged.

    Raises:
        ImportRefused: the file is refused whole.
    """
    return _import(file, path, at=at, job=job, progress=progress)


def _import(
    file: ImportFile, path: Path, *, at: datetime, job: Job | None = None, progress: Progress | None = None,
    is_dry_run: bool = False,
) -> dict[str, Any]:  # fmt: skip
    snapshot_at = file.snapshot_at or snapshot_from_name(file.name) or (file.uploaded_at if job else at)
    table, match = open_refund_list(path, name=file.name, encoding=file.encoding)
    with table:
        run = _Run(file, match, at, job, is_dry_run=is_dry_run)
        try:
            for line, row, cells in read_rows(table, match, snapshot_at=snapshot_at):
                run.take(line, row, cells)
                if progress is not None and run.rows % TOGETHER == 0:
                    progress(run.rows, max(table.row_estimate, run.rows))
        except SheetError as error:
            raise ImportRefused(str(error)) from error
        counts = run.finish()
    if not is_dry_run:
        done = {"state": ImportFile.State.DONE, "snapshot_at": snapshot_at, "finished_at": at, "error": ""}
        ImportFile.objects.filter(pk=file.pk).update(counts=counts, **done)
    return counts | {"problems": run.problems, "variant": match.variant}


class _Run:
    """Takes rows in by handfuls, and counts what became of them; refused ones have a second chance at the end.

    By then a case whose place another one took may be closed, whatever the order of the rows was.
    """

    def __init__(
        self, file: ImportFile, match: FormatMatch, at: datetime, job: Job | None, *, is_dry_run: bool
    ) -> None:
        self.file, self.match, self.at, self.job, self.is_dry_run = file, match, at, job, is_dry_run
        self.rows = 0
        self.problems: list[dict[str, Any]] = []
        self._counts: Counter[str] = Counter()
        self._rows: list[_Row] = []
        self._late: list[tuple[_Row, str]] = []
        self._bad: list[tuple[int, Sequence[Cell], RowError | str]] = []

    def take(self, line: int, row: CaseRecord | BadRow, cells: Sequence[Cell]) -> None:
        self.rows += 1
        if isinstance(row, BadRow):
            self._refuse(line, cells, row.error)
            return
        self._rows.append((line, row, cells))
        if len(self._rows) >= TOGETHER:
            self._record()

    def _record(self) -> None:
        rows, self._rows = self._rows, []
        for row, outcome in zip(rows, self._recorded(rows), strict=True):
            if outcome.code == QUARANTINED:
                self._late.append((row, outcome.reason))
            else:
                self._count(outcome)
        self._save_bad()

    def _recorded(self, rows: Sequence[_Row]) -> list[Outcome]:
        reports = [Report(record) for _line, record, _cells in rows]
        return record_cases(store=self.file.store, reports=reports, at=self.at, job=self.job)

    def _count(self, outcome: Outcome) -> None:
        self._counts[outcome.code] += 1
        self._counts["waiting"] += outcome.is_waiting

    def _refuse(self, line: int, cells: Sequence[Cell], error: RowError | str) -> None:
        self._counts[QUARANTINED] += 1
        self._bad.append((line, cells, error))
        reason = error.reason if isinstance(error, RowError) else mask_text(error)
        self.problems.append({"line": line, "reason": reason})

    def _save_bad(self) -> None:
        if self._bad and not self.is_dry_run:
            save_bad_rows(self.file, self.match.header, self._bad)
        self._bad = []

    def finish(self) -> dict[str, int]:
        self._record()
        late, self._late = self._late, []
        rows = [row for row, _reason in late]
        for (line, _record, cells), outcome in zip(rows, self._recorded(rows), strict=True):
            if outcome.code == QUARANTINED:
                self._refuse(line, cells, outcome.reason)
            else:
                self._count(outcome)
        self._save_bad()
        self.problems = sorted(self.problems, key=lambda problem: problem["line"])[:NAMED_PROBLEMS]
        names = (CREATED, UPDATED, UNCHANGED, STALE, QUARANTINED, "waiting")
        return {"rows": self.rows, **{name: self._counts[name] for name in names}}
