from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from backoffice.common.models import Store
from orders.core.models import Order
from orders.notes.statuses import HANDLED, BuyerNoteState, NoteType


class BuyerNoteQuerySet(models.QuerySet["BuyerNote"]):
    def for_store(self, store: Store) -> Self:
        return self.filter(store=store)

    def unhandled(self) -> Self:
        # See also BuyerNote.is_handled
        return self.exclude(state__in=HANDLED)


class BuyerNote(models.Model):
    """What the buyer wrote, as a work item: one per order, its texts are immutable versions."""

    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )  # the order's, whose own key is checked
    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="note")
    state = models.CharField(max_length=12, choices=BuyerNoteState, default=BuyerNoteState.UNREAD)
    types = ArrayField(models.CharField(max_length=20, choices=NoteType), default=list, blank=True)
    text = models.TextField()  # the newest version, phone-like numbers masked
    version_count = models.PositiveSmallIntegerField(default=1)
    outcome = models.CharField(max_length=300, blank=True)  # what was agreed or why it was declined
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    handled_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()

    objects = BuyerNoteQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=BuyerNoteState.values), name="buyernote_state_known"),
        ]
        indexes = [models.Index(fields=["store", "state", "received_at", "id"], name="buyernote_state_received")]

    def __str__(self) -> str:
        return self.text

    @property
    def is_handled(self) -> bool:
        return self.state in HANDLED


class NoteVersion(models.Model):
    """One text of a buyer note as it arrived: never changed, hashed and dated."""

    note = models.ForeignKey(BuyerNote, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveSmallIntegerField()
    text = models.TextField()  # phone-like numbers masked
    sealed = models.BinaryField(null=True)  # the text as written, when masking changed it
    sha256 = models.CharField(max_length=64)  # of the text as written, UTF-8
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["note", "number"], name="noteversion_note_number_unique")]

    def __str__(self) -> str:
        return self.text
