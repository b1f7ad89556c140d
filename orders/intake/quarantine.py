"""Rows that could not be imported: kept sealed with line and reason, fixed and tried again, or dropped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from backoffice.common.models import Store, User
from backoffice.common.sealing import seal_json, unseal_json
from orders.intake.engine import Batch, Counts, merge_lines, merge_orders
from orders.intake.engine.importer import BadRow, LineKeys
from orders.intake.formats import (
    ORDER_DETAIL,
    DetailParser,
    FormatMatch,
    LineRecord,
    OrderListParser,
    OrderRecord,
    RowError,
    recognise,
    snapshot_from_name,
)
from orders.intake.models import ImportFile, QuarantinedRow

_REASON, _COLUMN = 300, 60
RETRIED_AT_ONCE = 2000


class QuarantineError(Exception):
    """A quarantined row that cannot be imported or dropped, with a sentence for staff."""


@dataclass(frozen=True)
class OpenRow:
    """A quarantined row, opened: what an edit needs."""

    row: QuarantinedRow
    match: FormatMatch
    cells: list[Any]


def save_bad_rows(file: ImportFile, header: Sequence[str], bad: Sequence[BadRow], *, counts: dict[str, int]) -> None:
    """Write a chunk's bad rows and how far the file has come, in the chunk's transaction."""
    rows = [
        QuarantinedRow(
            store_id=file.store_id,
            file=file,
            line=line,
            column=error.column[:_COLUMN],
            reason=error.reason[:_REASON],
            sealed=_seal(file.store_id, file.pk, header, [json_cell(cell) for cell in cells]),
        )
        for line, cells, error in bad
    ]
    QuarantinedRow.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    file.counts = counts
    file.save(update_fields=["counts"])


def json_cell(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return str(cell) if isinstance(cell, Decimal) else cell


def sealed_context(store_id: int, file_id: int) -> str:
    return f"quarantine:{store_id}:{file_id}"


def _seal(store_id: int, file_id: int, header: Sequence[str], cells: Sequence[Any]) -> bytes:
    return seal_json({"header": list(header), "cells": list(cells)}, context=sealed_context(store_id, file_id))


def open_row(row: QuarantinedRow) -> OpenRow:
    """Open a row.

    Raises:
        QuarantineError: what it held was deleted after its time.
    """
    if row.sealed is None:
        raise QuarantineError(gone_sentence(row))
    data = unseal_json(row.sealed, context=sealed_context(row.store_id, row.file_id))
    return OpenRow(row, recognise(data["header"]), data["cells"])


def gone_sentence(row: QuarantinedRow) -> str:
    return _("Line %(line)s was deleted after its time. Import the file again.") % {"line": row.line}


def fix_row(
    *, store: Store, row_id: int, values: Mapping[int, str], actor: User | None, at: datetime
) -> QuarantinedRow:
    """Put new texts into cells (by index) of a quarantined row and import it; a row that stays bad keeps the new texts.

    Raises:
        QuarantinedRow.DoesNotExist: the store has no such open row.
        QuarantineError: it still cannot be imported.
    """
    with transaction.atomic():
        row = _locked(store).get(pk=row_id)
        opened = open_row(row)
        cells = [*opened.cells, *[None] * (len(opened.match.header) - len(opened.cells))]
        for index, text in values.items():
            if 0 <= index < len(cells):
                cells[index] = text
        row.sealed = _seal(row.store_id, row.file_id, opened.match.header, cells)
        row.save(update_fields=["sealed"])
        _retry([row], actor=actor, at=at)
    if row.resolved_at is None:
        raise QuarantineError(row.reason)
    return row


@transaction.atomic
def retry_file(*, store: Store, file_id: int, actor: User | None, at: datetime) -> tuple[int, int]:
    """Try the file's open rows again, so many at once; return how many were imported and how many stay."""
    rows = list(_locked(store).filter(file_id=file_id, sealed__isnull=False).order_by("line")[:RETRIED_AT_ONCE])
    _retry(rows, actor=actor, at=at)
    left = QuarantinedRow.objects.for_store(store).open().filter(file_id=file_id).count()
    return sum(row.resolved_at is not None for row in rows), left


@transaction.atomic
def drop_row(*, store: Store, row_id: int, actor: User | None, at: datetime) -> QuarantinedRow:
    """Give a row up: it leaves the list and what it held is wiped."""
    row = _locked(store).get(pk=row_id)
    _resolve(row, "dropped", actor, at)
    return row


def _locked(store: Store) -> QuerySet[QuarantinedRow]:
    return QuarantinedRow.objects.for_store(store).open().select_for_update(of=("self",)).select_related("file__store")


def _resolve(row: QuarantinedRow, resolution: str, actor: User | None, at: datetime) -> None:
    row.resolved_at, row.resolved_by, row.resolution, row.sealed = at, actor, resolution, None
    row.save(update_fields=["resolved_at", "resolved_by", "resolution", "sealed"])


def _retry(rows: Sequence[QuarantinedRow], *, actor: User | None, at: datetime) -> None:
    """Parse and merge locked rows of one file."""
    good: dict[int, tuple[QuarantinedRow, Any]] = {}
    keys = LineKeys()
    for row in rows:
        record = _parse(open_row(row))
        if isinstance(record, RowError):
            row.column, row.reason = record.column[:_COLUMN], record.reason[:_REASON]
            row.save(update_fields=["column", "reason"])
        else:
            good[row.pk] = (row, (record, keys.of(record)) if isinstance(record, LineRecord) else record)
    if good:
        _merge([record for _row, record in good.values()], rows[0].file, at)
        for row, _record in good.values():
            _resolve(row, "imported", actor, at)


def _parse(opened: OpenRow) -> OrderRecord | LineRecord | RowError:
    parser = DetailParser if opened.match.kind == ORDER_DETAIL else OrderListParser
    return parser(opened.match).parse(opened.row.line, opened.cells)


def _merge(records: list[Any], file: ImportFile, at: datetime) -> None:
    file = ImportFile.objects.select_for_update(of=("self",)).select_related("store").get(pk=file.pk)
    snapshot_at = file.snapshot_at or snapshot_from_name(file.name) or file.finished_at or at
    merge: Any = merge_orders if isinstance(records[0], OrderRecord) else merge_lines
    counts = Counts.of(file.counts)
    counts.add(merge(Batch(file.store, at, file.job_id), records, snapshot_at))
    counts.quarantined -= len(records)
    file.counts = file.counts | counts.as_dict()
    file.save(update_fields=["counts"])
