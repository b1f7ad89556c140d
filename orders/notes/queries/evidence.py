from dataclasses import dataclass

from orders.core.models import ContactLog, Order, OrderEvent, Wish
from orders.core.statuses import EventKind
from orders.notes.models import BuyerNote, NoteFile, NoteVersion

# what was done about the note and about what it asked for, beside contacts and wishes
HANDLING = (
    EventKind.NOTE_RECEIVED, EventKind.NOTE_ASSIGNED, EventKind.NOTE_SORTED, EventKind.NOTE_ASKED,
    EventKind.NOTE_NEGOTIATED, EventKind.NOTE_CONFIRMED, EventKind.NOTE_DECLINED, EventKind.NOTE_OVERRIDDEN,
    EventKind.NOTE_FULFILLED, EventKind.NOTE_REOPENED, EventKind.NOTE_FILE_ADDED, EventKind.APPOINTED,
    EventKind.SPEC_AGREED, EventKind.RECIPIENT_CHANGED, EventKind.EXTENDED, EventKind.EXTENSION_WITHDRAWN,
    EventKind.CONTACTED, EventKind.ANSWERED, EventKind.WISH_AGREED, EventKind.WISH_DONE, EventKind.WISH_WITHDRAWN,
    EventKind.PRINTED, EventKind.SHIPPED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that is known of a note, oldest first, to be printed or shown beside a complaint.

    Each version carries the SHA-256 of the text as the buyer wrote it, each file that of the file as uploaded.
    """

    note: BuyerNote
    order: Order
    versions: list[NoteVersion]
    contacts: list[ContactLog]
    wishes: list[Wish]
    files: list[NoteFile]
    events: list[OrderEvent]


def evidence(note: BuyerNote) -> Evidence:
    """Return the whole record of a note; five statements beside the note and its order."""
    order = note.order
    return Evidence(
        note=note,
        order=order,
        versions=list(note.versions.order_by("number")),
        contacts=list(order.contacts.select_related("author").order_by("at", "pk")),
        wishes=list(order.wishes.select_related("agreed_by", "done_by", "line").order_by("pk")),
        files=list(note.files.select_related("attachment__added_by").order_by("pk")),
        events=list(order.events.filter(kind__in=HANDLING).select_related("actor").order_by("at", "pk")),
    )


def files_of(note: BuyerNote) -> list[NoteFile]:
    return list(note.files.select_related("attachment__added_by").order_by("pk"))
