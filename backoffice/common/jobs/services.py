from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.enqueue import enqueue
from backoffice.common.jobs.errors import JobError
from backoffice.common.models import Job, Store, User
from backoffice.common.models.jobs import JobState


@transaction.atomic
def create_job(
    *,
    store: Store | None,
    kind: str,
    params: Mapping[str, Any],
    actor: User | None,
    at: datetime,
    slot: str | None = None,
    retry_of: Job | None = None,
) -> Job:
    """Write a job in the caller's transaction and ring for a worker after its commit."""
    job = Job.objects.create(
        store=store,
        kind=kind,
        params=dict(params),
        requested_by=actor,
        not_before=at,
        created_at=at,
        slot=slot,
        retry_of=retry_of,
    )
    enqueue("common.run_pending_jobs")
    return job


@transaction.atomic
def cancel_job(*, job: Job, actor: User | None, at: datetime) -> Job:
    """Cancel a waiting job at once; ask a running one to stop at its next step.

    Raises:
        JobError: the job has ended already.
    """
    job = Job.objects.select_for_update().get(pk=job.pk)
    if not job.is_active:
        raise JobError(_("This job has already ended: %(state)s.") % {"state": job.get_state_display()})
    if job.state == JobState.QUEUED:
        job.state, job.finished_at = JobState.CANCELLED, at
    job.is_cancel_requested = True
    job.save(update_fields=["state", "finished_at", "is_cancel_requested"])
    return job


@transaction.atomic
def retry_job(*, job: Job, actor: User | None, at: datetime) -> Job:
    """Start the same work again as a new job.

    Raises:
        JobError: the job did not fail and was not cancelled.
    """
    job = Job.objects.select_for_update(of=("self",)).get(pk=job.pk)
    if job.state not in {JobState.FAILED, JobState.CANCELLED}:
        raise JobError(
            _("Only a failed or cancelled job can be tried again; this one is: %(state)s.")
            % {"state": job.get_state_display()}
        )
    return create_job(store=job.store, kind=job.kind, params=job.params, actor=actor, at=at, retry_of=job)


def purge_job_files(*, now: datetime) -> int:
    """Delete the stored files whose time is over; the jobs keep name, size and hash. Return how many."""
    count = 0
    for job in Job.objects.exclude(file="").filter(file_expires_at__lte=now).only("file").order_by("pk").iterator(500):
        default_storage.delete(str(job.file.name))
        count += Job.objects.filter(pk=job.pk, file=job.file.name).update(file="")
    return count
