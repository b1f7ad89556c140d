"""Jobs of after-sales: what silence does to cases whose time is over."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from aftersales.refunds.queries.due import stores_with_due_cases
from aftersales.refunds.services import apply_timeouts
from backoffice.common.jobs import JobRun, create_job
from backoffice.common.models import Job, Store

CLOCK = "case_clock"


def create_due_clock(now: datetime) -> int:
    """Create a job for each store where a case's time is over and no such job is at it; return how many."""
    created = 0
    for store in stores_with_due_cases(now).order_by("pk"):
        if not _is_at_it(store):
            create_job(store=store, kind=CLOCK, params={}, actor=None, at=now)
            created += 1
    return created


def _is_at_it(store: Store) -> bool:
    return Job.objects.for_store(store).active().filter(kind=CLOCK).exists()


def run_case_clock(run: JobRun) -> dict[str, Any]:
    """Let silence act on the store's cases until none is left that can be had (job kind `case_clock`)."""
    store = run.job.store
    if store is None:
        return {"cases": 0}
    done = 0
    while count := apply_timeouts(store=store, at=timezone.now(), job=run.job):
        done += count
        run.progress(done)
    return {"cases": done}
