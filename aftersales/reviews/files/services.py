"""Files of reviews: uploaded, looked through, read in by the worker or a command; one twice changes nothing."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.db import transaction

from aftersales.reviews.files.preview import MODULE
from aftersales.reviews.files.reading import BadRow, ReviewFile, open_reviews
from aftersales.reviews.queries.shop import settings_of
from aftersales.reviews.services.base import Doing
from aftersales.reviews.services.batches import record_batch
from aftersales.reviews.services.recording import (
    CREATED,
    STALE,
    UNCHANGED,
    UPDATED,
    Recorded,
    tell_of_poor,
)
from aftersales.reviews.services.records import ReviewRecord
from backoffice.common.masking import mask_text
from backoffice.common.models import Job, Store, User
from backoffice.common.sheets.errors import SheetError
from orders.core.services import OrderError
from orders.core.statuses import EventSource
from orders.intake.engine import ImportRefused
from orders.intake.formats import snapshot_from_name
from orders.intake.models import ImportFile
from orders.intake.queries import REVIEWS
from orders.intake.sheet_files import keep_sheet, start_sheet

KIND = "review_import"
KEPT_PROBLEMS = 500
_STEP = 200
Progress = Callable[[int], None]


def create_review_upload(*, store: Store, name: str, stream: IO[bytes], actor: User | None, at: datetime) -> ImportFile:
    """Keep an uploaded file of reviews, sealed, and look through it; nothing is read in yet.

    Raises:
        UploadError: it is larger than the limit.
    """
    return keep_sheet(store=store, name=name, stream=stream, sheet_format=REVIEWS, module=MODULE, actor=actor, at=at)


def start_review_import(*, store: Store, file_id: int, actor: User | None, at: datetime) -> Job:
    """Have the worker read an uploaded file in.

    Raises:
        ImportFile.DoesNotExist: the store has no such file.
        UploadError: it is read already, was deleted, or cannot be read.
    """
    return start_sheet(store=store, file_id=file_id, sheet_format=REVIEWS, kind=KIND, actor=actor, at=at)


def import_review_file(
    *, file: ImportFile, path: Path, at: datetime, job: Job | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """Take in every row of the clear copy, and write down what became of them.

    Raises:
        ImportRefused: the file is refused whole.
    """
    snapshot_at = file.snapshot_at or snapshot_from_name(file.name) or file.uploaded_at
    doing = Doing(None, at, EventSource.PLATFORM, job)
    counts = import_reviews(
        store=file.store, path=path, name=file.name, snapshot_at=snapshot_at, doing=doing, progress=progress
    )
    ImportFile.objects.filter(pk=file.pk).update(state=ImportFile.State.DONE, counts=counts, finished_at=at, error="")
    return counts


def import_reviews(
    *,
    store: Store,
    path: Path,
    name: str,
    snapshot_at: datetime,
    doing: Doing,
    progress: Progress | None = None,
    is_dry_run: bool = False,
) -> dict[str, Any]:
    """Take in a file; a dry run takes it back at the end. `rows` is the sum of what became of them.

    Raises:
        ImportRefused: the file is refused whole.
    """
    with open_reviews(path, name=name) as file:
        report = _Report(store, doing)
        if not is_dry_run:
            return report.take_all(file, snapshot_at, progress)
        with transaction.atomic():
            counts = report.take_all(file, snapshot_at, progress)
            transaction.set_rollback(True)
        return counts


class _Report:
    """Takes rows in, a batch at a time in a transaction of its own, and counts what became of them."""

    def __init__(self, store: Store, doing: Doing) -> None:
        self.store, self.doing, self.settings = store, doing, settings_of(store)
        self._counts: Counter[str] = Counter()
        self._problems: list[list[Any]] = []
        self._told: list[Recorded] = []

    def take_all(self, file: ReviewFile, snapshot_at: datetime, progress: Progress | None) -> dict[str, Any]:
        rows, batch = 0, list[tuple[int, ReviewRecord]]()
        try:
            for line, row in file.rows(snapshot_at=snapshot_at):
                rows += 1
                if isinstance(row, BadRow):
                    self._refuse(line, row.reason)
                else:
                    batch.append((line, row))
                if len(batch) >= _STEP:
                    batch = self._take(batch)
                if progress is not None and rows % _STEP == 0:
                    progress(rows)
            self._take(batch)
        except SheetError as error:
            self._take(batch)  # what stands before the damage
            raise ImportRefused(str(error)) from error
        finally:
            tell_of_poor(self.store, self._told, self.doing.at)
        known = {name: self._counts[name] for name in (CREATED, UPDATED, UNCHANGED, STALE)}
        problems = sorted(self._problems)[:KEPT_PROBLEMS]
        return {"rows": rows, **known, "quarantined": self._counts["quarantined"], "problems": problems}

    def _take(self, batch: list[tuple[int, ReviewRecord]]) -> list[tuple[int, ReviewRecord]]:
        """Take a batch in; return the next one, which is empty."""
        done = record_batch(self.store, [row for _line, row in batch], self.settings, self.doing)
        for (line, _row), one in zip(batch, done, strict=True):
            if isinstance(one, OrderError):
                self._refuse(line, str(one))
                continue
            self._counts[one.outcome] += 1
            if one.task is not None:
                self._told.append(one)
        return []

    def _refuse(self, line: int, reason: str) -> None:
        self._counts["quarantined"] += 1
        if len(self._problems) < KEPT_PROBLEMS + _STEP:  # those of a batch come late, and are put in their places
            self._problems.append([line, mask_text(reason)])
