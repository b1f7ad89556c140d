"""Batches: one act to many orders, the job of it is the receipt. Undoing and saved views have files of their own."""

import json
import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import IntegrityError, transaction
from django.db.models import Case, CharField, Exists, OuterRef, Q, Value, When
from django.utils.translation import gettext as _

from backoffice.common import sealing
from backoffice.common.jobs import JobRun, LeaseLost, create_job
from backoffice.common.models import Job, JobRow, Store, User
from backoffice.common.models.jobs import JobState
from orders.core.models import Hold, Order
from orders.core.services import OrderError
from orders.core.statuses import STOCK_RULE
from orders.desk.acts import ACTS, CHECK_FIELDS, BulkAct, Call
from orders.desk.claims import next_orders
from orders.desk.kept import choose_columns, delete_view, save_view
from orders.desk.once import BatchRepeatedError, refuse_repeat, wait_for_twin
from orders.desk.refusals import DeskError
from orders.desk.undoing import INLINE_LIMIT, KIND, UNDO_TIME, BulkResult, can_undo, undo_batch, undo_problem

SELECTION_LIMIT = 20_000
_RENEW_SECONDS = 5  # how often a batch in a request says that it is alive


@dataclass(frozen=True, slots=True)
class Item:
    """One order of a batch, with values of its own (a tracking number)."""

    order_id: int
    number: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def packed(self) -> list[Any]:
        return [self.order_id, self.number, dict(self.values)]


@dataclass(frozen=True, slots=True)
class Preview:
    """Which of the selected orders an act applies to, why it leaves the others out, and how many concern people."""

    items: list[Item]
    skipped: Counter[str]
    concerned: int = 0

    @property
    def selected(self) -> int:
        return len(self.items) + self.skipped.total()


def preview_act(
    *, store: Store, act: BulkAct, order_ids: Sequence[int], values: Mapping[str, Any], actor: User, at: datetime
) -> Preview:
    """Say beforehand which orders an act applies to, in the order given; another store's are not among them."""
    fitting: dict[int, Item] = {}
    skipped: Counter[str] = Counter()
    concerned = 0
    orders = Order.objects.for_store(store).annotate(short_kinds=_short_kinds())
    rows = orders.filter(pk__in=order_ids).order_by("pk").values(*CHECK_FIELDS, "short_kinds")
    for row in rows.iterator(chunk_size=2000):
        if reason := act.check(row, values, actor, at):
            skipped[reason] += 1
        else:
            fitting[row["id"]] = Item(row["id"], row["number"])
            concerned += bool(act.concern and act.concern.regards(row))
    return Preview([fitting[pk] for pk in dict.fromkeys(order_ids) if pk in fitting], skipped, concerned)


def _short_kinds() -> Case:
    """Return the kinds of holds that stand for a shortage alone; asked for orders that are held."""
    is_open = Q(released_at__isnull=True)
    others = Hold.objects.filter(is_open, order=OuterRef("order"), kind=OuterRef("kind")).exclude(rule=STOCK_RULE)
    short = Hold.objects.filter(is_open, ~Exists(others), order=OuterRef("pk"), rule=STOCK_RULE).values("kind")
    nothing: Value = Value([], output_field=ArrayField(CharField()))
    return Case(When(hold_kinds=[], then=nothing), default=ArraySubquery(short))


def start_batch(
    *,
    store: Store,
    act: BulkAct,
    items: Sequence[Item],
    values: Mapping[str, Any],
    actor: User,
    at: datetime,
    description: str = "",
    left_out: Mapping[str, int] | None = None,
    retry_of: Job | None = None,
    slot: str = "",
) -> Job:
    """Do an act to many orders: at once when they are few, else by the worker. The job is the receipt.

    Of requests with the same `slot` (orders.desk.once) the first alone acts.

    Raises:
        BatchRepeatedError: this was started before.
        DeskError: there is nothing to do, or too much.
    """
    if not items:
        raise DeskError(_("There is no order that this applies to."))
    refuse_too_many(act, len(items))
    work = {"values": dict(values), "items": [item.packed() for item in items]}
    params = {"act": act.key, "count": len(items), "description": description[:300], "work": _seal(work, store)}
    if left_out:
        params["left_out"] = dict(left_out)
    facts: dict[str, Any] = {"store": store, "kind": KIND, "params": params, "slot": slot or None, "retry_of": retry_of}
    runs_here = len(items) <= (act.here or INLINE_LIMIT)
    try:
        with transaction.atomic():
            job = _begin(facts, actor, at) if runs_here else create_job(actor=actor, at=at, **facts)
    except IntegrityError:
        refuse_repeat(slot)
        raise
    return _run_here(job, store=store, actor=actor, at=at) if runs_here else job


def refuse_too_many(act: BulkAct, count: int) -> None:
    """Refuse more orders than the act takes at once.

    Raises:
        DeskError: it says how many it takes.
    """
    most = act.most or SELECTION_LIMIT
    if count > most:
        raise DeskError(_("That is more than %(count)s orders. Narrow the filter and go in steps.") % {"count": most})


def _begin(facts: Mapping[str, Any], actor: User, at: datetime) -> Job:
    """Write a batch as one that runs under a lease: should this process die, the worker finishes it."""
    return Job.objects.create(
        **facts,
        requested_by=actor,
        not_before=at,
        created_at=at,
        started_at=at,
        state=JobState.RUNNING,
        token=uuid.uuid4(),
        lease_expires_at=at + timedelta(seconds=settings.JOB_LEASE_SECONDS),
        attempts=1,
        rows_total=facts["params"]["count"],
    )


def _run_here(job: Job, *, store: Store, actor: User, at: datetime) -> Job:
    """Do a batch in the request and write how it ended; a worker that took it over meanwhile does so instead."""
    run, began = JobRun(job), time.monotonic()
    renewed = began

    def renew(position: int) -> None:
        nonlocal renewed
        now = time.monotonic()
        if now - renewed >= _RENEW_SECONDS:
            renewed, lease = now, now - began + settings.JOB_LEASE_SECONDS
            run.update(rows_done=position, lease_expires_at=at + timedelta(seconds=lease))

    try:
        result = run_items(job=job, store=store, actor=actor, at=at, on_row=renew)
        run.update(
            state=JobState.DONE,
            result=ended(job, result),
            rows_done=job.params["count"],
            finished_at=at,
            lease_expires_at=None,
            token=None,
        )
    except LeaseLost:
        job.refresh_from_db()
    return job


def add_left_out(*, job: Job, rows: Sequence[tuple[str, str]]) -> None:
    """Add rows that were never tried to the receipt, after those that were: number and reason."""
    first = job.params["count"] + 1
    JobRow.objects.bulk_create(
        JobRow(job=job, position=position, subject=number[:120], outcome=JobRow.Outcome.SKIPPED, reason=reason)
        for position, (number, reason) in enumerate(rows, start=first)
    )


def ended(job: Job, result: BulkResult) -> dict[str, Any]:
    """Return what is known of a batch whose orders are through, once what follows from it was started."""
    after = ACTS[job.params["act"]].after
    found: dict[str, Any] = {"done": len(result.done), "refused": len(result.refused)}
    return found | (after(job, work_of(job)[1]) if after and result.done else {})


def _seal(work: Mapping[str, Any], store: Store) -> str:
    """Remarks and the like may name people: they lie sealed in the job."""
    return sealing.seal_text(json.dumps(work, ensure_ascii=False, separators=(",", ":")), context=f"batch:{store.pk}")


def work_of(job: Job) -> tuple[list[Item], dict[str, Any]]:
    """Return the orders and the values of a batch."""
    work = json.loads(sealing.unseal_text(job.params["work"], context=f"batch:{job.store_id}"))
    return [Item(*packed) for packed in work["items"]], work["values"]


def run_items(*, job: Job, store: Store, actor: User, at: datetime, on_row: Any = None) -> BulkResult:
    """Do the batch's act to its orders one by one, each with its result row in one transaction.

    Orders that have a row already (of an attempt that was interrupted) are left alone.
    """
    act, (items, values) = ACTS[job.params["act"]], work_of(job)
    result = BulkResult()
    kept = {row.position: row for row in job.rows.all()}
    for position, item in enumerate(items, start=1):
        row = kept.get(position) or _run_item(job, act, item, values, position, store=store, actor=actor, at=at)
        if row.outcome == JobRow.Outcome.DONE:
            result.done.append(item.order_id)
        else:
            result.refused[item.order_id] = row.reason
        if on_row is not None:
            on_row(position)
    return result


def _run_item(
    job: Job,
    act: BulkAct,
    item: Item,
    values: Mapping[str, Any],
    position: int,
    *,
    store: Store,
    actor: User,
    at: datetime,
) -> JobRow:
    call = Call(store=store, order_id=item.order_id, actor=actor, at=at, job=job)
    row = JobRow(
        job=job, position=position, subject=item.number, outcome=JobRow.Outcome.DONE, data={"order": item.order_id}
    )
    try:
        with transaction.atomic():
            _fill_row(row, act, call, {**values, **item.values})
            row.save(force_insert=True)
    except IntegrityError:
        if other := job.rows.filter(position=position).first():  # whoever took the batch over was faster
            return other
        raise
    return row


def _fill_row(row: JobRow, act: BulkAct, call: Call, values: Mapping[str, Any]) -> None:
    """Do the act to one order, and note what became of it."""
    try:
        with transaction.atomic():
            row.data["undo"] = act.run(call, values)
    except (OrderError, Order.DoesNotExist) as error:
        row.outcome = JobRow.Outcome.SKIPPED
        row.reason = str(error) if isinstance(error, OrderError) else _("The order is gone.")


def retry_batch(*, store: Store, job: Job, actor: User, at: datetime, slot: str = "") -> Job:
    """Try again the orders of a batch that were refused, or that it never came to.

    Raises:
        BatchRepeatedError: this was started before.
        DeskError: there is none, or the batch is not through.
    """
    if job.is_active:
        raise DeskError(_("The worker is still at it; what it leaves out can be tried again when it is through."))
    refuse_repeat(slot)
    items, values = work_of(job)
    done = set(job.rows.filter(outcome=JobRow.Outcome.DONE).values_list("position", flat=True))
    again = [item for position, item in enumerate(items, start=1) if position not in done]
    return start_batch(
        store=store,
        act=ACTS[job.params["act"]],
        items=again,
        values=values,
        actor=actor,
        at=at,
        description=job.params.get("description", ""),
        retry_of=job,
        slot=slot,
    )


@transaction.atomic
def claim_next(
    *, store: Store, actor: User, at: datetime, count: int = 20, sub: str = "", slot: str = ""
) -> Job | None:
    """Claim the most urgent orders that are nobody's, of one sub-queue or of all that can be worked on; None: no such.

    Two people who ask at once get different orders: rows that the other holds are skipped.

    Raises:
        BatchRepeatedError: this was started before.
    """
    wait_for_twin(slot)
    refuse_repeat(slot)
    items = [Item(*order) for order in next_orders(store=store, user=actor, at=at, count=count, sub=sub)]
    if not items:
        return None
    return start_batch(store=store, act=ACTS["claim"], items=items, values={}, actor=actor, at=at, slot=slot)


__all__ = [
    "INLINE_LIMIT",
    "KIND",
    "SELECTION_LIMIT",
    "UNDO_TIME",
    "BatchRepeatedError",
    "BulkResult",
    "DeskError",
    "Item",
    "Preview",
    "add_left_out",
    "can_undo",
    "choose_columns",
    "claim_next",
    "delete_view",
    "ended",
    "preview_act",
    "refuse_too_many",
    "retry_batch",
    "run_items",
    "save_view",
    "start_batch",
    "undo_batch",
    "undo_problem",
    "work_of",
]
