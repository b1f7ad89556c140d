import logging
from datetime import datetime

from celery import shared_task
from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from backoffice.common.enqueue import enqueue
from backoffice.common.jobs import run_pending_jobs
from backoffice.common.jobs.schedules import create_due_jobs, has_runnable_jobs

logger = logging.getLogger(__name__)


@shared_task(name="common.run_pending_jobs")
def run_pending() -> None:
    run_pending_jobs()


@shared_task(name="common.tick")
def tick() -> None:
    """Sent by beat every 15 s: create what is due, and ring again for work that nobody has taken."""
    now = timezone.now()
    create_due_jobs(now=now)
    for path in settings.TICKERS:
        _run_ticker(path, now)
    if has_runnable_jobs(now=now):
        enqueue("common.run_pending_jobs")


def _run_ticker(path: str, now: datetime) -> None:
    """Call one; what goes wrong in it must not keep the others from their turn."""
    try:
        import_string(path)(now)
    except Exception:
        logger.exception("A ticker failed.")
