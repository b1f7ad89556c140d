"""Acts on buyer notes. Each locks the order first, then the note, writes one event, and is one transaction."""

from orders.notes.services.asking import answer_note, ask_buyer
from orders.notes.services.assigning import assign_note, take_next_notes
from orders.notes.services.changes import NoteChanges, suggested_changes
from orders.notes.services.errors import NoteError
from orders.notes.services.faq import delete_faq, draft_faq, save_faq
from orders.notes.services.files import attach_file
from orders.notes.services.receiving import record_note
from orders.notes.services.recognising import recognise_note, recognise_notes
from orders.notes.services.replies import delete_reply, save_reply, use_reply
from orders.notes.services.settling import (
    confirm_note,
    decline_note,
    fulfil_note,
    fulfil_shipped,
    override_note,
    reopen_note,
)
from orders.notes.services.sorting import hand_over_note, negotiate_note, sort_note

__all__ = [
    "NoteChanges",
    "NoteError",
    "answer_note",
    "ask_buyer",
    "assign_note",
    "attach_file",
    "confirm_note",
    "decline_note",
    "delete_faq",
    "delete_reply",
    "draft_faq",
    "fulfil_note",
    "fulfil_shipped",
    "hand_over_note",
    "negotiate_note",
    "override_note",
    "recognise_note",
    "recognise_notes",
    "record_note",
    "reopen_note",
    "save_faq",
    "save_reply",
    "sort_note",
    "suggested_changes",
    "take_next_notes",
    "use_reply",
]
