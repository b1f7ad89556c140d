"""Asking for an export, and fetching its file."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from backoffice.common.access import Right
from backoffice.common.audit import write_audit
from backoffice.common.jobs import create_job
from backoffice.common.models import Job, Membership, Store, User
from backoffice.common.models.jobs import JobState
from backoffice.common.sealed_files import opened
from orders.core.services import OrderError
from orders.core.services.base import clean_reason
from orders.desk.exports.errors import ExportError
from orders.desk.exports.templates import Template, find_template
from orders.desk.exports.writing import FORMATS, find_orders

KIND = "order_export"
SELECTION_LIMIT = 20_000
_CHUNK = 1 << 18


def rights_in(store: Store, user: User | None) -> frozenset[Right]:
    """Return what a person may do in the store now."""
    member = Membership.objects.active().filter(store=store, user=user).first() if user else None
    return member.rights if member else frozenset()


@transaction.atomic
def create_export(
    *,
    store: Store,
    actor: User,
    at: datetime,
    query: str = "",
    template: str = "",
    file_format: str = "xlsx",
    selected: Sequence[int] = (),
    is_clear: bool = False,
    reason: str = "",
) -> Job:
    """Write the job that makes the file: the query is kept, not the orders; a searched person only as a token.

    Raises:
        ExportError: no right, an unknown template or format, a filter that cannot be read, no reason for clear text.
    """
    if file_format not in FORMATS:
        raise ExportError(_("A file is xlsx or csv, not %(name)s.") % {"name": file_format[:20]})
    if len(selected) > SELECTION_LIMIT:
        raise ExportError(_("Select at most %(count)s orders, or export a filter.") % {"count": SELECTION_LIMIT})
    reason = check_rights(store, actor, is_clear=is_clear, reason=reason)
    chosen = find_template(store, template)
    found = find_orders(store=store, user=actor, query=query, now=at, selected=tuple(selected))
    params = {
        "query": found.query,
        "selected": list(selected),
        "filter_text": found.text,
        "format": file_format,
        "clear": is_clear,
        "reason": reason,
        **_template_params(chosen),
    }
    job = create_job(store=store, kind=KIND, params=params, actor=actor, at=at)
    audit_request(job, at=at)
    return job


def _template_params(template: Template) -> dict[str, Any]:
    """Return the template as it is now, so that a re-run makes the same file after it was changed or deleted."""
    name = template.key if template.pk is None else str(template.label)
    label = str(template.label)
    return {"template": name, "template_label": label, "grain": template.grain, "columns": list(template.columns)}


def check_rights(store: Store, actor: User | None, *, is_clear: bool, reason: str) -> str:
    """Return the reason of a clear-text export, tidied.

    Raises:
        ExportError: the person may not export (so), or gave no reason.
    """
    rights = rights_in(store, actor)
    if Right.EXPORT not in rights:
        raise ExportError(_("Your role does not include exports."))
    if not is_clear:
        return ""
    if Right.EXPORT_CLEAR not in rights:
        raise ExportError(_("Your role does not include exports in clear text."))
    try:
        return clean_reason(reason, longest=200)
    except OrderError as error:
        raise ExportError(str(error)) from error


def audit_request(job: Job, *, at: datetime) -> None:
    params = job.params
    data = {name: params[name] for name in ("template", "format", "filter_text", "reason") if params.get(name)}
    action = "clear_export_requested" if params.get("clear") else "export_requested"
    write_audit(store=job.store, actor=job.requested_by, action=action, at=at, subject=f"#{job.pk}", data=data)


@transaction.atomic
def rerun_export(*, job: Job, actor: User, at: datetime) -> Job:
    """Export the same filter again with the same columns, as a new job.

    Raises:
        ExportError: the person may not do that any more.
    """
    if job.store is None:
        raise ExportError(_("This export belongs to no store."))
    check_rights(job.store, actor, is_clear=bool(job.params.get("clear")), reason=job.params.get("reason", ""))
    new = create_job(store=job.store, kind=KIND, params=job.params, actor=actor, at=at)
    audit_request(new, at=at)
    return new


class FileGone(ExportError):
    """The file's time is over, or it is not there yet."""


@transaction.atomic
def download_export(*, job: Job, actor: User, at: datetime) -> Iterator[bytes]:
    """Count and log one download, and return the file's clear bytes in blocks.

    Raises:
        FileGone: the export has not ended well, or its file has been deleted.
        ExportError: the person may not have it.
    """
    assert job.store is not None  # noqa: S101 -- an export belongs to a store
    check_rights(job.store, actor, is_clear=bool(job.params.get("clear")), reason=job.params.get("reason", ""))
    name = str(job.file.name or "")
    if job.state != JobState.DONE:
        raise FileGone(_("This export is not finished: %(state)s.") % {"state": job.get_state_display()})
    if not name or job.file_expires_at is None or job.file_expires_at <= at or not default_storage.exists(name):
        raise FileGone(_("The time of this file is over and it was deleted. Export it again."))
    Job.objects.filter(pk=job.pk).update(downloads=F("downloads") + 1)
    data = {"file": job.file_name, "sha256": job.file_sha256}
    write_audit(store=job.store, actor=actor, action="export_downloaded", at=at, subject=f"#{job.pk}", data=data)
    return _blocks(job, name)


def _blocks(job: Job, name: str) -> Iterator[bytes]:
    with default_storage.open(name, "rb") as stream:
        if job.params.get("clear"):
            yield from opened(stream, name=f"export:{job.pk}")
            return
        while chunk := stream.read(_CHUNK):
            yield chunk
