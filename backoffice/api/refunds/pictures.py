"""Pictures in a request: uploaded with it, in base64, or the id of one that was uploaded before."""

import base64
import binascii
import hashlib
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from aftersales.refunds.services import RefundError
from backoffice.api.orders.inputs import LONGEST_ID
from backoffice.common.models import Attachment, Store, User
from backoffice.common.services.attachments import AttachmentError, add_attachment

Picture = UploadedFile | int
_DIGITS = 18  # of an id; a picture in base64 is longer


@extend_schema_field(
    {
        "oneOf": [
            {"type": "integer", "minimum": 1, "maximum": LONGEST_ID},
            {"type": "string", "format": "byte", "minLength": _DIGITS + 1},
        ],
        "description": "the id that `POST attachments/` answered, or the picture itself in base64 (`data:` or bare); "
        "as multipart/form-data the file",
    }
)
class PictureField(serializers.Field[Any, Any, Any, Any]):
    def to_internal_value(self, data: Any) -> Picture:
        if isinstance(data, UploadedFile):
            return data
        if isinstance(data, str) and data.isascii() and data.isdecimal() and len(data) <= _DIGITS:
            data = int(data)
        if isinstance(data, int) and not isinstance(data, bool) and 0 < data <= LONGEST_ID:
            return data
        if isinstance(data, str) and data:
            return _decoded(data)
        raise serializers.ValidationError(_("Give the id of a picture, or the picture in base64."))


def _decoded(text: str) -> UploadedFile:
    head, comma, rest = text.partition(",")
    body = rest if comma and head.startswith("data:") else text
    try:
        content = base64.b64decode("".join(body.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise serializers.ValidationError(_("The picture could not be read: send its bytes as base64 text.")) from error
    return SimpleUploadedFile(_("picture"), content)


def keep_pictures(store: Store, pictures: list[Picture], *, actor: User, at: datetime) -> list[Attachment]:
    """Return what is kept of them; those that are named by their id must be the store's.

    Raises:
        RefundError: one is no picture, or is not there.
    """
    try:
        return [_kept(store, picture, actor, at) for picture in pictures]
    except AttachmentError as error:
        raise RefundError(str(error), "field") from error


def _kept(store: Store, picture: Picture, actor: User, at: datetime) -> Attachment:
    if isinstance(picture, UploadedFile):
        return add_attachment(store=store, upload=picture, actor=actor, at=at)
    found = Attachment.objects.for_store(store).filter(pk=picture).exclude(stored="").first()
    if found is None:
        raise RefundError(
            _("There is no picture %(id)s in this store: upload it first.") % {"id": picture}, "field"
        )  # fmt: skip
    return found


def content_of(values: dict[str, Any]) -> str:
    """Stand for a request with files: their content counts, not only their names."""
    return " ".join(f"{name}={_digest_of(value)}" for name, value in sorted(values.items()))


def _digest_of(value: Any) -> str:
    if isinstance(value, list):
        return f"[{' '.join(map(_digest_of, value))}]"
    if not isinstance(value, UploadedFile):
        return str(value)
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return digest.hexdigest()
