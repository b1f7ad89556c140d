"""The job that does one act to many parcels (job kind `waybills`)."""

from typing import Any

from django.utils import timezone

from backoffice.common.jobs import JobRefused, JobRun
from orders.fulfilment.services import run_waybills


def run_waybill_batch(run: JobRun) -> dict[str, Any]:
    """Do a batch to its parcels; an attempt that was interrupted goes on where it stopped."""
    if run.job.store is None or run.job.requested_by is None:
        raise JobRefused("A batch belongs to a store and a person.")
    run.progress(0, run.job.params["count"])
    return run_waybills(job=run.job, at=timezone.now(), on_row=run.progress)
