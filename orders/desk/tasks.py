"""Handlers of the desk's jobs; each is one call."""

from typing import Any

from django.utils import timezone

from backoffice.common.jobs import JobRefused, JobRun
from orders.desk import services
from orders.desk.exports.jobs import run_export

__all__ = ["run_bulk_act", "run_export"]


def run_bulk_act(run: JobRun) -> dict[str, Any]:
    """Do a batch to its orders; an attempt that was interrupted goes on where it stopped."""
    job = run.job
    if job.store is None or job.requested_by is None:
        raise JobRefused("A batch belongs to a store and a person.")
    run.progress(0, job.params["count"])
    result = services.run_items(
        job=job, store=job.store, actor=job.requested_by, at=timezone.now(), on_row=run.progress
    )
    run.update(rows_done=job.params["count"])
    return services.summary(result)
