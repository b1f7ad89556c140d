from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import MD5, Now

from backoffice.common.models import Attachment, Store
from orders.core.models import Order
from orders.core.pieces import pieces_of
from orders.notes.statuses import HANDLED, UNHANDLED, BuyerNoteState, Negotiation, NoteType


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
    findings = models.JSONField(default=dict, db_default={})  # what the rules made of the text: types, pairs, problems
    recognised_at = models.DateTimeField(null=True)  # NULL: the rules have not read this version yet
    negotiation = models.CharField(max_length=12, choices=Negotiation, blank=True, db_default="")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    assigned_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)  # when the buyer was asked for what is missing
    changed_after_print = models.BooleanField(default=False, db_default=False)  # its papers may say otherwise
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
        indexes = [
            models.Index(fields=["store", "state", "received_at", "id"], name="buyernote_state_received"),
            models.Index(
                fields=["store", "-handled_at", "-id"], name="buyernote_handled", condition=Q(handled_at__isnull=False)
            ),
            models.Index(
                fields=["assignee", "store", "received_at", "id"],
                name="buyernote_mine",
                condition=Q(assignee__isnull=False, state__in=UNHANDLED),
            ),
            models.Index(fields=["store", "id"], name="buyernote_to_read", condition=Q(recognised_at__isnull=True)),
            models.Index(fields=["store", "-received_at", "-id"], name="buyernote_received"),
            models.Index(
                fields=["store", "-received_at", "-id"], name="buyernote_changed", condition=Q(changed_after_print=True)
            ),
            models.Index(fields=["order"], name="buyernote_handled_order", condition=Q(handled_at__isnull=False)),
            GinIndex(pieces_of(F("text")), F("types"), name="buyernote_words_types", fastupdate=False),
        ]

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


class NoteFile(models.Model):
    """A picture or voice file that came with a note."""

    note = models.ForeignKey(BuyerNote, on_delete=models.CASCADE, related_name="files")
    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT, related_name="+", db_index=False)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["note", "attachment"], name="notefile_unique")]

    def __str__(self) -> str:
        return str(self.attachment)


class QuickReply(models.Model):
    """A ready text to a buyer, with {variables}; a person's own, or shared by the store."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )  # NULL: shared
    kind = models.CharField(max_length=20, choices=NoteType, blank=True)  # offered first for notes of this type
    title = models.CharField(max_length=60)
    text = models.TextField(max_length=500)
    use_count = models.PositiveIntegerField(default=0)
    used_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "owner", "title"], name="quickreply_title_unique", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return self.title


class FaqEntry(models.Model):
    """A question that notes about a product keep asking, and the shop's answer for the product's page."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    product = models.CharField(max_length=500)  # the title as sold
    kind = models.CharField(max_length=20, choices=NoteType)
    question = models.CharField(max_length=200)
    answer = models.TextField(blank=True)
    is_draft = models.BooleanField(default=True)
    note_count = models.PositiveIntegerField(default=0)  # notes behind it when it was drafted
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "product", "question"], name="faqentry_question_unique"),
        ]

    def __str__(self) -> str:
        return self.question


class TopicCount(models.Model):
    """How many notes that a store received on a day ask for one thing. Written by orders.notes.rollups alone."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    day = models.DateField()  # when they were received, in settings.TIME_ZONE
    title_id = models.BigIntegerField()  # a ProductTitle for wishes; 0 for what is no matter of products
    key = models.CharField(max_length=20)  # total, unread, type, or of a wish its pair: colour, size, gift, ...
    value = models.TextField(blank=True)  # a NoteType, or what is wished for
    count = models.PositiveIntegerField()
    latest = ArrayField(models.BigIntegerField())  # some of the notes, the newest first

    class Meta:
        constraints = [  # a value may be longer than an index takes
            models.UniqueConstraint("store", "day", "title_id", "key", MD5("value"), name="topiccount_key_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.key} {self.value} {self.count}"


class TopicMark(models.Model):
    """A store and day whose notes have to be counted again; triggers write it in the transaction that changed them.

    Append-only, so that writers never wait for each other.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    day = models.DateField()
    marked_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["store", "day"], name="topicmark_store_day")]

    def __str__(self) -> str:
        return f"{self.day}"
