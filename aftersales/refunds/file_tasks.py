"""Jobs of cases that come from outside: uploaded refund lists, and what changed on the platform."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.refunds.files.services import import_refund_file
from aftersales.refunds.models import RefundPull
from aftersales.refunds.platform import take_cases
from backoffice.common.enqueue import enqueue
from backoffice.common.jobs import JobCancelled, JobRefused, JobRun, create_job
from backoffice.common.models import Job, Store
from backoffice.common.models.jobs import JobState
from backoffice.common.sealing import SealError
from orders.intake import vault
from orders.intake.engine import ImportRefused
from orders.intake.models import ImportFile
from orders.intake.services import refuse_file
from orders.platforms.queries import connections_to_use

PULL = "refund_pull"
PULL_EVERY = timedelta(minutes=2)


def run_refund_import(run: JobRun) -> dict[str, Any]:
    """Take in an uploaded refund list (job kind `refund_import`)."""
    file = ImportFile.objects.select_related("store").get(pk=run.params["file"], store=run.job.store_id)
    at = run.job.created_at
    if not file.file:
        raise JobRefused(_("%(name)s was deleted after its time. Upload it again.") % {"name": file.name})
    try:
        with vault.clear_copy(str(file.file.name)) as path:
            counts = import_refund_file(file=file, path=path, at=at, job=run.job, progress=run.progress)
    except (ImportRefused, SealError) as error:
        reason = str(error) if isinstance(error, ImportRefused) else _("The stored file is damaged. Upload it again.")
        refuse_file(file=file, reason=reason, at=at)
        raise JobRefused(reason) from error
    except JobCancelled:
        ImportFile.objects.filter(pk=file.pk).update(state=ImportFile.State.UPLOADED)
        raise
    return {name: value for name, value in counts.items() if name != "problems"}


def create_due_pulls(now: datetime) -> int:
    """Create a job for each connected store whose cases were not asked for within minutes; return how many."""
    fresh = RefundPull.objects.filter(pulled_at__gt=now - PULL_EVERY).values("store")
    wanted = connections_to_use(now).filter(pulls_orders=True).exclude(store__in=fresh)
    return sum(_repeat_quiet(connection.store, now) or _create(connection.store, now) for connection in wanted)


def _repeat_quiet(store: Store, now: datetime) -> bool:
    """Let the last pull run again if it found nothing: a row each time would bury the jobs that say something."""
    last = Job.objects.for_store(store).filter(kind=PULL).order_by("-pk").first()
    if last is None or last.state != JobState.DONE or last.requested_by_id or last.result.get("read") != 0:
        return False
    again = Job.objects.filter(pk=last.pk, state=JobState.DONE).update(
        state=JobState.QUEUED, created_at=now, not_before=now, started_at=None, finished_at=None, attempts=0, result={}
    )
    enqueue("common.run_pending_jobs")
    return bool(again)


def _create(store: Store, now: datetime) -> bool:
    if Job.objects.for_store(store).active().filter(kind=PULL).exists():
        return False
    create_job(store=store, kind=PULL, params={}, actor=None, at=now)
    return True


def run_refund_pull(run: JobRun) -> dict[str, Any]:
    """Take in the cases that changed on the platform (job kind `refund_pull`)."""
    if run.job.store is None:
        raise JobRefused("A connection belongs to a store.")
    return take_cases(store=run.job.store, clock=timezone.now, job=run.job, progress=run.progress).as_dict()
