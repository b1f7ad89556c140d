"""Importing files: uploads that are previewed first, and the import itself, for the worker and for the command."""

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from backoffice.common.files import file_digest
from backoffice.common.jobs import create_job
from backoffice.common.models import Job, Store, User
from backoffice.common.sheets.errors import SheetError
from backoffice.common.sheets.reading import Table
from orders.intake import vault
from orders.intake.engine import Batch, Counts, Importer, ImportRefused, open_order_file
from orders.intake.formats import FormatMatch, snapshot_from_name
from orders.intake.models import ImportFile, QuarantinedRow
from orders.intake.preview import preview_file
from orders.intake.quarantine import save_bad_rows

_CHUNK = 1 << 20
_NAME = 200
Progress = Callable[[int, int], None]
Opened = tuple[Table, FormatMatch]


class UploadError(Exception):
    """An act on an uploaded file that is refused, with a sentence for staff."""


@dataclass(frozen=True)
class FileReport:
    """What one import did."""

    file: str
    format: str
    snapshot_at: datetime
    counts: Counts


def create_upload(
    *, store: Store, name: str, stream: IO[bytes], actor: User | None, at: datetime, encoding: str = ""
) -> ImportFile:
    """Keep an uploaded file, sealed, and look through it; nothing is imported yet.

    A file that cannot be imported is kept too, with the reason in `error`: another encoding may help.

    Raises:
        UploadError: it is larger than the limit.
    """
    name = Path(name.replace("\\", "/")).name[:_NAME] or "upload"
    with tempfile.NamedTemporaryFile(prefix="import-") as clear:
        size, digest = copy_upload(stream, clear, limit=settings.IMPORT_MAX_BYTES)
        preview = preview_file(
            Path(clear.name), name=name, encoding=encoding, language=translation.get_language() or ""
        )
        clear.seek(0)
        stored = vault.store_sealed(clear)
    return ImportFile.objects.create(
        store=store,
        name=name,
        sha256=digest,
        size=size,
        file=stored,
        encoding=encoding,
        snapshot_at=snapshot_from_name(name),
        uploaded_by=actor,
        uploaded_at=at,
        **_preview_values(preview),
    )


def copy_upload(stream: IO[bytes], out: Any, *, limit: int) -> tuple[int, str]:
    """Copy an upload; return its bytes and its SHA-256.

    Raises:
        UploadError: it is larger than the limit.
    """
    size, digest = 0, hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > limit:
            raise UploadError(_("The file is larger than %(size)s MB.") % {"size": limit // (1 << 20)})
        digest.update(chunk)
        out.write(chunk)
    out.flush()
    return size, digest.hexdigest()


def _preview_values(preview: dict[str, Any]) -> dict[str, Any]:
    return {"preview": preview, "error": preview.get("error", ""), "format": preview.get("format") or ""}


def preview_again(*, store: Store, file_id: int, encoding: str) -> ImportFile:
    """Look through an uploaded file once more, in the encoding that was chosen.

    Raises:
        ImportFile.DoesNotExist: the store has no such file.
        UploadError: it is imported already, or was deleted.
    """
    file = ImportFile.objects.get(store=store, pk=file_id)
    _check_open(file)
    with vault.clear_copy(str(file.file.name)) as path:
        preview = preview_file(path, name=file.name, encoding=encoding, language=translation.get_language() or "")
    values = {"encoding": encoding, **_preview_values(preview)}
    ImportFile.objects.filter(pk=file.pk, state=ImportFile.State.UPLOADED).update(**values)
    for name, value in values.items():
        setattr(file, name, value)
    return file


def _check_open(file: ImportFile) -> None:
    if file.state != ImportFile.State.UPLOADED:
        raise UploadError(
            _("%(name)s was imported already: %(state)s.") % {"name": file.name, "state": file.get_state_display()}
        )
    if not file.file:
        raise UploadError(_("%(name)s was deleted after its time. Upload it again.") % {"name": file.name})


@transaction.atomic
def start_import(
    *,
    file: ImportFile,
    encoding: str | None = None,
    snapshot_at: datetime | None = None,
    actor: User | None,
    at: datetime,
) -> Job:
    """Import an uploaded file in the worker. Without `encoding` or `snapshot_at` those of the upload stay.

    Raises:
        UploadError: it is being imported already, was deleted, or cannot be imported.
    """
    file = ImportFile.objects.select_for_update(of=("self",)).select_related("store").get(pk=file.pk)
    _check_open(file)
    if file.error and encoding in {None, file.encoding}:
        raise UploadError(file.error)
    job = create_job(
        store=file.store, kind="order_import", params={"file": file.pk, "name": file.name}, actor=actor, at=at
    )
    file.state, file.job = ImportFile.State.QUEUED, job
    file.encoding = file.encoding if encoding is None else encoding
    file.snapshot_at = snapshot_at or file.snapshot_at
    file.save(update_fields=["state", "job", "encoding", "snapshot_at"])
    return job


def import_path(
    *,
    store: Store,
    path: Path,
    snapshot_at: datetime | None,
    at: datetime,
    is_dry_run: bool = False,
    actor: User | None = None,
) -> FileReport:
    """Import one file from disk in this process, now.

    Raises:
        ImportRefused: the file is refused whole, nothing was changed.
    """
    name = path.name[:_NAME]
    if is_dry_run:
        file = ImportFile(store=store, name=name, snapshot_at=snapshot_at)
        return _import(file, open_order_file(path, name=name), at=at, is_dry_run=True)
    opened = open_order_file(path, name=name)
    file = ImportFile.objects.create(
        store=store,
        name=name,
        sha256=file_digest(path),
        size=path.stat().st_size,
        snapshot_at=snapshot_at,
        state=ImportFile.State.QUEUED,
        uploaded_by=actor,
        uploaded_at=at,
    )
    try:
        return _import_opened(file, opened, at=at)
    except ImportRefused as error:
        refuse_file(file=file, reason=str(error), at=at)
        raise


def import_file(
    *, file: ImportFile, path: Path, at: datetime, job: Job | None = None, progress: Progress | None = None
) -> FileReport:
    """Import the clear copy of an uploaded file; what an attempt before this one merged is not merged again.

    Raises:
        ImportRefused: the file is refused whole.
    """
    opened = open_order_file(path, name=file.name, encoding=file.encoding)
    return _import_opened(file, opened, at=at, job=job, progress=progress)


def _import_opened(
    file: ImportFile, opened: Opened, *, at: datetime, job: Job | None = None, progress: Progress | None = None
) -> FileReport:
    report = _import(file, opened, at=at, job=job, progress=progress)
    ImportFile.objects.filter(pk=file.pk).update(
        state=ImportFile.State.DONE,
        format=report.format,
        snapshot_at=report.snapshot_at,
        counts=report.counts.as_dict(),
        finished_at=at,
        error="",
    )
    return report


def refuse_file(*, file: ImportFile, reason: str, at: datetime) -> None:
    ImportFile.objects.filter(pk=file.pk).update(state=ImportFile.State.REFUSED, error=reason, finished_at=at)


def _import(
    file: ImportFile,
    opened: Opened,
    *,
    at: datetime,
    job: Job | None = None,
    progress: Progress | None = None,
    is_dry_run: bool = False,
) -> FileReport:
    table, match = opened
    with table:
        importer = Importer(
            batch=Batch(file.store, at, job.pk if job else None),
            match=match,
            snapshot_at=file.snapshot_at or snapshot_from_name(file.name) or at,
            counts=Counts.of(file.counts),
            is_dry_run=is_dry_run,
            after_line=int(file.counts.get("line", 0)),
            row_estimate=table.row_estimate,
        )
        if not is_dry_run:
            importer.save = lambda bad, line: save_bad_rows(
                file, match.header, bad, counts={**importer.counts.as_dict(), "line": line}
            )
        if progress is not None:
            total = table.row_estimate
            importer.progress = lambda done: progress(done, max(total, done))
        try:
            importer.run(iter(table))
        except SheetError as error:
            raise ImportRefused(str(error)) from error
    return FileReport(file.name, match.kind or "", importer.snapshot_at, importer.counts)


def discard_upload(*, store: Store, file_id: int) -> None:
    """Delete a file that was uploaded and not imported.

    Raises:
        ImportFile.DoesNotExist: the store has no such file.
        UploadError: it was imported already.
    """
    with transaction.atomic():
        file = ImportFile.objects.select_for_update().get(store=store, pk=file_id)
        _check_open(file)
        stored = str(file.file.name)
        file.delete()
    vault.forget(stored)


def purge_imports(now: datetime) -> dict[str, int]:
    """Delete the sealed files, and wipe the quarantined rows, of imports whose store keeps them no longer."""
    files = rows = 0
    for store in Store.objects.all():
        old = ImportFile.objects.filter(store=store, uploaded_at__lt=now - timedelta(days=store.job_file_days))
        kept = old.exclude(file="").exclude(state=ImportFile.State.QUEUED)
        for pk, name, preview in kept.values_list("pk", "file", "preview"):
            vault.forget(name)
            shown = {**preview, "sample": []} if preview.get("sample") else preview  # masked rows, but of people
            ImportFile.objects.filter(pk=pk).update(file="", preview=shown)
            files += 1
        rows += QuarantinedRow.objects.filter(file__in=old, sealed__isnull=False).update(sealed=None)
    return {"import_files": files, "quarantined_rows": rows}
