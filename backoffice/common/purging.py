"""Deletion of what has had its time: every app names its part in `settings.PURGERS`."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.module_loading import import_string

from backoffice.common.jobs import JobRun
from backoffice.common.jobs.services import purge_job_files
from backoffice.common.models import IdempotencyKey

IDEMPOTENCY_HOURS = 24


def purge(*, now: datetime) -> dict[str, int]:
    """Run every purger; return how many rows or files of each kind were wiped."""
    counts: dict[str, int] = {}
    for path in settings.PURGERS:
        counts.update(import_string(path)(now))
    return counts


def run_purge(run: JobRun) -> dict[str, int]:
    """Do the nightly purge as a job."""
    return purge(now=timezone.now())


def purge_common(now: datetime) -> dict[str, int]:
    """Delete expired job files, stored API answers and sessions."""
    answers, _details = IdempotencyKey.objects.filter(created_at__lt=now - timedelta(hours=IDEMPOTENCY_HOURS)).delete()
    sessions, _details = Session.objects.filter(expire_date__lt=now).delete()
    return {"job_files": purge_job_files(now=now), "api_answers": answers, "sessions": sessions}
