"""Batches: one act to many orders, the job of it is the receipt. Undoing and saved views have files of their own."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common import sealing
from backoffice.common.jobs import create_job
from backoffice.common.models import Job, JobRow, Store, User
from backoffice.common.models.jobs import JobState
from orders.core.models import Order
from orders.core.services import OrderError
from orders.desk.acts import ACTS, CHECK_FIELDS, BulkAct, Call
from orders.desk.claims import next_orders
from orders.desk.kept import choose_columns, delete_view, save_view
from orders.desk.refusals import DeskError
from orders.desk.undoing import KIND, UNDO_TIME, BulkResult, can_undo, undo_batch, undo_problem

INLINE_LIMIT = 500  # more orders than this are done by the worker
SELECTION_LIMIT = 20_000


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
    rows = Order.objects.for_store(store).filter(pk__in=order_ids).order_by("pk").values(*CHECK_FIELDS)
    for row in rows.iterator(chunk_size=2000):
        if reason := act.check(row, values, actor, at):
            skipped[reason] += 1
        else:
            fitting[row["id"]] = Item(row["id"], row["number"])
            concerned += bool(act.concern and act.concern.regards(row))
    return Preview([fitting[pk] for pk in dict.fromkeys(order_ids) if pk in fitting], skipped, concerned)


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
) -> Job:
    """Do an act to many orders: at once when they are few, else by the worker. The job is the receipt.

    Raises:
        DeskError: there is nothing to do, or too much.
    """
    if not items:
        raise DeskError(_("There is no order that this applies to."))
    if len(items) > SELECTION_LIMIT:
        raise DeskError(
            _("That are more than %(count)s orders. Narrow the filter and go in steps.") % {"count": SELECTION_LIMIT}
        )
    work = {"values": dict(values), "items": [item.packed() for item in items]}
    params = {"act": act.key, "count": len(items), "description": description[:300], "work": _seal(work, store)}
    if left_out:
        params["left_out"] = dict(left_out)
    if len(items) > INLINE_LIMIT:
        return create_job(store=store, kind=KIND, params=params, actor=actor, at=at, retry_of=retry_of)
    job = Job.objects.create(
        store=store,
        kind=KIND,
        params=params,
        requested_by=actor,
        not_before=at,
        created_at=at,
        started_at=at,
        finished_at=at,
        state=JobState.DONE,
        rows_total=len(items),
        rows_done=len(items),
        retry_of=retry_of,
    )
    result = run_items(job=job, store=store, actor=actor, at=at)
    job.result = summary(result)
    job.save(update_fields=["result"])
    return job


def add_left_out(*, job: Job, rows: Sequence[tuple[str, str]]) -> None:
    """Add rows that were never tried to the receipt, after those that were: number and reason."""
    first = job.params["count"] + 1
    JobRow.objects.bulk_create(
        JobRow(job=job, position=position, subject=number[:120], outcome=JobRow.Outcome.SKIPPED, reason=reason)
        for position, (number, reason) in enumerate(rows, start=first)
    )


def summary(result: BulkResult) -> dict[str, int]:
    return {"done": len(result.done), "refused": len(result.refused)}


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
    with transaction.atomic():
        try:
            with transaction.atomic():
                row.data["undo"] = act.run(call, {**values, **item.values})
        except (OrderError, Order.DoesNotExist) as error:
            row.outcome = JobRow.Outcome.SKIPPED
            row.reason = str(error) if isinstance(error, OrderError) else _("The order is gone.")
        row.save(force_insert=True)
    return row


def retry_batch(*, store: Store, job: Job, actor: User, at: datetime) -> Job:
    """Try again the orders of a batch that were refused.

    Raises:
        DeskError: none was.
    """
    items, values = work_of(job)
    left = set(job.rows.exclude(outcome=JobRow.Outcome.DONE).values_list("position", flat=True))
    again = [item for position, item in enumerate(items, start=1) if position in left]
    return start_batch(
        store=store,
        act=ACTS[job.params["act"]],
        items=again,
        values=values,
        actor=actor,
        at=at,
        description=job.params.get("description", ""),
        retry_of=job,
    )


@transaction.atomic
def claim_next(*, store: Store, actor: User, at: datetime, count: int = 20, sub: str = "") -> Job | None:
    """Claim the most urgent orders that are nobody's, of one sub-queue or of all that can be worked on; None: no such.

    Two people who ask at once get different orders: rows that the other holds are skipped.
    """
    items = [Item(*order) for order in next_orders(store=store, user=actor, at=at, count=count, sub=sub)]
    if not items:
        return None
    return start_batch(store=store, act=ACTS["claim"], items=items, values={}, actor=actor, at=at)


__all__ = [
    "INLINE_LIMIT",
    "KIND",
    "SELECTION_LIMIT",
    "UNDO_TIME",
    "BulkResult",
    "DeskError",
    "Item",
    "Preview",
    "add_left_out",
    "can_undo",
    "choose_columns",
    "claim_next",
    "delete_view",
    "preview_act",
    "retry_batch",
    "run_items",
    "save_view",
    "start_batch",
    "summary",
    "undo_batch",
    "undo_problem",
    "work_of",
]
