from celery import shared_task
from django.utils import timezone

from backoffice.common.enqueue import enqueue
from backoffice.common.jobs import run_pending_jobs
from backoffice.common.jobs.schedules import create_due_jobs, has_runnable_jobs


@shared_task(name="common.run_pending_jobs")
def run_pending() -> None:
    run_pending_jobs()


@shared_task(name="common.tick")
def tick() -> None:
    """Sent by beat every 15 s: create what is due, and ring again for work that nobody has taken."""
    now = timezone.now()
    create_due_jobs(now=now)
    if has_runnable_jobs(now=now):
        enqueue("common.run_pending_jobs")
