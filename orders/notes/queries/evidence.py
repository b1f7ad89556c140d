from dataclasses import dataclass

from backoffice.common.statements import Prepared
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


_OF = -1  # stands for the note or the order of a call
_VERSIONS = Prepared(lambda: NoteVersion.objects.filter(note=_OF).order_by("number"), _OF)
_CONTACTS = Prepared(lambda: ContactLog.objects.filter(order=_OF).select_related("author").order_by("at", "pk"), _OF)
_WISHES = Prepared(
    lambda: Wish.objects.filter(order=_OF).select_related("agreed_by", "done_by", "line").order_by("pk"), _OF
)
_FILES = Prepared(lambda: NoteFile.objects.filter(note=_OF).select_related("attachment__added_by").order_by("pk"), _OF)
_EVENTS = Prepared(
    lambda: OrderEvent.objects.filter(order=_OF, kind__in=HANDLING).order_by("at", "pk"), _OF
)  # without people: their names stand in the events


def evidence(note: BuyerNote) -> Evidence:
    """Return the whole record of a note; two to five statements beside the note and its order.

    Contacts, wishes and files are asked for where the history names them.
    """
    order, events = note.order, _EVENTS.fetch(note.order_id)
    kinds = {event.kind for event in events}
    return Evidence(
        note=note,
        order=order,
        versions=_VERSIONS.fetch(note.pk),
        contacts=_CONTACTS.fetch(order.pk) if EventKind.CONTACTED in kinds else [],
        wishes=_WISHES.fetch(order.pk) if EventKind.WISH_AGREED in kinds else [],
        files=_FILES.fetch(note.pk) if EventKind.NOTE_FILE_ADDED in kinds else [],
        events=events,
    )


def files_of(note: BuyerNote) -> list[NoteFile]:
    return list(note.files.select_related("attachment__added_by").order_by("pk"))
