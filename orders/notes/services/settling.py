"""The note gate: an order with an unhandled buyer note is held until the note is confirmed, declined or overridden."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.models import Job, Store, User
from orders.core.models import Order
from orders.core.services import bump, lift_holds, lock_order, record_event, withdraw_wishes
from orders.core.statuses import EventKind, EventSource, HoldKind, NoteState
from orders.notes.models import BuyerNote
from orders.notes.services.base import check_state, find_note, hold_for_note, locked_note, save_note
from orders.notes.services.changes import Act, NoteChanges, agree_wishes, change_facts
from orders.notes.services.errors import NoteError, checked_reason
from orders.notes.statuses import BuyerNoteState

_NO_CHANGES = NoteChanges()


@transaction.atomic
def confirm_note(
    *,
    store: Store,
    order_id: int,
    outcome: str,
    actor: User | None,
    at: datetime,
    changes: NoteChanges | None = None,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> BuyerNote:
    """Record what was agreed with the buyer, write the changes to the order, and let it go on.

    Wishes of an earlier confirmation that are not done yet give way to those of this one.

    Raises:
        NoteError: there is no note, it cannot be confirmed now, or the outcome is missing.
        OrderError: one of the changes is refused; nothing is saved.
    """
    outcome, changes, act = checked_reason(outcome), changes or _NO_CHANGES, Act(actor, at, source, job)
    order = lock_order(store=store, order_id=order_id, version=version)
    note = locked_note(order)
    check_state(order, note, BuyerNoteState.CONFIRMED)
    if names := changes.names():
        change_facts(order, changes, act)
        order = lock_order(store=store, order_id=order_id)  # they have saved it meanwhile
    withdraw_wishes(order, note_version=None, **act.values)
    agree_wishes(order, changes, act, note_version=note.version_count)
    _settle(order, note, BuyerNoteState.CONFIRMED, EventKind.NOTE_CONFIRMED, outcome, act, names)
    return note


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
    outcome, act = checked_reason(outcome), Act(actor, at, source, job)
    order = lock_order(store=store, order_id=order_id, version=version)
    note = locked_note(order)
    check_state(order, note, BuyerNoteState.DECLINED)
    withdraw_wishes(order, note_version=None, **act.values)
    _settle(order, note, BuyerNoteState.DECLINED, EventKind.NOTE_DECLINED, outcome, act, [])
    return note


def _settle(
    order: Order, note: BuyerNote, state: BuyerNoteState, kind: EventKind, outcome: str, act: Act, changed: list[str]
) -> None:
    before, after = {"note_state": str(note.state)}, {"note_state": state.value, "outcome": outcome}
    extra = {"changes": changed} if changed else {}
    save_note(note, state=state, outcome=outcome, handled_by=act.actor, handled_at=act.at)
    lift_holds(order, HoldKind.NOTE_UNHANDLED, reason=outcome, actor=act.actor, at=act.at)
    order.note_state = NoteState.HANDLED
    record_event(order, kind, before=before, after=after | extra, **act.values)
    bump(order, act.at, "note_state", "hold_kinds", "wish_kinds", actor=act.actor)


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
    reason = checked_reason(reason)
    order = lock_order(store=store, order_id=order_id, version=version)
    if not lift_holds(order, HoldKind.NOTE_UNHANDLED, reason=reason, actor=actor, at=at):
        raise NoteError(_("No buyer note holds order %(number)s.") % {"number": order.number})
    before, after = {"hold": HoldKind.NOTE_UNHANDLED.value}, {"reason": reason}
    record_event(
        order, EventKind.NOTE_OVERRIDDEN, actor=actor, at=at, source=source, before=before, after=after, job=job
    )
    bump(order, at, "hold_kinds", actor=actor)
    return order


@transaction.atomic
def fulfil_note(
    *,
    store: Store,
    order_id: int,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> BuyerNote:
    """Record that what was confirmed has been done.

    Raises:
        NoteError: there is no note, or it is not confirmed.
    """
    order = lock_order(store=store, order_id=order_id, version=version)
    note = locked_note(order)
    check_state(order, note, BuyerNoteState.FULFILLED)
    _fulfil(order, note, Act(actor, at, source, job))
    bump(order, at, actor=actor)
    return note


def fulfil_shipped(
    order: Order, *, actor: User | None, at: datetime, source: str = EventSource.STAFF, job: Job | None = None
) -> None:
    """Record that a confirmed note left with its order; called with the order locked, before it is bumped."""
    note = find_note(order) if order.note_state == NoteState.HANDLED else None
    if note is not None and note.state == BuyerNoteState.CONFIRMED:
        _fulfil(order, note, Act(actor, at, source, job))


def _fulfil(order: Order, note: BuyerNote, act: Act) -> None:
    before, after = {"note_state": str(note.state)}, {"note_state": BuyerNoteState.FULFILLED.value}
    save_note(note, state=BuyerNoteState.FULFILLED)
    record_event(order, EventKind.NOTE_FULFILLED, before=before, after=after, **act.values)


@transaction.atomic
def reopen_note(
    *,
    store: Store,
    order_id: int,
    reason: str,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> BuyerNote:
    """Take a note that was confirmed or declined back to a person; the order is held again while it may ship.

    What was agreed stays until the note is confirmed or declined anew.

    Raises:
        NoteError: there is no note, it is not handled or was fulfilled, or the reason is missing.
    """
    reason, act = checked_reason(reason), Act(actor, at, source, job)
    order = lock_order(store=store, order_id=order_id, version=version)
    note = locked_note(order)
    if not note.is_handled:
        raise NoteError(_("The note of order %(number)s is not handled yet.") % {"number": order.number})
    check_state(order, note, BuyerNoteState.MANUAL)
    before = {"note_state": str(note.state), "outcome": note.outcome}
    after = {"note_state": BuyerNoteState.MANUAL.value, "reason": reason}
    save_note(note, state=BuyerNoteState.MANUAL, outcome="", handled_by=None, handled_at=None)
    order.note_state = NoteState.UNHANDLED
    hold_for_note(order, at=at)
    record_event(order, EventKind.NOTE_REOPENED, before=before, after=after, **act.values)
    bump(order, at, "note_state", "hold_kinds", actor=actor)
    return note
