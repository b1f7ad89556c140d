"""Key rotation and purge of the note texts that are sealed."""

from datetime import datetime
from typing import Any

from backoffice.common.models import Store
from backoffice.common.rotation import Rotated, resealed, rotate_rows
from orders.core.purging import ended_orders
from orders.core.texts import note_context
from orders.notes.models import NoteVersion


def rotate() -> dict[str, Rotated]:
    return {"notes": rotate_rows(NoteVersion.objects.select_related("note__order"), reseal=_version)}


def _version(row: NoteVersion) -> dict[str, Any]:
    order = row.note.order
    return {"sealed": resealed(row.sealed or b"", context=note_context(order.store_id, order.number, row.number))}


def purge_notes(now: datetime) -> dict[str, int]:
    """Forget the texts as written of orders whose recipients are wiped; the masked ones stay."""
    count = 0
    for store in Store.objects.order_by("pk"):
        count += NoteVersion.objects.filter(
            note__store=store, sealed__isnull=False, note__order__in=ended_orders(store, now)
        ).update(sealed=None)
    return {"notes": count}
