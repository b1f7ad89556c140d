"""What was agreed with the buyer: wishes, longer promises, and the contact that led to them."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from backoffice.common.models import Attachment, Store
from orders.core.models.orders import Order, OrderLine
from orders.core.statuses import ContactChannel, WishKind


class Wish(models.Model):
    """One thing that the buyer wants and the shop agreed to: a task for whoever packs, till it is done or withdrawn."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="wishes")
    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, choices=WishKind)
    text = models.CharField(max_length=300, blank=True)  # what to do, phone-like numbers masked
    data = models.JSONField(default=dict)  # never personal data
    sealed = models.BinaryField(null=True)  # text and data as written, when masking changed them
    note_version = models.PositiveSmallIntegerField(null=True)  # of the buyer's note that asked for it
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    agreed_at = models.DateTimeField()
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    done_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=WishKind.values), name="wish_kind_known"),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(withdrawn_at__isnull=True), name="wish_ends_once"
            ),
        ]
        indexes = [models.Index(fields=["line"], name="wish_line", condition=Q(line__isnull=False))]

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


class Extension(models.Model):
    """A longer promise that the buyer agreed to, with the agreement itself as evidence."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="extensions")
    until = models.DateTimeField()
    previous_ship_by = models.DateTimeField()
    agreement = models.TextField(blank=True)  # the buyer's words, phone-like numbers masked
    sealed = models.BinaryField(null=True)  # the words as written, when masking changed them
    image = models.ForeignKey(Attachment, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=models.F("previous_ship_by")), name="extension_is_later"),
            models.CheckConstraint(condition=~Q(agreement="") | Q(image__isnull=False), name="extension_has_agreement"),
        ]

    def __str__(self) -> str:
        return f"until {self.until:%Y-%m-%d %H:%M}"


class ContactLog(models.Model):
    """One contact with the buyer: what was asked or told over which channel, and what came back."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="contacts")
    channel = models.CharField(max_length=10, choices=ContactChannel)
    text = models.TextField()  # phone-like numbers masked
    sealed = models.BinaryField(null=True)  # both texts as written, when masking changed one
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    author_name = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(channel__in=ContactChannel.values), name="contactlog_channel_known"),
        ]

    def __str__(self) -> str:
        return self.text
