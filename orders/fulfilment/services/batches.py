"""Many parcels in one go: each is made, numbered or voided by itself, and the job is the receipt."""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice.common.jobs import JobRun, LeaseLost, create_job
from backoffice.common.models import Job, JobRow, Store, User
from backoffice.common.models.jobs import JobState
from orders.core.models import Order
from orders.core.services import OrderError
from orders.fulfilment.models import Waybill
from orders.fulfilment.queries.merges import separate_count
from orders.fulfilment.services.waybill_changes import choose_courier, void_waybill
from orders.fulfilment.services.waybill_numbers import assign_number
from orders.fulfilment.services.waybills import WaybillError, plan_rest, plan_waybill

KIND = "waybills"
LIMIT = 2_000  # parcels in one go
INLINE_LIMIT = 20  # done within the request
_RENEW_SECONDS = 5
MAKE, MAKE_NUMBERED, NUMBER, COURIER, VOID = "make", "make_numbered", "number", "courier", "void"
REST, REST_NUMBERED = "rest", "rest_numbered"  # what of an order is ready, while other pieces wait
OF_ORDERS = frozenset({MAKE, MAKE_NUMBERED, REST, REST_NUMBERED})  # the others are of waybills
_NUMBERING = frozenset({MAKE_NUMBERED, REST_NUMBERED, NUMBER})
Call = Mapping[str, Any]


def _make(call: Call, pk: int, values: Mapping[str, str]) -> Waybill:
    return plan_waybill(**call, order_ids=[pk], courier=values.get("courier", ""))


def _make_numbered(call: Call, pk: int, values: Mapping[str, str]) -> Waybill:
    return _number(call, _make(call, pk, values).pk, values)


def _rest(call: Call, pk: int, values: Mapping[str, str]) -> Waybill:
    return plan_rest(**call, order_id=pk, courier=values.get("courier", ""))


def _rest_numbered(call: Call, pk: int, values: Mapping[str, str]) -> Waybill:
    return _number(call, _rest(call, pk, values).pk, values)


def _number(call: Call, pk: int, _values: Mapping[str, str]) -> Waybill:
    """Number a parcel; one that gets none stays planned, and says why."""
    try:
        return assign_number(**call, waybill_id=pk)
    except WaybillError as error:
        waybill = Waybill.objects.for_store(call["store"]).get(pk=pk)
        if not (waybill.problem and str(error).startswith(waybill.problem)):
            raise
        return waybill


def _courier(call: Call, pk: int, values: Mapping[str, str]) -> Waybill:
    return choose_courier(**_without_job(call), waybill_id=pk, courier=values.get("courier", ""))


def _void(call: Call, pk: int, values: Mapping[str, str]) -> Waybill:
    return void_waybill(**_without_job(call), waybill_id=pk, reason=values.get("reason", ""))


def _without_job(call: Call) -> Call:
    return {key: value for key, value in call.items() if key != "job"}


ACTS: dict[str, Callable[[Call, int, Mapping[str, str]], Waybill]] = {
    MAKE: _make,
    MAKE_NUMBERED: _make_numbered,
    REST: _rest,
    REST_NUMBERED: _rest_numbered,
    NUMBER: _number,
    COURIER: _courier,
    VOID: _void,
}


class BatchError(OrderError):
    """A batch that is not started."""


class BatchAgain(BatchError):
    """The same form was sent before: `job` is what it did."""

    def __init__(self, job: Job) -> None:
        super().__init__(str(job))
        self.job = job


def start_waybills(
    *,
    store: Store,
    act: str,
    ids: Sequence[int],
    values: Mapping[str, str],
    actor: User,
    at: datetime,
    slot: str = "",
) -> Job:
    """Do an act to many orders or parcels: at once when they are few, else by the worker.

    Raises:
        BatchAgain: a form with this slot was sent before.
        BatchError: there is no such act, nothing to do, or too much.
    """
    if act not in ACTS:
        raise BatchError(_("Choose what to do with the selected rows."), "field")
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        raise BatchError(_("Select rows first."), "field")
    if len(wanted) > LIMIT:
        raise BatchError(_("That is more than %(count)s parcels. Go in steps.") % {"count": LIMIT}, "field")
    params = {"act": act, "ids": wanted, "values": dict(values), "count": len(wanted)}
    runs_here = len(wanted) <= INLINE_LIMIT
    try:
        with transaction.atomic():
            job = (_begin if runs_here else _queue)(store, params, actor, at, slot or None)
    except IntegrityError:
        if known := Job.objects.filter(kind=KIND, slot=slot, store=store).first():
            raise BatchAgain(known) from None
        raise
    if runs_here:
        _run_here(job, at)
    return job


def _queue(store: Store, params: Mapping[str, Any], actor: User, at: datetime, slot: str | None) -> Job:
    return create_job(store=store, kind=KIND, params=params, actor=actor, at=at, slot=slot)


def _begin(store: Store, params: Mapping[str, Any], actor: User, at: datetime, slot: str | None) -> Job:
    """Write a batch as one that runs under a lease: should this process die, the worker finishes it."""
    return Job.objects.create(
        store=store, kind=KIND, params=dict(params), slot=slot, requested_by=actor, not_before=at, created_at=at,
        started_at=at, state=JobState.RUNNING, token=uuid.uuid4(), attempts=1, rows_total=params["count"],
        lease_expires_at=at + timedelta(seconds=settings.JOB_LEASE_SECONDS),
    )  # fmt: skip


def _run_here(job: Job, at: datetime) -> None:
    run, renewed = JobRun(job), time.monotonic()

    def renew(done: int) -> None:
        nonlocal renewed
        if time.monotonic() - renewed >= _RENEW_SECONDS:
            renewed = time.monotonic()
            run.progress(done)

    try:
        result = run_waybills(job=job, at=at, on_row=renew)
        run.update(
            state=JobState.DONE, result=result, rows_done=job.params["count"], finished_at=at,
            lease_expires_at=None, token=None,
        )  # fmt: skip
    except LeaseLost:  # a worker took it over meanwhile, and finishes it
        job.refresh_from_db()


def run_waybills(*, job: Job, at: datetime, on_row: Callable[[int], None] = lambda _done: None) -> dict[str, int]:
    """Do the batch's act to its rows one by one; those that have a result of an earlier attempt are left alone."""
    kept = {row.position: row for row in job.rows.all()}
    done = 0
    for position, pk in enumerate(job.params["ids"], start=1):
        row = kept.get(position) or _run_one(job, position, pk, at)
        done += row.outcome == JobRow.Outcome.DONE
        on_row(position)
    result = {"done": done, "refused": job.params["count"] - done}
    if job.params["act"] in OF_ORDERS and job.store:
        result["separate"] = separate_count(job.store, job.params["ids"])
    return result


def _run_one(job: Job, position: int, pk: int, at: datetime) -> JobRow:
    row = JobRow(job=job, position=position, subject=_subject(job, pk), outcome=JobRow.Outcome.DONE)
    try:
        with transaction.atomic():
            _fill(row, job, pk, at)
            row.save(force_insert=True)
    except IntegrityError:  # whoever took the batch over was faster
        return job.rows.get(position=position)
    return row


def _fill(row: JobRow, job: Job, pk: int, at: datetime) -> None:
    call = {"store": job.store, "actor": job.requested_by, "at": at, "job": job}
    try:
        with transaction.atomic():
            waybill = ACTS[job.params["act"]](call, pk, job.params["values"])
        row.data = {"waybill": waybill.pk, "number": waybill.number}
        if job.params["act"] in _NUMBERING and not waybill.number:
            row.outcome, row.reason = JobRow.Outcome.SKIPPED, waybill.problem
    except OrderError as error:
        row.outcome, row.reason = JobRow.Outcome.SKIPPED, str(error)
    except (Order.DoesNotExist, Waybill.DoesNotExist):
        row.outcome, row.reason = JobRow.Outcome.SKIPPED, _("It is gone.")


def _subject(job: Job, pk: int) -> str:
    """Return the order's number, or those of the parcel's orders."""
    orders = Order.objects.filter(store=job.store_id)
    found = orders.filter(pk=pk) if job.params["act"] in OF_ORDERS else orders.filter(waybill_lines__waybill=pk)
    numbers = found.order_by("pk").values_list("number", flat=True).distinct()[:4]
    return " + ".join(numbers)[:120] or f"#{pk}"
