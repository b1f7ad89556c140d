"""Importing files: uploads that are previewed first, and the import itself, for the worker and for the command."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from backoffice.common.models import Job, Store, User
from backoffice.common.sheets.errors import SheetError
from orders.intake.engine import Batch, Counts, Importer, ImportRefused, open_order_file
from orders.intake.formats import snapshot_from_name
from orders.intake.models import ImportFile
from orders.intake.quarantine import save_bad_rows

_CHUNK = 1 << 20


@dataclass(frozen=True)
class FileReport:
    """What one import did."""

    file: str
    format: str
    counts: Counts


def import_path(
    *, store: Store, path: Path, snapshot_at: datetime | None, at: datetime, is_dry_run: bool = False, actor: User | None = None
) -> FileReport:
    """Import one file from disk in this process, now.

    Raises:
        ImportRefused: the file is refused whole, nothing was changed.
    """
    name = path.name[:200]
    if is_dry_run:
        return _import(store=store, path=path, name=name, encoding=None, snapshot_at=snapshot_at, at=at, is_dry_run=True)
    open_order_file(path, name=name)[0].close()
    file = ImportFile.objects.create(
        store=store, name=name, sha256=file_digest(path), size=path.stat().st_size, snapshot_at=snapshot_at,
        state=ImportFile.State.QUEUED, uploaded_by=actor, uploaded_at=at,
    )  # fmt: skip
    return import_file(file=file, path=path, at=at)


def import_file(
    *, file: ImportFile, path: Path, at: datetime, job: Job | None = None, progress: Callable[[int, int], None] | None = None
) -> FileReport:
    """Import the clear copy of an uploaded file; what an attempt before this one merged is not merged again.

    Raises:
        ImportRefused: the file is refused whole, nothing was changed.
    """
    report = _import(
        store=file.store, path=path, name=file.name, encoding=file.encoding, snapshot_at=file.snapshot_at, at=at, file=file,
        job=job, progress=progress,
    )  # fmt: skip
    ImportFile.objects.filter(pk=file.pk).update(
        state=ImportFile.State.DONE, format=report.format, counts=report.counts.as_dict(), finished_at=at, error=""
    )
    return report


def _import(
    *, store: Store, path: Path, name: str, encoding: str | None, snapshot_at: datetime | None, at: datetime,
    file: ImportFile | None = None, job: Job | None = None, progress: Callable[[int, int], None] | None = None, is_dry_run: bool = False,
) -> FileReport:  # fmt: skip
    table, match = open_order_file(path, name=name, encoding=encoding)
    with table:
        total = table.row_estimate
        importer = Importer(
            batch=Batch(store, at, job.pk if job else None), match=match, snapshot_at=snapshot_at or snapshot_from_name(name) or at,
            counts=Counts.of(file.counts) if file else Counts(), is_dry_run=is_dry_run,
            after_line=int(file.counts.get("line", 0)) if file else 0,
            progress=(lambda done: progress(done, max(total, done))) if progress else None,
        )  # fmt: skip
        if file is not None:
            importer.save = lambda bad, line: save_bad_rows(file, match.header, bad, counts={**importer.counts.as_dict(), "line": line})
        try:
            importer.run(iter(table))
        except SheetError as error:
            raise ImportRefused(str(error)) from error
    return FileReport(name, match.kind or "", importer.counts)


def file_digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
