"""A batch whose form is sent twice is one batch."""

from django.db import connection

from backoffice.common.models import Job
from backoffice.common.once import new_token, once_slot
from orders.desk.refusals import DeskError
from orders.desk.undoing import KIND

_LOCK_SPACE = 0x0A0D19  # of advisory locks

__all__ = ["BatchRepeatedError", "new_token", "once_slot", "refuse_repeat", "wait_for_twin"]


class BatchRepeatedError(DeskError):
    """The same form was sent before: `job` is what it did."""

    def __init__(self, job: Job) -> None:
        super().__init__(str(job))
        self.job = job


def wait_for_twin(slot: str) -> None:
    """Wait until another transaction with the same form has ended; held to the end of this one."""
    if slot:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK_SPACE, slot])


def refuse_repeat(slot: str) -> None:
    """Refuse a form that was sent before.

    Raises:
        BatchRepeatedError: it was; the error holds the batch.
    """
    if slot and (job := Job.objects.select_related("store", "requested_by").filter(kind=KIND, slot=slot).first()):
        raise BatchRepeatedError(job)
