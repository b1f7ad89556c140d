"""Handlers of the desk's jobs; each is one call."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.common.jobs import JobRefused, JobRun
from backoffice.common.models import Job, JobRow
from orders.desk import services
from orders.desk.exports.jobs import run_export
from orders.desk.undoing import finish_undo, undo_rows, undone_result

__all__ = ["run_bulk_act", "run_export"]


def run_bulk_act(run: JobRun) -> dict[str, Any]:
    """Do a batch to its orders, or take one back; an attempt that was interrupted goes on where it stopped."""
    job = run.job
    if job.store is None or job.requested_by is None:
        raise JobRefused("A batch belongs to a store and a person.")
    if "undo_of" in job.params:
        return _undo(run, Job.objects.get(store=job.store, pk=job.params["undo_of"]))
    run.progress(0, job.params["count"])
    result = services.run_items(
        job=job, store=job.store, actor=job.requested_by, at=timezone.now(), on_row=run.progress
    )
    run.update(rows_done=job.params["count"])
    return services.ended(job, result)


def _undo(run: JobRun, batch: Job) -> dict[str, Any]:
    """Take a batch back; it is the job itself, or what a failed job was to take back before it was tried again."""
    if batch.store is None or batch.requested_by is None or batch.requested_by_id != run.job.requested_by_id:
        raise JobRefused(_("Only %(who)s, who did it, can undo it.") % {"who": batch.requested_by})
    total = batch.rows.filter(outcome=JobRow.Outcome.DONE).count()
    run.progress(0, total)
    undo_rows(job=batch, store=batch.store, actor=batch.requested_by, at=timezone.now(), on_row=run.progress)
    run.update(rows_done=total)
    if batch.pk != run.job.pk:
        finish_undo(job=batch)
    return undone_result(batch)
