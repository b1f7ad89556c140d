"""Ringing the broker: a doorbell only, since the Job rows are the truth."""

import logging
import time

from django.db import transaction

from backoffice.celery import app

logger = logging.getLogger(__name__)

# A person waits for the ring: one short try on a connection of its own, so that no pooled one is found dead
_OPTIONS = {"socket_timeout": 1, "socket_connect_timeout": 1, "max_retries": 0}
_PAUSE_SECONDS = 5.0


def enqueue(task_name: str, **kwargs: int | str | None) -> None:
    """Queue the named task once the current transaction has committed.

    By name, so that services need not import tasks; arguments are ids and plain values. A broker that is away loses
    nothing: whatever the task would do stands in a row, and the sweeper rings again.
    """
    transaction.on_commit(lambda: _ring(task_name, kwargs), robust=True)


class Pause:
    """After a ring in vain the next ones are left out for a moment: a hung broker must not hold many requests."""

    def __init__(self) -> None:
        self._until = 0.0

    def is_on(self) -> bool:
        return time.monotonic() < self._until

    def start(self) -> None:
        self._until = time.monotonic() + _PAUSE_SECONDS

    def end(self) -> None:
        self._until = 0.0


pause = Pause()


def _ring(task_name: str, kwargs: dict[str, int | str | None]) -> None:
    if pause.is_on():
        return
    try:
        with app.connection_for_write(transport_options=_OPTIONS, connect_timeout=1) as connection:
            app.send_task(task_name, kwargs=kwargs, connection=connection, retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001 -- every transport has errors of its own
        pause.start()
        logger.warning("The broker could not be reached (%s); the sweeper will ring again.", type(error).__name__)
