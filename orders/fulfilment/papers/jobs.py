"""The handler of print jobs: each paper is recorded in a transaction of its own, then all are set as one PDF."""

import os
from collections.abc import Sequence
from datetime import datetime
from typing import IO, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.common.files import scratch_file
from backoffice.common.jobs import JobRefused, JobRun
from backoffice.common.models import Job, JobRow, Store
from backoffice.common.sealed_files import SealingWriter
from orders.core.models import Order
from orders.core.services import OrderError
from orders.fulfilment.models import PrintRecord, Waybill
from orders.fulfilment.papers.batches import (
    AGAIN_ALL,
    KEEP,
    check_print_rights,
    items_of,
    printed_ids,
    seal_name,
)
from orders.fulfilment.papers.documents import write_document
from orders.fulfilment.papers.fonts import PaperError, load_fonts
from orders.fulfilment.papers.sorting import Item, sorted_items
from orders.fulfilment.services.printing import PrintError, record_print, record_waybill_print

Paper = PrintRecord.Paper
Outcome = JobRow.Outcome


class _PrintedMeanwhile(Exception):
    """Nobody has agreed to a second one: nothing of it is recorded."""


def run_print(run: JobRun) -> dict[str, Any]:
    """Print one batch; an attempt that was interrupted goes on where it stopped, and counts no paper twice."""
    job = run.job
    if job.store is None or job.requested_by is None:
        raise JobRefused("A print batch belongs to a store and a person.")
    try:
        check_print_rights(job.store, job.requested_by, job.params["paper"])
        load_fonts()  # before anything is recorded as printed
    except (PrintError, PaperError) as error:
        raise JobRefused(str(error)) from error
    _record_all(run, job.store)
    ids = items_of(job)
    if ids:
        _make_file(run, job.store, ids)
    counts = {outcome.value: job.rows.filter(outcome=outcome).count() for outcome in Outcome}
    return {**counts, "papers": len(ids)}


def _record_all(run: JobRun, store: Store) -> None:
    job = run.job
    items = sorted_items(store, job.params["paper"], job.params["ids"], job.params["sort"])
    seen = {data["item"] for data in job.rows.values_list("data", flat=True)}
    position = job.rows.count()
    run.progress(len(seen), len(items))
    for count, item in enumerate(items, start=1):
        if item.pk in seen:
            continue
        position += _record_item(job, store, item, position)
        run.progress(count)
    run.update(rows_done=len(items))


def _record_item(job: Job, store: Store, item: Item, position: int) -> int:
    """Record one paper, or why it is not printed; return how many rows of the receipt it has."""
    try:
        with transaction.atomic():
            problem = _record(job, store, item)
            rows = _rows(job, item, position, Outcome.SKIPPED if problem else Outcome.DONE, problem)
            JobRow.objects.bulk_create(rows)
    except _PrintedMeanwhile:
        rows = _rows(job, item, position, Outcome.SKIPPED, _("printed already"))
        JobRow.objects.bulk_create(rows)
    except OrderError as error:
        rows = _rows(job, item, position, Outcome.FAILED, str(error))
        JobRow.objects.bulk_create(rows)
    except (Order.DoesNotExist, Waybill.DoesNotExist):
        rows = _rows(job, item, position, Outcome.FAILED, _("It is gone."))
        JobRow.objects.bulk_create(rows)
    return len(rows)


def _rows(job: Job, item: Item, position: int, outcome: str, reason: str) -> list[JobRow]:
    orders = item.orders or [(0, f"#{item.pk}")]
    return [
        JobRow(
            job=job, position=position + place, subject=number, outcome=outcome, reason=reason,
            data={"item": item.pk, "order": pk},
        )
        for place, (pk, number) in enumerate(orders, start=1)
    ]  # fmt: skip


def _record(job: Job, store: Store, item: Item) -> str:
    """Record the paper; return why it is left out, if it is: somebody printed it since the batch was asked for.

    Raises:
        _PrintedMeanwhile: another batch printed it while this one waited for its lock.
    """
    paper, may_repeat = job.params["paper"], job.params["again"] == AGAIN_ALL
    if not may_repeat and item.pk in printed_ids(store, paper, [item.pk]):
        return _("printed already")
    if _print(job, store, item) and not may_repeat:
        raise _PrintedMeanwhile
    return ""


def _print(job: Job, store: Store, item: Item) -> bool:
    """Record the paper under its lock; tell whether it was printed before."""
    paper, at = job.params["paper"], timezone.now()
    if paper == Paper.WAYBILL:
        waybill = record_waybill_print(store=store, waybill_id=item.pk, actor=job.requested_by, at=at, job=job)
        return waybill.print_count > 1
    record = record_print(store=store, order_id=item.pk, actor=job.requested_by, at=at, paper=paper, job=job)
    earlier = PrintRecord.objects.filter(store=store, order_id=item.pk, paper=paper)
    return earlier.exclude(pk=record.pk).exists()


def _make_file(run: JobRun, store: Store, ids: Sequence[int]) -> None:
    """Set the papers, sealed while they are written, and keep the file for a day."""
    job, now = run.job, timezone.now()
    with scratch_file(f"print-{job.pk}", "pdf") as path:
        with path.open("wb") as target:
            sealing = _write(target, job, store, ids, now)
            target.flush()
            os.fsync(target.fileno())
        run.save_file(path, name=file_name(job, now), expires_at=timezone.now() + KEEP)
    run.update(file_size=sealing.size, file_sha256=sealing.sha256)


def _write(target: IO[bytes], job: Job, store: Store, ids: Sequence[int], now: datetime) -> SealingWriter:
    sealing = SealingWriter(target, name=seal_name(job))
    write_document(sealing, store=store, paper=job.params["paper"], ids=ids, now=now)  # type: ignore[arg-type]
    sealing.finish()
    return sealing


def file_name(job: Job, now: datetime) -> str:
    """Return what the downloaded file is called; one with clear text names who asked for it."""
    code = job.store.code if job.store else ""
    parts = [job.params["paper"].replace("_", "-"), code, f"{timezone.localtime(now):%Y%m%d-%H%M}"]
    if job.params["paper"] == Paper.WAYBILL and job.requested_by is not None:
        parts += ["CLEAR", job.requested_by.username]
    return f"{'-'.join([*parts, str(job.pk)])}.pdf"
