"""Taking a batch back: by whom did it, within minutes, where the act is one that can be."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from backoffice.common.enqueue import enqueue
from backoffice.common.models import Job, JobRow, Store, User
from backoffice.common.models.jobs import JobState
from orders.core.models import Order
from orders.core.services import OrderError
from orders.desk.acts import ACTS, BulkAct, Call, Undo
from orders.desk.refusals import DeskError

KIND = "bulk_act"
INLINE_LIMIT = 500  # more orders than this are done, and taken back, by the worker
UNDO_TIME = timedelta(minutes=15)


@dataclass(slots=True)
class BulkResult:
    """What became of each order: done, or refused with the reason."""

    done: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    is_queued: bool = False  # the worker does it: nothing is known yet


def can_undo(job: Job, *, actor: User, at: datetime) -> bool:
    """Tell whether a batch can be taken back: by whom did it, in time, and where the act allows it."""
    return not undo_problem(job, actor=actor, at=at)


def undo_problem(job: Job, *, actor: User, at: datetime) -> str:
    """Return the sentence why a batch cannot be taken back, or cannot any more; empty: it can."""
    return next((sentence for check in _CHECKS if (sentence := check(job, actor, at))), "")


def _not_at_all(job: Job, _actor: User, _at: datetime) -> str:
    act = ACTS.get(job.params.get("act", ""))
    if act is None:
        return _("This act is not known any more.")
    return "" if act.undo else str(act.final)


def _nothing_yet(job: Job, _actor: User, _at: datetime) -> str:
    if job.is_active or job.finished_at is None:
        return _("The worker is still at it; what it did can be undone when it is through.")
    if job.result.get("done") or (job.state != JobState.DONE and _done_rows(job).exists()):
        return ""
    return _("No order was changed, so there is nothing to undo.")


def _done_before(job: Job, _actor: User, _at: datetime) -> str:
    return _("This batch was undone.") if job.result.get("undone") else ""


def _not_theirs(job: Job, actor: User, _at: datetime) -> str:
    if job.requested_by_id == actor.pk:
        return ""
    return _("Only %(who)s, who did it, can undo it.") % {"who": job.requested_by}


def _too_late(job: Job, _actor: User, at: datetime) -> str:
    is_begun = "undoing" in job.result  # and was interrupted: it may go on
    if is_begun or job.finished_at is None or at - job.finished_at <= UNDO_TIME:
        return ""
    return _("This can be undone for %(count)s minutes by the person who did it; that time has passed.") % {
        "count": int(UNDO_TIME.total_seconds()) // 60
    }


_CHECKS: tuple[Callable[[Job, User, datetime], str], ...] = (
    _not_at_all,
    _nothing_yet,
    _done_before,
    _not_theirs,
    _too_late,
)


def _done_rows(job: Job) -> models.QuerySet[JobRow]:
    return job.rows.filter(outcome=JobRow.Outcome.DONE)


def undo_batch(*, store: Store, job: Job, actor: User, at: datetime) -> BulkResult:
    """Take back what a batch did, order by order; what has moved on since stays and says why.

    One that was interrupted goes on where it stopped. Many orders are the worker's.

    Raises:
        DeskError: it cannot be undone, or not any more.
    """
    with transaction.atomic():
        job = Job.objects.for_store(store).select_for_update(of=("self",)).get(pk=job.pk, kind=KIND)
        if problem := undo_problem(job, actor=actor, at=at):
            raise DeskError(problem)
        job.result = {**job.result, "undoing": True}
        job.save(update_fields=["result"])
        if _done_rows(job).count() > INLINE_LIMIT:
            _leave_to_worker(job, at)
            return BulkResult(is_queued=True)
    result = undo_rows(job=job, store=store, actor=actor, at=at)
    finish_undo(job=job)
    return result


def _leave_to_worker(job: Job, at: datetime) -> None:
    """Queue the batch's own job again, so that its receipt shows how far it is; tasks.run_bulk_act reads `undo_of`."""
    job.params = {**job.params, "undo_of": job.pk}
    job.state, job.not_before, job.attempts = JobState.QUEUED, at, 0
    job.is_cancel_requested, job.rows_done, job.error = False, 0, ""
    job.save(update_fields=["params", "state", "not_before", "attempts", "is_cancel_requested", "rows_done", "error"])
    enqueue("common.run_pending_jobs")


def finish_undo(*, job: Job) -> None:
    """Write that all of the batch has been taken back, or has said why not."""
    job.result = undone_result(job)
    job.save(update_fields=["result"])


def undone_result(job: Job) -> dict[str, Any]:
    kept = {name: value for name, value in job.result.items() if name != "undoing"}
    return {**kept, "undone": True}


def undo_rows(*, job: Job, store: Store, actor: User, at: datetime, on_row: Any = None) -> BulkResult:
    """Take back the rows of a batch one by one, each with its mark in one transaction; marked ones are left alone."""
    act, result = ACTS[job.params["act"]], BulkResult()
    keys = list(_done_rows(job).order_by("position").values_list("pk", flat=True))
    for count, key in enumerate(keys, start=1):
        _undo_row(act, key, result, Call(store=store, order_id=0, actor=actor, at=at, job=job))
        if on_row is not None:
            on_row(count)
    return result


@transaction.atomic
def _undo_row(act: BulkAct, key: int, result: BulkResult, call: Call) -> None:
    row = JobRow.objects.select_for_update().get(pk=key)
    order_id, undo = row.data["order"], row.data.get("undo")
    if not undo or act.undo is None:
        return
    if "undone" not in row.data:
        row.data["undone"] = True
        if sentence := _take_back(act, replace(call, order_id=order_id), undo):
            row.data["stays"] = sentence  # the receipt says what could not be taken back, and why
        row.save(update_fields=["data"])
    if "stays" in row.data:
        result.refused[order_id] = row.data["stays"]
    else:
        result.done.append(order_id)


def _take_back(act: BulkAct, call: Call, undo: Undo) -> str:
    """Take the act back from one order; return why it stays, or an empty text."""
    try:
        with transaction.atomic():
            if act.undo is not None:
                act.undo(call, undo)
    except OrderError as error:
        return str(error)
    except Order.DoesNotExist:
        return _("The order is gone.")
    return ""
