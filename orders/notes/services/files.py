from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.models import Attachment, Job, Store, User
from orders.core.services import bump, lock_order, record_event
from orders.core.statuses import EventKind, EventSource
from orders.notes.models import NoteFile
from orders.notes.services.base import locked_note
from orders.notes.services.errors import NoteError


@transaction.atomic
def attach_file(
    *,
    store: Store,
    order_id: int,
    attachment: Attachment,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> NoteFile:
    """Put a picture or voice file beside the note; the same file again changes nothing.

    Raises:
        NoteError: there is no note, or the file is another store's.
    """
    if attachment.store_id != store.pk:
        raise NoteError(_("This file belongs to another store."), "field")
    order = lock_order(store=store, order_id=order_id, version=version)
    note = locked_note(order)
    same = note.files.filter(attachment__sha256=attachment.sha256).select_related("attachment").first()
    if same is not None:
        return same
    file = NoteFile.objects.create(note=note, attachment=attachment, added_at=at)
    after = {"file": attachment.name, "sha256": attachment.sha256}
    record_event(order, EventKind.NOTE_FILE_ADDED, actor=actor, at=at, source=source, after=after, job=job)
    bump(order, at, actor=actor)
    return file
