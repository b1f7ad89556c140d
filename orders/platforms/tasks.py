from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from backoffice.common.enqueue import enqueue
from backoffice.common.jobs import JobRefused, JobRun, create_job
from backoffice.common.models import Job, Store
from backoffice.common.models.jobs import JobState
from orders.platforms.queries import connections_to_use, due_messages
from orders.platforms.services import send_due, take_changes
from orders.platforms.statuses import OUTBOX, PULL

PULL_EVERY = timedelta(seconds=55)  # the ticker comes every 15 s


def create_due_sending(now: datetime) -> int:
    """Create a job for each connected store whose outbox has something due; return how many."""
    wanted = connections_to_use(now).filter(sends_acts=True)
    return sum(
        _create(connection.store, OUTBOX, now) for connection in wanted if due_messages(connection.store, now).exists()
    )


def create_due_pulls(now: datetime) -> int:
    """Create a job for each connected store that was not asked for changes within a minute; return how many."""
    wanted = connections_to_use(now).filter(pulls_orders=True).exclude(pulled_at__gt=now - PULL_EVERY)
    return sum(_repeat_quiet(connection.store, now) or _create(connection.store, PULL, now) for connection in wanted)


def _repeat_quiet(store: Store, now: datetime) -> bool:
    """Let the last pull run again if it found nothing: a row each minute would bury the jobs that say something."""
    last = Job.objects.for_store(store).filter(kind=PULL).order_by("-pk").first()
    if last is None or last.state != JobState.DONE or last.requested_by_id or last.result.get("read") != 0:
        return False
    again = Job.objects.filter(pk=last.pk, state=JobState.DONE).update(
        state=JobState.QUEUED, created_at=now, not_before=now, started_at=None, finished_at=None, attempts=0, result={}
    )
    enqueue("common.run_pending_jobs")
    return bool(again)


def _create(store: Store, kind: str, now: datetime) -> bool:
    if Job.objects.for_store(store).active().filter(kind=kind).exists():
        return False
    create_job(store=store, kind=kind, params={}, actor=None, at=now)
    return True


def run_outbox(run: JobRun) -> dict[str, Any]:
    """Send what the store's outbox holds (job kind `outbox`)."""
    return send_due(store=_store(run), clock=timezone.now, progress=run.progress)


def run_pull(run: JobRun) -> dict[str, Any]:
    """Take in what changed on the platform (job kind `pull`)."""
    taken = take_changes(store=_store(run), clock=timezone.now, job=run.job, progress=run.progress)
    return taken.as_dict()


def _store(run: JobRun) -> Store:
    if run.job.store is None:
        raise JobRefused("A connection belongs to a store.")
    return run.job.store
