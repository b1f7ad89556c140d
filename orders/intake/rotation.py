"""Key rotation of what this app seals. Uploads live for days only: they open under the older keys until they go."""

from typing import Any

from backoffice.common.rotation import Rotated, resealed, rotate_rows
from orders.intake.models import QuarantinedRow
from orders.intake.quarantine import sealed_context


def rotate() -> dict[str, Rotated]:
    """Seal quarantined rows under the current key."""
    return {"quarantined_rows": rotate_rows(QuarantinedRow.objects.all(), reseal=_row)}


def _row(row: QuarantinedRow) -> dict[str, Any]:
    return {"sealed": resealed(row.sealed or b"", context=sealed_context(row.store_id, row.file_id))}
