"""Handlers of the jobs of orders; each is one call."""

from typing import Any

from django.utils import timezone

from backoffice.common.jobs import JobRefused, JobRun
from orders.core import services


def run_promise(run: JobRun) -> dict[str, Any]:
    """Follow the store's promise, which somebody has changed; an attempt that was interrupted goes on."""
    store = run.job.store
    if store is None:
        raise JobRefused("A promise belongs to a store.")
    run.progress(0, services.outdated_promises(store).count())
    moved = services.recompute_store_promise(store=store, at=timezone.now(), job=run.job, on_progress=run.progress)
    run.update(rows_done=moved)
    return {"orders": moved}
