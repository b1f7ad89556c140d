"""Asking the buyer what a note lacks, and what came back."""

from datetime import datetime

from django.db import transaction

from backoffice.common.models import Job, Store, User
from orders.core.models import ContactLog
from orders.core.services import answer_contact, bump, lock_order, log_contact, record_event
from orders.core.statuses import EventKind, EventSource
from orders.notes.models import BuyerNote
from orders.notes.services.base import check_unhandled, locked_note, save_note
from orders.notes.statuses import BuyerNoteState


@transaction.atomic
def ask_buyer(
    *,
    store: Store,
    order_id: int,
    text: str,
    channel: str,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> ContactLog:
    """Write down the question that the buyer was asked about the note; it waits for information from now on.

    Raises:
        NoteError: there is no note, or it is handled.
        OrderError: there is no such channel, or the text is missing or too long.
    """
    order = lock_order(store=store, order_id=order_id, version=version)
    note = locked_note(order)
    check_unhandled(order, note)
    contact = log_contact(
        store=store, order_id=order_id, channel=channel, text=text, actor=actor, at=at, source=source, job=job
    )
    order = lock_order(store=store, order_id=order_id)  # saved meanwhile
    before = {"note_state": str(note.state)}
    after = {"note_state": BuyerNoteState.NEEDS_INFO.value}
    save_note(note, state=BuyerNoteState.NEEDS_INFO, asked_at=at)
    record_event(order, EventKind.NOTE_ASKED, actor=actor, at=at, source=source, before=before, after=after, job=job)
    bump(order, at, actor=actor)
    return contact


@transaction.atomic
def answer_note(
    *,
    store: Store,
    order_id: int,
    contact_id: int,
    answer: str,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> BuyerNote:
    """Write down the buyer's answer; the note is ready to be confirmed, or for a person when nobody knows its type.

    Raises:
        NoteError: there is no note.
        OrderError: the order has no such question, it is answered already, or the answer is missing or too long.
    """
    order = lock_order(store=store, order_id=order_id, version=version)
    note = locked_note(order)
    answer_contact(
        store=store,
        order_id=order_id,
        contact_id=contact_id,
        answer=answer,
        actor=actor,
        at=at,
        source=source,
        job=job,
    )
    if note.state == BuyerNoteState.NEEDS_INFO:
        save_note(note, state=_answered_state(note), asked_at=None)
    return note


def _answered_state(note: BuyerNote) -> BuyerNoteState:
    return BuyerNoteState.RECOGNISED if note.types else BuyerNoteState.MANUAL
