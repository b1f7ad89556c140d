"""Key rotation of the note texts that are sealed, and the purge of what notes say of people."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from backoffice.common.models import Attachment, Store
from backoffice.common.rotation import Rotated, resealed, rotate_rows
from backoffice.common.services.attachments import forget_attachments
from orders.core.purging import BATCH, ended_orders
from orders.core.texts import note_context
from orders.notes.models import NoteFile, NoteVersion


def rotate() -> dict[str, Rotated]:
    return {"notes": rotate_rows(NoteVersion.objects.select_related("note__order"), reseal=_version)}


def _version(row: NoteVersion) -> dict[str, Any]:
    order = row.note.order
    return {"sealed": resealed(row.sealed or b"", context=note_context(order.store_id, order.number, row.number))}


def purge_notes(now: datetime) -> dict[str, int]:
    """Forget what was written and added to the notes of orders whose recipients are wiped; masked texts stay."""
    counts = {"notes": 0, "note_files": 0}
    for store in Store.objects.order_by("pk"):
        ended = ended_orders(store, now)
        due = NoteVersion.objects.filter(note__store=store, sealed__isnull=False, note__order__in=ended)
        while notes := list(due.order_by("note").values_list("note", flat=True).distinct()[:BATCH]):
            counts["notes"] += _forget(notes)
        files = NoteFile.objects.filter(note__store=store, attachment__stored__gt="", note__order__in=ended)
        counts["note_files"] += forget_attachments(Attachment.objects.filter(pk__in=files.values("attachment")))
    return counts


@transaction.atomic
def _forget(notes: Sequence[int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_PAIRS, {"notes": list(notes), "names": list(_NAMES)})
    return NoteVersion.objects.filter(note__in=notes, sealed__isnull=False).update(sealed=None)


_NAMES = ("address", "invoice_title", "tax_number", "engraving", "card")  # values that may name a person or a place
_FORGET_PAIRS = """
UPDATE notes_buyernote SET findings = findings
    || jsonb_build_object('pairs', coalesce(findings -> 'pairs', '{}') - %(names)s::text[])
    || jsonb_build_object('problems', (SELECT coalesce(jsonb_agg(p), '[]')
        FROM jsonb_array_elements(coalesce(findings -> 'problems', '[]')) AS p WHERE p ->> 'key' <> ALL(%(names)s)))
WHERE id = ANY(%(notes)s) AND findings <> '{}'
"""
