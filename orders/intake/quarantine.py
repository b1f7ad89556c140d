"""Rows that could not be imported: kept sealed with line and reason."""

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from backoffice.common.sealing import seal_json
from orders.intake.engine.importer import BadRow
from orders.intake.models import ImportFile, QuarantinedRow

_REASON, _COLUMN = 300, 60


def quarantine_context(store_id: int, file_id: int) -> str:
    return f"quarantine:{store_id}:{file_id}"


def save_bad_rows(file: ImportFile, header: Sequence[str], bad: Sequence[BadRow], *, counts: dict[str, int]) -> None:
    """Write a chunk's bad rows and how far the file has come, in the chunk's transaction."""
    context = quarantine_context(file.store_id, file.pk)
    rows = [
        QuarantinedRow(
            store_id=file.store_id, file=file, line=line, column=error.column[:_COLUMN], reason=error.reason[:_REASON],
            sealed=seal_json({"header": list(header), "cells": [json_cell(cell) for cell in cells]}, context=context),
        )
        for line, cells, error in bad
    ]  # fmt: skip
    QuarantinedRow.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    file.counts = counts
    file.save(update_fields=["counts"])


def json_cell(cell: Any) -> Any:
    if isinstance(cell, (datetime, date, time)):
        return cell.isoformat(" ") if isinstance(cell, datetime) else cell.isoformat()
    return str(cell) if isinstance(cell, Decimal) else cell
