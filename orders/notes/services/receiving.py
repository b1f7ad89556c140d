"""Taking in what a buyer wrote."""

import hashlib
from datetime import datetime
from typing import Any

from django.db import transaction

from backoffice.common.models import Job
from orders.core.models import Order
from orders.core.services import bump, lock_order, record_event
from orders.core.statuses import EventKind, EventSource, NoteState
from orders.core.texts import masked_and_sealed, note_context
from orders.notes.models import BuyerNote, NoteVersion
from orders.notes.services.base import find_note, hold_for_note, save_note
from orders.notes.statuses import BuyerNoteState, Negotiation

# of a new text nothing is known yet; who works on the note goes on with it. The import does the same in SQL
_REOPENED: dict[str, Any] = {
    "state": BuyerNoteState.UNREAD,
    "types": [],
    "findings": {},
    "recognised_at": None,
    "negotiation": Negotiation.NONE,
    "asked_at": None,
    "outcome": "",
    "handled_by": None,
    "handled_at": None,
}


@transaction.atomic
def record_note(
    *, order: Order, text: str, at: datetime, source: str = EventSource.PLATFORM, job: Job | None = None
) -> BuyerNote | None:
    """Take in what the buyer wrote. A new text is a new version and reopens the item; the same text changes nothing.

    The order is held while it may still ship. Returns None for an empty text of an order without a note.
    """
    text = text.strip()
    order = lock_order(store=order.store, order_id=order.pk)
    note = find_note(order)
    if not text or (note is not None and _is_latest(note, text)):
        return note
    before = {"note": note.text if note else ""}
    note = _add_version(order, note, text, at)
    order.note_state = NoteState.UNHANDLED
    hold_for_note(order, at=at)
    after = {"note": note.text, "version": note.version_count}
    record_event(order, EventKind.NOTE_RECEIVED, actor=None, at=at, source=source, before=before, after=after, job=job)
    bump(order, at, "note_state", "hold_kinds")
    return note


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _is_latest(note: BuyerNote, text: str) -> bool:
    return note.versions.filter(number=note.version_count, sha256=_digest(text)).exists()


def _add_version(order: Order, note: BuyerNote | None, text: str, at: datetime) -> BuyerNote:
    number = note.version_count + 1 if note else 1
    masked, sealed = masked_and_sealed(text, context=note_context(order.store_id, order.number, number))
    if note is None:
        note = BuyerNote.objects.create(store=order.store, order=order, text=masked, received_at=at)
    else:
        is_changed = note.changed_after_print or order.printed_at is not None
        save_note(note, **_REOPENED, text=masked, version_count=number, received_at=at, changed_after_print=is_changed)
    NoteVersion.objects.create(
        note=note, number=number, text=masked, sealed=sealed, sha256=_digest(text), received_at=at
    )
    return note
