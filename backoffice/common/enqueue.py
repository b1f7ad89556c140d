"""Ringing the broker: a doorbell only, since the Job rows are the truth."""

import logging

from django.db import transaction

from backoffice.celery import app

logger = logging.getLogger(__name__)


def enqueue(task_name: str, **kwargs: int | str | None) -> None:
    """Queue the named task once the current transaction has committed.

    By name, so that services need not import tasks; arguments are ids and plain values. A broker that is away loses
    nothing: whatever the task would do stands in a row, and the sweeper rings again.
    """
    transaction.on_commit(lambda: _ring(task_name, kwargs), robust=True)


def _ring(task_name: str, kwargs: dict[str, int | str | None]) -> None:
    try:
        app.send_task(task_name, kwargs=kwargs, retry=False, ignore_result=True)
    except Exception:
        logger.warning("The broker could not be reached; the sweeper will ring again.", exc_info=True)
