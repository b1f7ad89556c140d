"""Handlers of the jobs of orders; each is one call."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from backoffice.common.jobs import JobRefused, JobRun, create_job
from backoffice.common.models import Job, Store
from backoffice.common.models.jobs import JobState
from orders.core import services

_AGAIN = timedelta(minutes=1)


def run_promise(run: JobRun) -> dict[str, Any]:
    """Follow the store's promise, which somebody has changed; an attempt that was interrupted goes on.

    An import that began before the change still writes the old promise: as long as such work runs, look again later.
    """
    store = run.job.store
    if store is None:
        raise JobRefused("A promise belongs to a store.")
    changed_at = datetime.fromisoformat(run.params.get("changed_at") or run.job.created_at.isoformat())
    is_too_early = _has_older_work(store, changed_at)
    run.progress(0, services.outdated_promises(store).count())
    moved = services.recompute_store_promise(store=store, at=timezone.now(), job=run.job, on_progress=run.progress)
    run.update(rows_done=moved)
    if is_too_early:
        params, actor = {"changed_at": changed_at.isoformat()}, run.job.requested_by
        create_job(store=store, kind=run.job.kind, params=params, actor=actor, at=timezone.now() + _AGAIN)
    return {"orders": moved}


def _has_older_work(store: Store, changed_at: datetime) -> bool:
    return Job.objects.for_store(store).filter(state=JobState.RUNNING, started_at__lte=changed_at).exists()
