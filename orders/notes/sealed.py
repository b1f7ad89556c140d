"""Key rotation of the note texts that are sealed, and the purge of what notes say of people."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from backoffice.common.models import Attachment, Store
from backoffice.common.rotation import Rotated, resealed, rotate_rows
from backoffice.common.services.attachments import forget_attachments
from orders.core.models import Order
from orders.core.purging import BATCH, ended_orders
from orders.core.statuses import EventKind
from orders.core.texts import WIPED, note_context
from orders.notes.models import BuyerNote, NoteFile, NoteVersion
from orders.notes.statuses import NoteType


def rotate() -> dict[str, Rotated]:
    return {"notes": rotate_rows(NoteVersion.objects.select_related("note__order"), reseal=_version)}


def _version(row: NoteVersion) -> dict[str, Any]:
    order = row.note.order
    return {"sealed": resealed(row.sealed or b"", context=note_context(order.store_id, order.number, row.number))}


def purge_notes(now: datetime) -> dict[str, int]:
    """Forget what was written and added to the notes of orders whose recipients are wiped.

    A text goes that had numbers masked or asks for another address; its hash and its day stay.
    """
    counts = {"notes": 0, "note_files": 0}
    for store in Store.objects.order_by("pk"):
        ended = ended_orders(store, now)
        last = 0
        while notes := _due(store, ended, after=last):
            counts["notes"] += _forget(list(notes))
            last = max(notes)
        files = NoteFile.objects.filter(note__store=store, attachment__stored__gt="", note__order__in=ended)
        counts["note_files"] += forget_attachments(Attachment.objects.filter(pk__in=files.values("attachment")))
    return counts


def _due(store: Store, ended: QuerySet[Order], *, after: int) -> list[int]:
    """Return the next notes that name somebody or a place."""
    masked = NoteVersion.objects.filter(note=OuterRef("pk"), sealed__isnull=False)
    has_place = Q(types__contains=[NoteType.ADDRESS_CHANGE.value]) | Q(findings__pairs__has_key="address")
    notes = BuyerNote.objects.for_store(store).filter(Exists(masked) | has_place & ~Q(text=WIPED), order__in=ended)
    return list(notes.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def _forget(notes: Sequence[int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_PAIRS, {"notes": list(notes), "names": list(_NAMES)})
        cursor.execute(_FORGET_EVENTS, {"notes": list(notes), "kind": EventKind.NOTE_RECEIVED, "wiped": WIPED})
    NoteVersion.objects.filter(note__in=notes).update(text=WIPED, sealed=None)
    return BuyerNote.objects.filter(pk__in=notes).update(text=WIPED)


_NAMES = ("address", "invoice_title", "tax_number", "engraving", "card")  # values that may name a person or a place
_FORGET_PAIRS = """
UPDATE notes_buyernote SET findings = findings
    || jsonb_build_object('pairs', coalesce(findings -> 'pairs', '{}') - %(names)s::text[])
    || jsonb_build_object('problems', (SELECT coalesce(jsonb_agg(p), '[]')
        FROM jsonb_array_elements(coalesce(findings -> 'problems', '[]')) AS p WHERE p ->> 'key' <> ALL(%(names)s)))
WHERE id = ANY(%(notes)s) AND findings <> '{}'
"""
_FORGET_EVENTS = """
UPDATE orders_orderevent e SET
    before = CASE WHEN e.before ->> 'note' <> '' THEN e.before || said.wiped ELSE e.before END,
    after = CASE WHEN e.after ? 'note' THEN e.after || said.wiped ELSE e.after END
FROM notes_buyernote n, jsonb_build_object('note', %(wiped)s::text) AS said (wiped)
WHERE n.id = ANY(%(notes)s) AND e.order_id = n.order_id AND e.kind = %(kind)s
"""
