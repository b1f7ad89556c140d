"""Uploaded sheets of one kind: kept sealed, looked through in a process of its own, read by the worker."""

import tempfile
from datetime import datetime
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from backoffice.common.jobs import create_job
from backoffice.common.models import Job, Store, User
from orders.intake import vault
from orders.intake.models import ImportFile
from orders.intake.preview import preview_file
from orders.intake.services import UploadError, copy_upload


def keep_sheet(
    *, store: Store, name: str, stream: IO[bytes], sheet_format: str, module: str, actor: User | None, at: datetime
) -> ImportFile:
    """Keep an uploaded sheet, sealed, and look through it by `module`; nothing is read in yet.

    Raises:
        UploadError: it is larger than the limit.
    """
    name = Path(name.replace("\\", "/")).name[:200] or "upload"
    with tempfile.NamedTemporaryFile(prefix="sheet-") as clear:
        size, digest = copy_upload(stream, clear, limit=settings.IMPORT_MAX_BYTES)
        language = translation.get_language() or ""
        preview = preview_file(Path(clear.name), name=name, encoding="", language=language, module=module)
        clear.seek(0)
        stored = vault.store_sealed(clear)
    return ImportFile.objects.create(
        store=store, name=name, sha256=digest, size=size, file=stored, uploaded_by=actor, uploaded_at=at,
        format=sheet_format, preview=preview, error=preview.get("error", ""),
    )  # fmt: skip


@transaction.atomic
def start_sheet(*, store: Store, file_id: int, sheet_format: str, kind: str, actor: User | None, at: datetime) -> Job:
    """Have the worker read an uploaded sheet by the job kind `kind`.

    Raises:
        ImportFile.DoesNotExist: the store has no such file.
        UploadError: it is read already, was deleted, or cannot be read.
    """
    file = ImportFile.objects.select_for_update(of=("self",)).get(store=store, pk=file_id, format=sheet_format)
    if file.state != ImportFile.State.UPLOADED:
        raise UploadError(
            _("%(name)s was imported already: %(state)s.") % {"name": file.name, "state": file.get_state_display()}
        )
    if file.error or not file.file:
        gone = _("%(name)s was deleted after its time. Upload it again.") % {"name": file.name}
        raise UploadError(file.error or gone)
    job = create_job(store=store, kind=kind, params={"file": file.pk, "name": file.name}, actor=actor, at=at)
    file.state, file.job = ImportFile.State.QUEUED, job
    file.save(update_fields=["state", "job"])
    return job
