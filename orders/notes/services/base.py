"""What the acts on a note share: the order is locked first, then the note's row."""

from datetime import datetime

from django.utils.translation import gettext as _

from orders.core.models import Order
from orders.core.services import place_hold
from orders.core.statuses import SHIPPABLE_STATUSES, HoldKind
from orders.notes.models import BuyerNote
from orders.notes.services.errors import NoteError
from orders.notes.statuses import MOVES, BuyerNoteState


def find_note(order: Order) -> BuyerNote | None:
    """Lock and return the note of a locked order."""
    return BuyerNote.objects.select_for_update(of=("self",)).select_related("assignee").filter(order=order).first()


def locked_note(order: Order) -> BuyerNote:
    """Lock and return the note of a locked order.

    Raises:
        NoteError: it has none.
    """
    note = find_note(order)
    if note is None:
        raise NoteError(_("Order %(number)s has no buyer note.") % {"number": order.number})
    return note


def check_state(order: Order, note: BuyerNote, new: BuyerNoteState) -> None:
    """Refuse a move that the table of states does not have.

    Raises:
        NoteError: the note cannot become that.
    """
    if new not in MOVES[note.state]:
        raise NoteError(
            _("The note of order %(number)s is “%(state)s” and cannot become “%(new)s”.")
            % {"number": order.number, "state": note.get_state_display(), "new": new.label}
        )


def check_unhandled(order: Order, note: BuyerNote) -> None:
    """Refuse what only makes sense while the note is to be handled.

    Raises:
        NoteError: it is handled.
    """
    if note.is_handled:
        raise NoteError(
            _("The note of order %(number)s is “%(state)s” already: there is nothing left to do about it.")
            % {"number": order.number, "state": note.get_state_display()}
        )


def hold_for_note(order: Order, *, at: datetime) -> None:
    """Hold a locked order that may still ship; the caller saves `hold_kinds`."""
    if order.status in SHIPPABLE_STATUSES:
        place_hold(order, HoldKind.NOTE_UNHANDLED, reason="", actor=None, at=at, rule="note")


def save_note(note: BuyerNote, **values: object) -> None:
    """Set these columns of a locked note and save them."""
    for name, value in values.items():
        setattr(note, name, value)
    note.save(update_fields=list(values))
