"""The handler of export jobs: a temporary file, written, stored under the job's lease, and gone in every case."""

import os
import time
from datetime import datetime, timedelta
from typing import IO, Any

from django.utils import timezone

from backoffice.common.files import scratch_file
from backoffice.common.jobs import JobRefused, JobRun
from backoffice.common.models import Job, Store, User
from backoffice.common.sealed_files import SealingWriter
from orders.desk.exports.errors import ExportError
from orders.desk.exports.services import audit_request, check_rights
from orders.desk.exports.templates import Template, find_template
from orders.desk.exports.writing import ExportOrder, Written, write_export

CLEAR_FILE_TIME = timedelta(hours=24)


def run_export(run: JobRun) -> dict[str, Any]:
    """Write the file of one export job and return what stands in it."""
    started, job = time.monotonic(), run.job
    if job.store is None or job.requested_by is None:
        raise JobRefused("An export belongs to a store and a person.")
    now = timezone.now()
    try:
        order = order_of(job, job.store, job.requested_by, now)
        if job.retry_of_id is not None and job.attempts == 1:
            audit_request(job, at=now)
        written = _make_file(run, order, now)
    except ExportError as error:
        raise JobRefused(str(error)) from error
    return result_of(written, order, seconds=time.monotonic() - started, sha256=job.file_sha256)


def order_of(job: Job, store: Store, user: User, now: datetime) -> ExportOrder:
    """Read a job's parameters; what the person may do counts now, not when they asked.

    Raises:
        ExportError: the person may not export this any more, or its template is gone.
    """
    params = job.params
    is_clear = bool(params.get("clear"))
    reason = check_rights(store, user, is_clear=is_clear, reason=params.get("reason", ""))
    return ExportOrder(
        store=store,
        user=user,
        query=params.get("query", ""),
        selected=tuple(params.get("selected", ())),
        template=template_of(params, store),
        file_format=params.get("format", "xlsx"),
        is_clear=is_clear,
        reason=reason,
        watermark=watermark(user, now, f"#{job.pk}") if is_clear else "",
    )


def template_of(params: dict[str, Any], store: Store) -> Template:
    if "columns" not in params:
        return find_template(store, params.get("template", ""))
    name = params["template"]
    try:
        label = find_template(store, name).label
    except ExportError:
        label = name  # deleted since
    return Template(name, label, params["grain"], tuple(params["columns"]))


def watermark(user: User | None, now: datetime, work: str) -> str:
    return f"{user or '-'} · {timezone.localtime(now):%Y-%m-%d %H:%M} · {work}"


def _make_file(run: JobRun, order: ExportOrder, now: datetime) -> Written:
    job = run.job
    with scratch_file(f"export-{job.pk}", order.file_format) as path:
        with path.open("wb") as target:
            written, sealed = write_target(target, order, job, now, run)
            target.flush()
            os.fsync(target.fileno())
        keep = CLEAR_FILE_TIME if order.is_clear else timedelta(days=order.store.job_file_days)
        run.update(rows_done=written.rows)
        run.save_file(path, name=file_name(order, job, now), expires_at=timezone.now() + keep)
        if sealed is not None:
            run.update(file_size=sealed.size, file_sha256=sealed.sha256)
    return written


def write_target(
    target: IO[bytes], order: ExportOrder, job: Job, now: datetime, run: JobRun
) -> tuple[Written, SealingWriter | None]:
    """Write the rows; those of a clear-text export are sealed on their way."""
    if not order.is_clear:
        return write_export(target, order, now=now, on_progress=run.progress), None
    sealing = SealingWriter(target, name=f"export:{job.pk}")
    written = write_export(sealing, order, now=now, on_progress=run.progress)  # type: ignore[arg-type]
    sealing.finish()
    return written, sealing


def file_name(order: ExportOrder, job: Job, now: datetime) -> str:
    """Return what the downloaded file is called; that of clear text names who asked for it."""
    parts = ["orders", order.store.code, f"{timezone.localtime(now):%Y%m%d-%H%M}"]
    if order.is_clear and order.user is not None:
        parts += ["CLEAR", order.user.username]
    return f"{'-'.join([*parts, str(job.pk)])}.{order.file_format}"


def result_of(written: Written, order: ExportOrder, *, seconds: float, sha256: str) -> dict[str, Any]:
    return {
        "rows": written.rows,
        "lines": written.lines,
        "sum_paid": str(written.sum_paid),
        "sha256": sha256,
        "seconds": round(seconds, 3),
        "snapshot_at": timezone.localtime(written.snapshot_at).isoformat(timespec="seconds"),
        "template": order.template.key,
        "format": order.file_format,
        "data_sha256": written.data_sha256,
        "file_rows": written.file_rows,
        "filter_text": written.filter_text,
        "cut_texts": written.cut_texts,
        "unreadable": written.unreadable,
    }
