"""Pictures and voice files that people add as evidence: checked by their bytes, sealed at rest, purged with time."""

import hashlib
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import PurePosixPath

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Exists, ManyToOneRel, Model, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from backoffice.common import vault
from backoffice.common.masking import mask_text
from backoffice.common.media import recognise
from backoffice.common.models import Attachment, Store, User
from backoffice.common.rotation import Rotated
from backoffice.common.sealing import SealError

FOLDER = "attachments"
_MEGABYTE = 1 << 20
_MOST = {Attachment.Kind.IMAGE: 10, Attachment.Kind.VOICE: 20}  # megabytes
_NAME = 120
_ORPHAN_AGE = timedelta(days=1)  # of a stored file that no row names: what stored it was rolled back


class AttachmentError(Exception):
    """A file that is refused or gone, with a sentence for the person who asked."""


@transaction.atomic
def add_attachment(*, store: Store, upload: UploadedFile, actor: User | None, at: datetime) -> Attachment:
    """Keep a picture or a voice file, sealed.

    Raises:
        AttachmentError: it is neither by its own bytes, it is empty, or too large.
    """
    name = _shown_name(upload.name or "")
    content = _read(upload, name)
    kind, media_type = _checked(content, name)
    stored = vault.store_sealed(BytesIO(content), folder=FOLDER)
    return Attachment.objects.create(
        store=store,
        kind=kind,
        media_type=media_type,
        name=name,
        stored=stored,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        added_by=actor,
        added_at=at,
    )


def _shown_name(name: str) -> str:
    """Return the last part of the name, with numbers of phones masked; the ending survives the cut."""
    path = PurePosixPath(mask_text(name.replace("\\", "/").replace("\0", "")))
    ending = path.suffix[:10]
    return path.stem[: _NAME - len(ending)] + ending or _("file")


def _read(upload: UploadedFile, name: str) -> bytes:
    most = max(_MOST.values())
    content = bytes(upload.read(most * _MEGABYTE + 1))
    if not content:
        raise AttachmentError(_("“%(name)s” is empty.") % {"name": name})
    if len(content) > most * _MEGABYTE:
        raise _too_large(name, most)
    return content


def _checked(content: bytes, name: str) -> tuple[str, str]:
    found = recognise(content)
    if found is None:
        raise AttachmentError(
            _(
                "“%(name)s” is neither a picture (PNG, JPEG, WebP, GIF) nor a voice file (MP3, M4A, AAC, AMR, WAV, "
                "Ogg). Save it in one of these forms, or take a screenshot."
            )
            % {"name": name}
        )
    most = _MOST[Attachment.Kind(found[0])]
    if len(content) > most * _MEGABYTE:
        raise _too_large(name, most)
    return found


def _too_large(name: str, most: int) -> AttachmentError:
    return AttachmentError(_("“%(name)s” is larger than %(size)s MB.") % {"name": name, "size": most})


def read_attachment(attachment: Attachment) -> bytes:
    """Open the file.

    Raises:
        AttachmentError: its time is over, or it cannot be opened.
    """
    if not attachment.stored:
        raise AttachmentError(_("“%(name)s” was deleted when its time was over.") % {"name": attachment.name})
    try:
        return vault.read_sealed(attachment.stored)
    except (SealError, FileNotFoundError) as error:
        raise AttachmentError(
            _("“%(name)s” cannot be opened. Tell operations: attachment %(id)s.")
            % {"name": attachment.name, "id": attachment.pk}
        ) from error


def forget_attachments(attachments: QuerySet[Attachment]) -> int:
    """Delete the files of these and return how many there were; name, size and hash stay."""
    count = 0
    for pk, stored in attachments.exclude(stored="").order_by("pk").values_list("pk", "stored").iterator():
        vault.forget(stored)
        count += Attachment.objects.filter(pk=pk, stored=stored).update(stored="")
    return count


def purge_attachments(now: datetime) -> dict[str, int]:
    """Delete the files that belong to nothing and whose store keeps them no longer, and those that no row names.

    A file that another app's row refers to has its time together with that row; its app purges it.
    """
    count = 0
    for store in Store.objects.order_by("pk"):
        old = Attachment.objects.for_store(store).filter(added_at__lt=now - timedelta(days=store.purge_days))
        count += forget_attachments(old.exclude(_is_used()))
    return {"attachments": count, "lost_attachments": _purge_lost(now)}


def _is_used() -> Q:
    """Return whether any row of any app refers to an attachment."""
    fields = Attachment._meta.get_fields(include_hidden=True)  # noqa: SLF001 -- public in Django's documentation
    users = [field for field in fields if isinstance(field, ManyToOneRel)]
    rows = [Exists(_rows(user.related_model).filter(**{user.field.name: OuterRef("pk")})) for user in users]
    return Q(*rows, _connector=Q.OR)


def _rows(model: type[Model]) -> QuerySet[Model]:
    return model._base_manager.all()  # noqa: SLF001 -- public in Django's documentation


def _purge_lost(now: datetime) -> int:
    known = set(Attachment.objects.exclude(stored="").values_list("stored", flat=True).iterator())
    lost = [name for name in _stored_names() if name not in known]
    old = [name for name in lost if default_storage.get_modified_time(name) < now - _ORPHAN_AGE]
    for name in old:
        vault.forget(name)
    return len(old)


def _stored_names() -> list[str]:
    try:
        return [f"{FOLDER}/{name}" for name in default_storage.listdir(FOLDER)[1]]
    except FileNotFoundError:
        return []  # nothing was ever added


def rotate_attachments() -> dict[str, Rotated]:
    """Seal the files again that are sealed under a key which is not the current one."""
    results = [
        _rotate(attachment)
        for attachment in Attachment.objects.exclude(stored="").only("stored").order_by("pk").iterator(500)
    ]
    return {"attachments": Rotated(results.count(True), results.count(False))}


def _rotate(attachment: Attachment) -> bool | None:
    """Store the content under a new name; tell whether that worked, or None when nothing was to be done."""
    old = attachment.stored
    try:
        if vault.is_current(old):
            return None
        new = vault.store_resealed(old)
    except (SealError, FileNotFoundError):
        return False
    moved = Attachment.objects.filter(pk=attachment.pk, stored=old).update(stored=new)
    vault.forget(old if moved else new)
    return True
