"""Between what a request holds and what a service takes: files, and people by their user names."""

from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.models import Attachment, Membership, Store, User
from backoffice.common.services.attachments import AttachmentError, add_attachment
from orders.core.models import Extension
from orders.core.services import OrderError, extend_promise
from orders.notes.models import BuyerNote, NoteFile
from orders.notes.services import assign_note, attach_file


@transaction.atomic
def extend(*, store: Store, image: UploadedFile | None, actor: User, at: datetime, **act: Any) -> Extension:
    kept = _kept(store, image, actor, at) if image is not None else None
    return extend_promise(store=store, image=kept, actor=actor, at=at, **act)


@transaction.atomic
def attach(*, store: Store, file: UploadedFile, actor: User, at: datetime, **act: Any) -> NoteFile:
    return attach_file(store=store, attachment=_kept(store, file, actor, at), actor=actor, at=at, **act)


def _kept(store: Store, file: UploadedFile, actor: User, at: datetime) -> Attachment:
    try:
        return add_attachment(store=store, upload=file, actor=actor, at=at)
    except AttachmentError as error:
        raise OrderError(str(error), "field") from error


def assign(*, store: Store, assignee: str | None, **act: Any) -> BuyerNote:
    return assign_note(store=store, assignee=find_member(store, assignee) if assignee is not None else None, **act)


def find_member(store: Store, username: str) -> User:
    """Return the active member of that user name.

    Raises:
        OrderError: the store has no such member.
    """
    member = Membership.objects.active().filter(store=store, user__username=username).select_related("user").first()
    if member is None:
        raise OrderError(_("%(store)s has no member “%(who)s”.") % {"store": store, "who": username}, "field")
    return member.user
