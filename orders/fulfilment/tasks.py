"""Jobs of fulfilment: looking at due orders, and the nightly look at how long stock lasts."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from backoffice.common.jobs import JobRun, create_job
from backoffice.common.models import Job, Store
from orders.fulfilment.models import FulfilmentDue
from orders.fulfilment.services.stock import forecast_demand, settle_due

KIND = "fulfilment"


def create_due_fulfilment(now: datetime) -> int:
    """Create a job for each store that has due orders and where none is at it; return how many."""
    created = 0
    for store in Store.objects.filter(is_active=True).order_by("pk"):
        if FulfilmentDue.objects.for_store(store).at(now).exists() and not _is_at_it(store):
            create_job(store=store, kind=KIND, params={}, actor=None, at=now)
            created += 1
    return created


def _is_at_it(store: Store) -> bool:
    return Job.objects.for_store(store).active().filter(kind=KIND).exists()


def run_fulfilment(run: JobRun) -> dict[str, Any]:
    """Look at the store's due orders until none is left that can be had (job kind `fulfilment`)."""
    store = run.job.store
    if store is None:
        return {"orders": 0}
    done = 0
    while count := settle_due(store=store, at=timezone.now()):
        done += count
        run.progress(done)
    return {"orders": done}


def run_demand(_run: JobRun) -> dict[str, Any]:
    """Say of each sku what left lately and how long the rest lasts, every night (job kind `demand`)."""
    stores = Store.objects.filter(is_active=True).order_by("pk")
    return {"low": {store.code: forecast_demand(store=store, at=timezone.now()) for store in stores}}
