"""What people decide about a note before it is settled: its types, that a person takes it, how the talks stand."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.models import Job, Store, User
from orders.core.services import bump, lock_order, record_event
from orders.core.statuses import EventKind, EventSource
from orders.notes.models import BuyerNote
from orders.notes.services.base import check_state, check_unhandled, locked_note, save_note
from orders.notes.services.errors import NoteError, checked_reason
from orders.notes.statuses import BuyerNoteState, Negotiation, NoteType


@transaction.atomic
def sort_note(
    *,
    store: Store,
    order_id: int,
    types: Iterable[str],
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> BuyerNote:
    """Correct the types of a note by hand; the rules do not change them any more. The same types change nothing.

    Raises:
        NoteError: there is no note, or no such type.
    """
    wanted = _known_types(types)
    order = lock_order(store=store, order_id=order_id, version=version)
    note = locked_note(order)
    if note.recognised_at is not None and note.types == wanted:
        return note
    before, after = {"types": note.types}, {"types": wanted}
    is_unread = note.state == BuyerNoteState.UNREAD and wanted
    save_note(
        note,
        types=wanted,
        findings=_sorted_findings(note.findings, wanted),
        recognised_at=note.recognised_at or at,
        state=BuyerNoteState.RECOGNISED if is_unread else note.state,
    )
    record_event(order, EventKind.NOTE_SORTED, actor=actor, at=at, source=source, before=before, after=after, job=job)
    bump(order, at, actor=actor)
    return note


def _known_types(types: Iterable[str]) -> list[str]:
    asked = set(types)
    unknown = asked - set(NoteType.values)
    if unknown:
        raise NoteError(_("There is no note type “%(type)s”.") % {"type": min(unknown)[:40]}, "field")
    return [value for value in NoteType.values if value in asked]


def _sorted_findings(findings: Mapping[str, Any], types: list[str]) -> dict[str, Any]:
    """Keep what the rules found, without the problems of types that the note is not of."""
    problems = [problem for problem in findings.get("problems", []) if problem.get("kind") in types]
    return {"pairs": findings.get("pairs", {}), "problems": problems, "types": types, "by_hand": True}


@transaction.atomic
def hand_over_note(
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
    """Leave a note to a person who looks at it in particular.

    Raises:
        NoteError: there is no note, it is handled or with a person already, or the reason is missing.
    """
    reason = checked_reason(reason)
    order = lock_order(store=store, order_id=order_id, version=version)
    note = locked_note(order)
    check_unhandled(order, note)
    check_state(order, note, BuyerNoteState.MANUAL)
    before = {"note_state": str(note.state)}
    after = {"note_state": BuyerNoteState.MANUAL.value, "reason": reason}
    save_note(note, state=BuyerNoteState.MANUAL, findings={**note.findings, "by_hand": True})
    record_event(order, EventKind.NOTE_SORTED, actor=actor, at=at, source=source, before=before, after=after, job=job)
    bump(order, at, actor=actor)
    return note


@transaction.atomic
def negotiate_note(
    *,
    store: Store,
    order_id: int,
    negotiation: str,
    text: str,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> BuyerNote:
    """Write down how the talks about a wish stand that the shop cannot simply meet; after-sales sees it as well.

    The note stays to be handled: it is confirmed or declined when the talks are over.

    Raises:
        NoteError: there is no note, it is handled, no such outcome of talks, or the text is missing.
    """
    if negotiation not in set(Negotiation.values) - {Negotiation.NONE.value}:
        raise NoteError(_("Say how the talks stand: under negotiation, refused or agreed."), "field")
    text = checked_reason(text)
    order = lock_order(store=store, order_id=order_id, version=version)
    note = locked_note(order)
    check_unhandled(order, note)  # its outcome says what was confirmed or declined
    before = {"negotiation": str(note.negotiation)}
    after = {"negotiation": str(negotiation), "outcome": text}
    save_note(note, negotiation=Negotiation(negotiation), outcome=text)
    record_event(
        order, EventKind.NOTE_NEGOTIATED, actor=actor, at=at, source=source, before=before, after=after, job=job
    )
    bump(order, at, actor=actor)
    return note
