from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.common.models.stores import Store


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def for_store(self, store: Store) -> Self:
        return self.filter(store=store)


class Attachment(models.Model):
    """An image or a voice file that people added as evidence; sealed at rest, never served by the web server itself."""

    class Kind(models.TextChoices):
        IMAGE = "image", _("Image")
        VOICE = "voice", _("Voice")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind)
    media_type = models.CharField(max_length=40)
    name = models.CharField(max_length=120)  # as uploaded, masked
    stored = models.CharField(max_length=120, blank=True)  # name in the storage; empty once purged
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)  # of the file as uploaded
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField()

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=["image", "voice"]), name="attachment_kind_known"),
        ]
        indexes = [models.Index(fields=["store", "id"], name="attachment_store")]

    def __str__(self) -> str:
        return self.name
