"""Claiming and running jobs under a lease with a fencing token."""

import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import close_old_connections, connection, transaction
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from backoffice.common.files import file_digest
from backoffice.common.jobs.alerts import tell_of_failure
from backoffice.common.jobs.errors import JobCancelled, JobRefused, LeaseLost
from backoffice.common.models import Job
from backoffice.common.models.jobs import JobState

logger = logging.getLogger(__name__)

Handler = Callable[["JobRun"], Mapping[str, Any] | None]
_SAVE_EVERY_SECONDS = 1.0
_BACKOFF_SECONDS = (5, 30, 120, 600)


class JobRun:
    """One attempt at one job: what a handler may use. Every write is conditional on still holding the lease."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._saved_at = 0.0

    @property
    def params(self) -> dict[str, Any]:
        return self.job.params

    def update(self, **values: Any) -> None:
        """Write columns of the job.

        Raises:
            LeaseLost: another worker holds the job now.
        """
        if not Job.objects.filter(pk=self.job.pk, token=self.job.token, state=JobState.RUNNING).update(**values):
            raise LeaseLost
        for name, value in values.items():
            setattr(self.job, name, value)

    def progress(self, done: int, total: int | None = None) -> None:
        """Save progress and renew the lease, at most once a second.

        Raises:
            JobCancelled: somebody asked to cancel.
            LeaseLost: another worker holds the job now.
        """
        now = time.monotonic()
        if now - self._saved_at < _SAVE_EVERY_SECONDS and total is None:
            return
        self._saved_at = now
        values: dict[str, Any] = {"rows_done": done, "lease_expires_at": _lease_end()}
        if total is not None:
            values["rows_total"] = total
        self.update(**values)
        if Job.objects.filter(pk=self.job.pk, is_cancel_requested=True).exists():
            raise JobCancelled

    def save_file(self, path: Path, *, name: str, expires_at: datetime) -> None:
        """Store a finished file under a name nobody can guess and attach it to the job."""
        with path.open("rb") as stream:
            self._replace_file(f"jobs/{uuid.uuid4().hex}{path.suffix}", stream)
        self.update(
            file_name=name,
            file_size=path.stat().st_size,
            file_sha256=file_digest(path),
            file_expires_at=expires_at,
        )

    def _replace_file(self, stored: str, stream: IO[bytes]) -> None:
        """Name the file in the job before it exists, so that an attempt killed here leaves no unknown file."""
        left_over = str(self.job.file.name or "")
        self.update(file=stored)
        default_storage.save(stored, File(stream))
        if left_over:
            default_storage.delete(left_over)


def _lease_end() -> datetime:
    return timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)


def run_pending_jobs(*, limit: int = 1000) -> int:
    """Run runnable jobs until none is left; return how many were run."""
    for count in range(limit):
        job = claim_next(now=timezone.now())
        if job is None:
            return count
        run_job(job)
        if not connection.in_atomic_block:  # as in tests, whose transaction must stay open
            close_old_connections()
    return limit


@transaction.atomic
def claim_next(*, now: datetime) -> Job | None:
    """Take the oldest runnable job that no other worker is taking, under a new token."""
    job = (
        Job.objects.runnable(now).select_for_update(skip_locked=True, of=("self",)).order_by("not_before", "pk").first()
    )
    return _take(job, now) if job else None


@transaction.atomic
def claim(job_id: int, *, now: datetime) -> Job | None:
    """Take one job if it is runnable: for commands that do their work in their own process."""
    job = Job.objects.runnable(now).select_for_update(of=("self",)).filter(pk=job_id).first()
    return _take(job, now) if job else None


def _take(job: Job, now: datetime) -> Job | None:
    if job.is_cancel_requested or job.attempts >= settings.JOB_MAX_ATTEMPTS:
        job.state = JobState.CANCELLED if job.is_cancel_requested else JobState.FAILED
        if not job.error and job.state == JobState.FAILED:
            job.error = _("The work was interrupted %(count)s times. Try again, or tell operations.") % {
                "count": job.attempts
            }
        job.finished_at = now
        job.save(update_fields=["state", "error", "finished_at"])
        if job.state == JobState.FAILED:
            tell_of_failure(job, now)
        return claim_next(now=now)
    job.state, job.token, job.lease_expires_at = JobState.RUNNING, uuid.uuid4(), _lease_end()
    job.attempts += 1
    job.started_at = job.started_at or now
    job.save(update_fields=["state", "token", "lease_expires_at", "attempts", "started_at"])
    return job


def run_job(job: Job) -> None:
    """Run a claimed job to its end, in the language of who asked; whatever happens is written to its row."""
    language = job.requested_by.language if job.requested_by else ""
    with translation.override(language or settings.LANGUAGE_CODE):
        _run(job)


def _run(job: Job) -> None:
    run = JobRun(job)
    try:
        handler: Handler = import_string(settings.JOB_HANDLERS[job.kind])
        with _heartbeat(job):
            result = handler(run)
        _finish(job, state=JobState.DONE, result=dict(result or {}), error="")
    except JobCancelled:
        _finish(job, state=JobState.CANCELLED)
    except JobRefused as error:
        _finish(job, state=JobState.FAILED, error=str(error))
    except LeaseLost:
        logger.warning("Job %s was taken over by another worker.", job.pk)
    except Exception:
        logger.exception("A job failed.")
        _fail_or_retry(job)


@transaction.atomic
def _finish(job: Job, **values: Any) -> None:
    values.setdefault("finished_at", timezone.now())
    held = Job.objects.filter(pk=job.pk, token=job.token, state=JobState.RUNNING)
    if held.update(token=None, lease_expires_at=None, **values):
        for name, value in values.items():
            setattr(job, name, value)
        if job.state == JobState.FAILED:
            tell_of_failure(job, job.finished_at or timezone.now())


def _fail_or_retry(job: Job) -> None:
    sentence = _("Something went wrong on our side. The log of job %(id)s says more.") % {"id": job.pk}
    if job.attempts >= settings.JOB_MAX_ATTEMPTS:
        _finish(job, state=JobState.FAILED, error=sentence)
        return
    delay = _BACKOFF_SECONDS[min(job.attempts, len(_BACKOFF_SECONDS)) - 1]
    _finish(
        job,
        state=JobState.QUEUED,
        error=sentence,
        finished_at=None,
        not_before=timezone.now() + timedelta(seconds=delay),
    )


@contextmanager
def _heartbeat(job: Job) -> Iterator[None]:
    """Renew the lease from a thread of its own, so that one long statement does not lose it."""
    stop = threading.Event()
    if connection.in_atomic_block:  # tests, where another connection would not see the row
        yield
        return
    thread = threading.Thread(
        target=_beat, args=(job.pk, job.token, stop), daemon=True, name=f"lease-{os.getpid()}-{job.pk}"
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=5)


def _beat(job_id: int, token: uuid.UUID, stop: threading.Event) -> None:
    try:
        while not stop.wait(settings.JOB_LEASE_SECONDS / 4):
            held = Job.objects.filter(pk=job_id, token=token, state=JobState.RUNNING)
            try:
                if not held.update(lease_expires_at=_lease_end()):
                    return
            except Exception:
                logger.warning("The lease of a job could not be renewed.", exc_info=True)
                connection.close()
    finally:
        connection.close()
