"""Rows of refund lists that could not be taken in: kept sealed, fixed and tried again, or dropped."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from aftersales.refunds.files.formats import CaseParser
from aftersales.refunds.files.headers import recognise
from aftersales.refunds.files.recording import QUARANTINED, record_case
from aftersales.refunds.files.records import CaseRecord
from backoffice.common.masking import mask_text
from backoffice.common.models import Store, User
from backoffice.common.sealing import seal_json, unseal_json
from orders.intake.formats import Cell, RowError
from orders.intake.models import ImportFile, QuarantinedRow
from orders.intake.quarantine import RETRIED_AT_ONCE, OpenRow, QuarantineError, gone_sentence, json_cell, sealed_context
from orders.intake.queries import REFUNDS

Bad = tuple[int, Sequence[Cell], RowError | str]
_REASON, _COLUMN = 300, 60


def save_bad_rows(file: ImportFile, header: Sequence[str], bad: Sequence[Bad]) -> None:
    """Keep rows that could not be taken in, each once."""
    rows = [
        QuarantinedRow(
            store_id=file.store_id, file=file, line=line, **_why(error),
            sealed=_seal(file.store_id, file.pk, header, [json_cell(cell) for cell in cells]),
        )
        for line, cells, error in bad
    ]  # fmt: skip
    QuarantinedRow.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def _why(error: RowError | str) -> dict[str, str]:
    if isinstance(error, RowError):
        return {"column": error.column[:_COLUMN], "reason": error.reason[:_REASON]}
    return {"column": "", "reason": mask_text(error)[:_REASON]}


def _seal(store_id: int, file_id: int, header: Sequence[str], cells: Sequence[Any]) -> bytes:
    return seal_json({"header": list(header), "cells": list(cells)}, context=sealed_context(store_id, file_id))


def open_rows(store: Store, *, file_id: int | None = None) -> QuerySet[QuarantinedRow]:
    """Return the rows of the store's refund lists that wait to be fixed."""
    rows = QuarantinedRow.objects.for_store(store).open().filter(file__format=REFUNDS)
    rows = rows.select_related("file").defer("file__preview")
    return rows if file_id is None else rows.filter(file_id=file_id)


def open_row(row: QuarantinedRow) -> OpenRow:
    """Open a row.

    Raises:
        QuarantineError: what it held was deleted after its time.
    """
    if row.sealed is None:
        raise QuarantineError(gone_sentence(row))
    data = unseal_json(row.sealed, context=sealed_context(row.store_id, row.file_id))
    return OpenRow(row, recognise(data["header"]), data["cells"])


@transaction.atomic
def _put(store: Store, row_id: int, values: Mapping[int, str]) -> OpenRow:
    """Put new texts into the cells (by index) of a waiting row."""
    row = open_rows(store).select_for_update(of=("self",)).get(pk=row_id)
    opened = open_row(row)
    cells = [*opened.cells, *[None] * (len(opened.match.header) - len(opened.cells))]
    for index, text in values.items():
        if 0 <= index < len(cells):
            cells[index] = text
    row.sealed = _seal(row.store_id, row.file_id, opened.match.header, cells)
    row.save(update_fields=["sealed"])
    return OpenRow(row, opened.match, cells)


def fix_row(
    *, store: Store, row_id: int, values: Mapping[int, str], actor: User | None, at: datetime
) -> QuarantinedRow:
    """Put new texts into cells of a waiting row and take it in; a row that stays bad keeps the new texts.

    Raises:
        QuarantinedRow.DoesNotExist: the store has no such open row.
        QuarantineError: it still cannot be taken in.
    """
    opened = _put(store, row_id, values)
    if not _retried(store, opened, actor, at):
        raise QuarantineError(opened.row.reason)
    return opened.row


def retry_file(*, store: Store, file_id: int, actor: User | None, at: datetime) -> tuple[int, int]:
    """Try the file's waiting rows again, so many at once; return how many were taken in and how many stay."""
    rows = open_rows(store, file_id=file_id).filter(sealed__isnull=False).order_by("line")[:RETRIED_AT_ONCE]
    done = sum(_retried(store, open_row(row), actor, at) for row in rows)
    return done, open_rows(store, file_id=file_id).count()


def drop_row(*, store: Store, row_id: int, actor: User | None, at: datetime) -> QuarantinedRow:
    """Give a row up: it leaves the list and what it held is wiped.

    Raises:
        QuarantinedRow.DoesNotExist: the store has no such open row.
    """
    with transaction.atomic():
        row = open_rows(store).select_for_update(of=("self",)).get(pk=row_id)
        _resolve(row, "dropped", actor, at)
    return row


@transaction.atomic
def _retried(store: Store, opened: OpenRow, actor: User | None, at: datetime) -> bool:
    """Try a row; one that a colleague settled meanwhile is settled, and counted once."""
    row = opened.row
    if open_rows(store).select_for_update(of=("self",)).filter(pk=row.pk).first() is None:
        return True
    found = _parse(opened, at)
    error = found if isinstance(found, RowError) else _recorded(store, found, row, at)
    if error is None:
        _resolve(row, "imported", actor, at)
        return True
    for name, value in _why(error).items():
        setattr(row, name, value)
    row.save(update_fields=["column", "reason"])
    return False


def _parse(opened: OpenRow, at: datetime) -> CaseRecord | RowError:
    snapshot_at = opened.row.file.snapshot_at or opened.row.file.finished_at or at
    return CaseParser(opened.match).parse(opened.row.line, opened.cells, snapshot_at=snapshot_at)


def _recorded(store: Store, record: CaseRecord, row: QuarantinedRow, at: datetime) -> str | None:
    """Take the case in, and count it where it belongs now; else return why it cannot be."""
    outcome = record_case(store=store, record=record, at=at, job=row.file.job)
    if outcome.code == QUARANTINED:
        return outcome.reason
    file = ImportFile.objects.select_for_update(of=("self",)).get(pk=row.file_id)
    counts = dict(file.counts)
    for name, step in ((outcome.code, 1), ("waiting", int(outcome.is_waiting)), (QUARANTINED, -1)):
        counts[name] = max(counts.get(name, 0) + step, 0)
    file.counts = counts
    file.save(update_fields=["counts"])
    return None


def _resolve(row: QuarantinedRow, resolution: str, actor: User | None, at: datetime) -> None:
    row.resolved_at, row.resolved_by, row.resolution, row.sealed = at, actor, resolution, None
    row.save(update_fields=["resolved_at", "resolved_by", "resolution", "sealed"])
