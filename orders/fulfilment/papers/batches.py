"""Print batches: asking for one, fetching its file, trying again what failed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.common.access import Right
from backoffice.common.audit import write_audit
from backoffice.common.jobs import create_job
from backoffice.common.models import Job, JobRow, Membership, Store, User
from backoffice.common.models.jobs import JobState
from backoffice.common.sealed_files import opened
from orders.core.models import Order
from orders.fulfilment.models import PrintRecord, Waybill
from orders.fulfilment.papers.content import SORTS
from orders.fulfilment.services.printing import PrintError

KIND = "print"
LIMIT = 1000  # papers in one batch
KEEP = timedelta(hours=24)
AGAIN_ALL, AGAIN_NEW = "all", "new"
Paper = PrintRecord.Paper
_SHIP = frozenset({Right.SHIP})
PAPER_RIGHTS: Mapping[str, frozenset[Right]] = {
    Paper.WAYBILL: _SHIP,
    Paper.PACKING_SLIP: _SHIP,
    Paper.PICKING_LIST: _SHIP,
    Paper.INVOICE_SHEET: frozenset({Right.WORK_ORDERS, Right.EXPORT}),  # who issues invoices
}


class ReprintError(PrintError):
    """Some papers of the batch were printed before, and nobody said what to do about that."""

    def __init__(self, printed: int, total: int) -> None:
        super().__init__(
            ngettext(
                "%(printed)s of %(total)s was printed already. Print again?",
                "%(printed)s of %(total)s were printed already. Print again?",
                printed,
            )
            % {"printed": printed, "total": total},
            "printed",
        )
        self.printed, self.total = printed, total


class PrintRepeatedError(PrintError):
    """The same form was sent before: `job` is what it did."""

    def __init__(self, job: Job) -> None:
        super().__init__(_("This batch was asked for already."))
        self.job = job


@transaction.atomic
def create_print(
    *,
    store: Store,
    actor: User,
    at: datetime,
    paper: str,
    ids: Sequence[int],
    sort: str = "ship_by",
    again: str = "",
    slot: str = "",
    retry_of: Job | None = None,
) -> Job:
    """Write the job that prints: `ids` are waybills for waybills, else orders.

    `again` says what becomes of papers that were printed before: reprints (`all`), or left out (`new`).

    Raises:
        PrintError: no right, no such paper or sort, too many, or none of them is the store's.
        ReprintError: some were printed before and `again` does not say what to do.
        PrintRepeatedError: the form was sent twice.
    """
    check_print_rights(store, actor, paper)
    known = known_ids(store, paper, ids)
    _check_request(known, sort)
    printed = printed_ids(store, paper, known)
    if printed and again not in {AGAIN_ALL, AGAIN_NEW}:
        raise ReprintError(len(printed), len(known))
    wanted = [pk for pk in known if again == AGAIN_ALL or pk not in printed]
    if not wanted:
        raise PrintError(_("All of these were printed already."))
    params = {"paper": paper, "ids": wanted, "sort": sort, "again": again}
    return _make_job(store, params, actor, at, slot, retry_of)


def _check_request(known: Sequence[int], sort: str) -> None:
    if sort not in SORTS:
        raise PrintError(_("Papers cannot be sorted by “%(sort)s”.") % {"sort": sort[:20]}, "field")
    if not known:
        raise PrintError(_("Choose what to print first."), "field")
    if len(known) > LIMIT:
        raise PrintError(_("Print at most %(count)s at once.") % {"count": LIMIT}, "field")


def _make_job(store: Store, params: dict[str, Any], actor: User, at: datetime, slot: str, retry_of: Job | None) -> Job:
    try:
        with transaction.atomic():
            return create_job(
                store=store, kind=KIND, params=params, actor=actor, at=at, slot=slot or None, retry_of=retry_of
            )
    except IntegrityError as error:
        raise PrintRepeatedError(Job.objects.get(kind=KIND, slot=slot)) from error


def check_print_rights(store: Store, actor: User | None, paper: str) -> None:
    """Refuse who may not print this now.

    Raises:
        PrintError: no such paper, or their role does not include it.
    """
    if paper not in PAPER_RIGHTS:
        raise PrintError(_("There is no paper “%(paper)s”.") % {"paper": paper[:20]}, "field")
    member = Membership.objects.active().filter(store=store, user=actor).first() if actor else None
    if member is None or PAPER_RIGHTS[paper].isdisjoint(member.rights):
        raise PrintError(_("Your role does not include printing this."))


def known_ids(store: Store, paper: str, ids: Sequence[int]) -> list[int]:
    """Return those that are the store's, each once, in the order given."""
    rows: QuerySet[Any] = (Waybill if paper == Paper.WAYBILL else Order).objects.for_store(store)
    found = set(rows.filter(pk__in=ids).values_list("pk", flat=True))
    return [pk for pk in dict.fromkeys(ids) if pk in found]


def printed_ids(store: Store, paper: str, ids: Sequence[int]) -> set[int]:
    """Return those whose paper was printed before."""
    if paper == Paper.WAYBILL:
        return set(Waybill.objects.for_store(store).filter(pk__in=ids, print_count__gt=0).values_list("pk", flat=True))
    records = PrintRecord.objects.filter(store=store, order__in=ids, paper=paper)
    return set(records.values_list("order_id", flat=True))


def retry_print(*, job: Job, actor: User, at: datetime, slot: str = "") -> Job:
    """Print what failed in a batch once more, as a new one.

    Raises:
        PrintError: nothing failed, or the person may not print this.
    """
    assert job.store is not None  # noqa: S101 -- a batch belongs to a store
    failed = job.rows.filter(outcome=JobRow.Outcome.FAILED).order_by("position")
    ids = list(dict.fromkeys(row.data["item"] for row in failed))
    if not ids:
        raise PrintError(_("Nothing in this batch failed."))
    again = job.params["again"] or AGAIN_NEW
    return create_print(
        store=job.store, actor=actor, at=at, paper=job.params["paper"], ids=ids, sort=job.params["sort"], again=again,
        slot=slot, retry_of=job,
    )  # fmt: skip


@transaction.atomic
def download_print(*, job: Job, actor: User, at: datetime) -> Iterator[bytes]:
    """Count and log one download, and return the clear bytes of the PDF in blocks.

    Raises:
        PrintError: the person may not have it, the batch has not ended well, or its file was deleted.
    """
    assert job.store is not None  # noqa: S101 -- a batch belongs to a store
    check_print_rights(job.store, actor, job.params["paper"])
    name = str(job.file.name or "")
    if job.is_active or job.state != JobState.DONE:
        raise PrintError(_("These papers are not ready: %(state)s.") % {"state": job.get_state_display()})
    if not has_file(job, at) or not default_storage.exists(name):
        raise PrintError(_("The time of this file is over and it was deleted. Print again."), "gone")
    Job.objects.filter(pk=job.pk).update(downloads=F("downloads") + 1)
    data = {"file": job.file_name, "sha256": job.file_sha256}
    write_audit(store=job.store, actor=actor, action="papers_downloaded", at=at, subject=f"#{job.pk}", data=data)
    return _blocks(job, name)


def _blocks(job: Job, name: str) -> Iterator[bytes]:
    with default_storage.open(name, "rb") as stream:
        yield from opened(stream, name=seal_name(job))


def seal_name(job: Job) -> str:
    """Return what the file of a batch is sealed for: it opens for nothing else."""
    return f"print:{job.pk}"


def has_file(job: Job, at: datetime) -> bool:
    return bool(job.file.name) and job.file_expires_at is not None and job.file_expires_at > at


def items_of(job: Job) -> list[int]:
    """Return the waybills or orders that a batch printed, in the order of its pages."""
    rows = job.rows.filter(outcome=JobRow.Outcome.DONE).order_by("position")
    return list(dict.fromkeys(data["item"] for data in rows.values_list("data", flat=True)))
