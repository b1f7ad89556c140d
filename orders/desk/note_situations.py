"""Why an act on the buyer's note is not possible now, in words for the person who looks."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from orders.desk.situations import Situation
from orders.notes.statuses import MOVES, BuyerNoteState


def note_problem(situation: Situation) -> str:
    return "" if situation.note else _("The buyer left no note.")


def _state_problem(situation: Situation) -> str:
    assert situation.note is not None  # noqa: S101 # nosec B101 # for the type checker
    return _("The note is “%(state)s”.") % {"state": situation.note.get_state_display()}


def move_problem(new: BuyerNoteState) -> Callable[[Situation], str]:
    def problem(situation: Situation) -> str:
        if situation.note is None:
            return note_problem(situation)
        return "" if new in MOVES[situation.note.state] else _state_problem(situation)

    return problem


def open_problem(situation: Situation) -> str:
    """Say that there is nothing left to handle."""
    if situation.note is None:
        return note_problem(situation)
    return _state_problem(situation) if situation.note.is_handled else ""


def answer_problem(situation: Situation) -> str:
    if situation.note is None or situation.note.asked_at is not None:
        return note_problem(situation)
    return _("The buyer was not asked about the note.")


def hand_over_problem(situation: Situation) -> str:
    return open_problem(situation) or move_problem(BuyerNoteState.MANUAL)(situation)


def reopen_problem(situation: Situation) -> str:
    if situation.note is None or situation.note.is_handled:
        return move_problem(BuyerNoteState.MANUAL)(situation)
    return _("The note is not handled yet.")


def take_problem(situation: Situation) -> str:
    note = situation.note
    if note is not None and note.assignee_id == situation.actor.pk:
        return _("The note is yours.")
    return open_problem(situation)


def give_back_problem(situation: Situation) -> str:
    note = situation.note
    return open_problem(situation) or ("" if note and note.assignee_id else _("Nobody has the note."))
