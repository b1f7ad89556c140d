from datetime import datetime
from typing import Any

from django.utils import timezone

from backoffice.common.jobs import JobRun, create_job
from backoffice.common.models import Job, Store
from orders.notes.models import BuyerNote
from orders.notes.rollups import recount_marked
from orders.notes.services import recognise_notes

KIND = "recognition"


def create_due_recognition(now: datetime) -> int:
    """Create a job for each store whose notes wait to be read and where none is at it; return how many."""
    waiting = BuyerNote.objects.filter(recognised_at__isnull=True)
    created = 0
    for store in Store.objects.filter(is_active=True).order_by("pk"):
        if waiting.filter(store=store).exists() and not _is_at_it(store):
            create_job(store=store, kind=KIND, params={}, actor=None, at=now)
            created += 1
    return created


def _is_at_it(store: Store) -> bool:
    return Job.objects.for_store(store).active().filter(kind=KIND).exists()


def run_recognition(run: JobRun) -> dict[str, Any]:
    """Read the store's notes until none waits (job kind `recognition`)."""
    store = run.job.store
    if store is None:
        return {"notes": 0}
    done = 0
    while count := recognise_notes(store=store, at=timezone.now()):
        done += count
        run.progress(done)
    return {"notes": done}


def recount_topics(_now: datetime) -> int:
    """Count what notes ask for again, for the days where that changed; return how many. The next tick goes on."""
    return recount_marked()
