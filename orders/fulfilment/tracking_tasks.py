"""Jobs about parcels that are under way, and what makes them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from backoffice.common.jobs import JobRefused, JobRun, create_job
from backoffice.common.models import Job, Store
from orders.fulfilment.models import Shipment
from orders.fulfilment.services.anomalies import find_anomalies
from orders.fulfilment.services.courier_days import recount_marked_days
from orders.fulfilment.services.polling import poll_traces
from orders.fulfilment.traces.adapters import active_adapters

ANOMALIES, TRACES = "anomalies", "traces"
_ANOMALIES_EVERY, _TRACES_EVERY = timedelta(minutes=5), timedelta(minutes=10)


def create_due_anomalies(now: datetime) -> int:
    """Create a job for each store with watched parcels, every five minutes at most; return how many."""
    return _create(ANOMALIES, _ANOMALIES_EVERY, _watching_stores(), now)


def create_due_traces(now: datetime) -> int:
    """Create a job for each store with watched parcels, where any adapter is on; return how many."""
    return _create(TRACES, _TRACES_EVERY, _watching_stores(), now) if active_adapters() else 0


def recount_couriers(_now: datetime) -> int:
    """Count parcels again for the days where that changed; return how many. The next tick goes on."""
    return recount_marked_days()


def _watching_stores() -> Iterable[Store]:
    stores = Store.objects.filter(is_active=True, parcels_watched_since__isnull=False).order_by("pk")
    return [store for store in stores if Shipment.objects.for_store(store).filter(is_watched=True).exists()]


def _create(kind: str, pause: timedelta, stores: Iterable[Store], now: datetime) -> int:
    created = 0
    for store in stores:
        jobs = Job.objects.for_store(store).filter(kind=kind)
        if not (jobs.active().exists() or jobs.filter(created_at__gt=now - pause).exists()):
            create_job(store=store, kind=kind, params={}, actor=None, at=now)
            created += 1
    return created


def run_anomalies(run: JobRun) -> dict[str, Any]:
    """Look for parcels in trouble (job kind `anomalies`)."""
    report = find_anomalies(store=_store(run), at=timezone.now(), job=run.job, on_progress=run.progress)
    return report.as_dict()


def run_traces(run: JobRun) -> dict[str, Any]:
    """Ask the adapters for traces (job kind `traces`)."""
    return poll_traces(store=_store(run), at=timezone.now(), job=run.job, on_progress=run.progress)


def _store(run: JobRun) -> Store:
    if run.job.store is None:
        raise JobRefused("Parcels belong to a store.")
    return run.job.store
