"""The note gate: an order with an unhandled buyer note is held until the note is confirmed, declined or overridden."""

import hashlib
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.models import Job, Store, User
from orders.core.models import Order
from orders.core.services import OrderError, bump, clean_reason, lift_holds, lock_order, place_hold, record_event
from orders.core.statuses import SHIPPABLE_STATUSES, EventKind, EventSource, HoldKind, NoteState
from orders.core.texts import masked_and_sealed, note_context
from orders.notes.models import BuyerNote, NoteVersion
from orders.notes.statuses import MOVES, BuyerNoteState

_REOPENED = {"state": BuyerNoteState.UNREAD, "outcome": "", "handled_by": None, "handled_at": None}


class NoteError(OrderError):
    """An act on a buyer note that is refused."""


@transaction.atomic
def record_note(
    *, order: Order, text: str, at: datetime, source: str = EventSource.PLATFORM, job: Job | None = None
) -> BuyerNote | None:
    """Take in what the buyer wrote. A new text is a new version and reopens the item; the same text changes nothing.

    The order is held while it may still ship. Returns None for an empty text of an order without a note.
    """
    text = text.strip()
    order = lock_order(store=order.store, order_id=order.pk)
    note = BuyerNote.objects.filter(order=order).first()
    if not text or (note is not None and _is_latest(note, text)):
        return note
    before = {"note": note.text if note else ""}
    note = _add_version(order, note, text, at)
    order.note_state = NoteState.UNHANDLED
    if order.status in SHIPPABLE_STATUSES:
        place_hold(order, HoldKind.NOTE_UNHANDLED, reason="", actor=None, at=at, rule="note")
    after = {"note": note.text, "version": note.version_count}
    record_event(order, EventKind.NOTE_RECEIVED, actor=None, at=at, source=source, before=before, after=after, job=job)
    bump(order, at, "note_state", "hold_kinds")
    return note


@transaction.atomic
def confirm_note(
    *,
    store: Store,
    order_id: int,
    outcome: str,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> BuyerNote:
    """Record what was agreed with the buyer and let the order go on.

    Raises:
        NoteError: there is no note, it cannot be confirmed now, or the outcome is missing.
    """
    outcome = _reason(outcome)
    order = lock_order(store=store, order_id=order_id, version=version)
    return _settle(order, BuyerNoteState.CONFIRMED, EventKind.NOTE_CONFIRMED, outcome, actor, at, source, job)


@transaction.atomic
def decline_note(
    *,
    store: Store,
    order_id: int,
    outcome: str,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> BuyerNote:
    """Record why the buyer's wish is not met and let the order go on.

    Raises:
        NoteError: there is no note, it cannot be declined now, or the reason is missing.
    """
    outcome = _reason(outcome)
    order = lock_order(store=store, order_id=order_id, version=version)
    return _settle(order, BuyerNoteState.DECLINED, EventKind.NOTE_DECLINED, outcome, actor, at, source, job)


@transaction.atomic
def override_note(
    *,
    store: Store,
    order_id: int,
    reason: str,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Order:
    """Let the order ship although its note is not handled: it stays a work item, the reason is in the history.

    Raises:
        NoteError: no note holds the order, or the reason is missing.
    """
    reason = _reason(reason)
    order = lock_order(store=store, order_id=order_id, version=version)
    if not lift_holds(order, HoldKind.NOTE_UNHANDLED, reason=reason, actor=actor, at=at):
        raise NoteError(_("No buyer note holds order %(number)s.") % {"number": order.number})
    before, after = {"hold": HoldKind.NOTE_UNHANDLED.value}, {"reason": reason}
    record_event(
        order, EventKind.NOTE_OVERRIDDEN, actor=actor, at=at, source=source, before=before, after=after, job=job
    )
    bump(order, at, "hold_kinds", actor=actor)
    return order


def _reason(text: str) -> str:
    try:
        return clean_reason(text)
    except OrderError as error:
        raise NoteError(str(error), error.code) from error


def _note_of(order: Order) -> BuyerNote:
    note = BuyerNote.objects.filter(order=order).first()
    if note is None:
        raise NoteError(_("Order %(number)s has no buyer note.") % {"number": order.number})
    return note


def _settle(
    order: Order, state: BuyerNoteState, kind: EventKind, outcome: str,
    actor: User | None, at: datetime, source: str, job: Job | None,
) -> BuyerNote:  # fmt: skip
    note = _note_of(order)
    if state not in MOVES[note.state]:
        raise NoteError(
            _("The note of order %(number)s is “%(state)s” and cannot become “%(new)s”.")
            % {"number": order.number, "state": note.get_state_display(), "new": state.label}
        )
    before, after = {"note_state": str(note.state)}, {"note_state": state.value, "outcome": outcome}
    note.state, note.outcome, note.handled_by, note.handled_at = state, outcome, actor, at
    note.save(update_fields=["state", "outcome", "handled_by", "handled_at"])
    lift_holds(order, HoldKind.NOTE_UNHANDLED, reason=outcome, actor=actor, at=at)
    order.note_state = NoteState.HANDLED
    record_event(order, kind, actor=actor, at=at, source=source, before=before, after=after, job=job)
    bump(order, at, "note_state", "hold_kinds", actor=actor)
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
        values = {**_REOPENED, "text": masked, "version_count": number, "received_at": at}
        for name, value in values.items():
            setattr(note, name, value)
        note.save(update_fields=list(values))
    NoteVersion.objects.create(
        note=note, number=number, text=masked, sealed=sealed, sha256=_digest(text), received_at=at
    )
    return note
