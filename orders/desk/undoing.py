"""Taking a batch back: by whom did it, within minutes, where the act is one that can be."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.models import Job, JobRow, Store, User
from orders.core.models import Order
from orders.core.services import OrderError
from orders.desk.acts import ACTS, BulkAct, Call
from orders.desk.refusals import DeskError

KIND = "bulk_act"
UNDO_TIME = timedelta(minutes=15)


@dataclass(slots=True)
class BulkResult:
    """What became of each order: done, or refused with the reason."""

    done: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)


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
    return "" if job.result.get("done") else _("No order was changed, so there is nothing to undo.")


def _done_before(job: Job, _actor: User, _at: datetime) -> str:
    return _("This batch was undone.") if job.result.get("undone") else ""


def _not_theirs(job: Job, actor: User, _at: datetime) -> str:
    if job.requested_by_id == actor.pk:
        return ""
    return _("Only %(who)s, who did it, can undo it.") % {"who": job.requested_by}


def _too_late(job: Job, _actor: User, at: datetime) -> str:
    if job.finished_at is None or at - job.finished_at <= UNDO_TIME:
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


def undo_batch(*, store: Store, job: Job, actor: User, at: datetime) -> BulkResult:
    """Take back what a batch did, order by order; what has moved on since stays and says why.

    Raises:
        DeskError: it cannot be undone, or not any more.
    """
    with transaction.atomic():
        job = Job.objects.for_store(store).select_for_update(of=("self",)).get(pk=job.pk, kind=KIND)
        if problem := undo_problem(job, actor=actor, at=at):
            raise DeskError(problem)
        job.result = {**job.result, "undone": True}
        job.save(update_fields=["result"])
    act, result = ACTS[job.params["act"]], BulkResult()
    for row in job.rows.filter(outcome=JobRow.Outcome.DONE).order_by("position"):
        _undo_row(act, row, result, store=store, actor=actor, at=at, job=job)
    return result


def _undo_row(
    act: BulkAct, row: JobRow, result: BulkResult, *, store: Store, actor: User, at: datetime, job: Job
) -> None:
    order_id, undo = row.data["order"], row.data.get("undo")
    if not undo or act.undo is None:
        return
    try:
        with transaction.atomic():
            act.undo(Call(store=store, order_id=order_id, actor=actor, at=at, job=job), undo)
    except (OrderError, Order.DoesNotExist) as error:
        sentence = str(error) if isinstance(error, OrderError) else _("The order is gone.")
        result.refused[order_id] = row.data["stays"] = sentence
        row.save(update_fields=["data"])  # the receipt says what could not be taken back, and why
    else:
        result.done.append(order_id)
