"""What the desk writes: batches of acts, saved views, the columns a person sees."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common import sealing
from backoffice.common.jobs import create_job
from backoffice.common.models import Job, JobRow, Membership, Store, User
from backoffice.common.models.jobs import JobState
from orders.core.models import Order
from orders.core.services import OrderError
from orders.desk.acts import ACTS, CHECK_FIELDS, BulkAct, Call
from orders.desk.columns import LIST_NAME, known_columns
from orders.desk.models import SavedView

KIND = "bulk_act"
INLINE_LIMIT = 500  # more orders than this are done by the worker
SELECTION_LIMIT = 20_000
UNDO_TIME = timedelta(minutes=15)
MAX_VIEWS = 50


class DeskError(Exception):
    """A refusal of the desk, with a sentence for staff."""


@dataclass(slots=True)
class BulkResult:
    """What became of each order: done, or refused with the reason."""

    done: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)


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
    """Which of the selected orders an act applies to, and why it leaves the others out."""

    items: list[Item]
    skipped: Counter[str]

    @property
    def selected(self) -> int:
        return len(self.items) + self.skipped.total()


def preview_act(
    *, store: Store, act: BulkAct, order_ids: Sequence[int], values: Mapping[str, Any], actor: User, at: datetime
) -> Preview:
    """Say beforehand which orders an act applies to; another store's are not among them."""
    preview = Preview([], Counter())
    rows = Order.objects.for_store(store).filter(pk__in=order_ids).order_by("pk").values(*CHECK_FIELDS)
    for row in rows.iterator(chunk_size=2000):
        if reason := act.check(row, values, actor, at):
            preview.skipped[reason] += 1
        else:
            preview.items.append(Item(row["id"], row["number"]))
    return preview


def start_batch(
    *,
    store: Store,
    act: BulkAct,
    items: Sequence[Item],
    values: Mapping[str, Any],
    actor: User,
    at: datetime,
    description: str = "",
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


def can_undo(job: Job, *, actor: User, at: datetime) -> bool:
    """Tell whether a batch can be taken back: by whom did it, in time, and where the act allows it."""
    act = ACTS.get(job.params.get("act", ""))
    is_fresh = job.finished_at is not None and at - job.finished_at <= UNDO_TIME
    is_new = not job.result.get("undone")
    return bool(act and act.undo and is_fresh and is_new and job.requested_by_id == actor.pk and job.result.get("done"))


def undo_batch(*, store: Store, job: Job, actor: User, at: datetime) -> BulkResult:
    """Take back what a batch did, order by order; what has moved on since stays and says why.

    Raises:
        DeskError: it cannot be undone, or not any more.
    """
    with transaction.atomic():
        job = Job.objects.for_store(store).select_for_update(of=("self",)).get(pk=job.pk, kind=KIND)
        if not can_undo(job, actor=actor, at=at):
            raise DeskError(_("This can be undone for 15 minutes by the person who did it; that time has passed."))
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
        result.refused[order_id] = str(error)
    else:
        result.done.append(order_id)


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
def claim_next(*, store: Store, actor: User, at: datetime, count: int = 20) -> Job | None:
    """Claim the most urgent orders that are ready and nobody's; None when there are none.

    Two people who ask at once get different orders: rows that the other holds are skipped.
    """
    ready = Order.objects.for_store(store).pending_shipment().ready().unclaimed(at).order_by("ship_by", "pk")
    orders = list(ready.select_for_update(skip_locked=True, of=("self",)).values_list("pk", "number")[:count])
    if not orders:
        return None
    items = [Item(pk, number) for pk, number in orders]
    return start_batch(store=store, act=ACTS["claim"], items=items, values={}, actor=actor, at=at)


# Saved views and columns


@transaction.atomic
def save_view(*, store: Store, owner: User, name: str, query: str, is_shared: bool, at: datetime) -> SavedView:
    """Keep a filter under a name; the person's view of that name is replaced.

    Raises:
        DeskError: the person has too many.
    """
    view = SavedView.objects.filter(store=store, owner=owner, name=name).first()
    if view is None:
        if SavedView.objects.filter(store=store, owner=owner).count() >= MAX_VIEWS:
            raise DeskError(_("You have %(count)s saved views already. Delete one first.") % {"count": MAX_VIEWS})
        view = SavedView(store=store, owner=owner, name=name, created_at=at)
    view.query, view.is_shared = query, is_shared
    view.save()
    return view


def delete_view(*, store: Store, view_id: int, actor: User, may_manage: bool) -> None:
    """Delete an own view, or with the manager's right a shared one.

    Raises:
        SavedView.DoesNotExist: there is no such view for this person.
    """
    views = SavedView.objects.filter(store=store)
    view = (
        views.get(pk=view_id, is_shared=True)
        if may_manage and not views.filter(pk=view_id, owner=actor).exists()
        else views.get(pk=view_id, owner=actor)
    )
    view.delete()


@transaction.atomic
def choose_columns(*, membership: Membership, columns: Iterable[str] | None) -> Membership:
    """Keep which columns a person sees in the queue; None brings the standard ones back."""
    membership = Membership.objects.select_for_update(of=("self",)).get(pk=membership.pk)
    settings = {key: value for key, value in membership.preferences.get(LIST_NAME, {}).items() if key != "columns"}
    if columns is not None:
        settings["columns"] = known_columns(columns)
    membership.preferences = {**membership.preferences, LIST_NAME: settings}
    membership.save(update_fields=["preferences"])
    return membership
