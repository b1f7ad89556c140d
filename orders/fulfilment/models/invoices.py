from decimal import Decimal
from typing import Protocol, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.common.models import Store
from orders.core.models import Order
from orders.core.pieces import pieces_of
from orders.core.statuses import EventSource
from orders.fulfilment.statuses import InvoiceState, MessagePurpose


class Paid(Protocol):
    """An order, or what a row knows of it."""

    @property
    def gross_paid(self) -> Decimal: ...
    @property
    def refunded(self) -> Decimal: ...


def invoice_limit(order: Paid) -> Decimal:
    """Return what may stand on an invoice at most: what was paid and not refunded."""
    return order.gross_paid - order.refunded


class InvoiceRequestQuerySet(models.QuerySet["InvoiceRequest"]):
    def for_store(self, store: Store) -> Self:
        return self.filter(store=store)


class InvoiceRequest(models.Model):
    """发票申请: what to invoice, to whom, by when. There is no fee and no refusal: the seller bears the postage."""

    class Kind(models.TextChoices):
        PERSON = "person", _("A person")
        COMPANY = "company", _("A company")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="invoice_requests")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.PERSON)
    title = models.CharField(pgettext_lazy("invoice", "Title"), max_length=120)  # empty: to be asked for
    tax_number = models.CharField(_("Tax number"), max_length=20, blank=True)
    amount = models.DecimalField(_("Amount"), max_digits=12, decimal_places=2)
    state = models.CharField(max_length=8, choices=InvoiceState, default=InvoiceState.PENDING)
    due_at = models.DateTimeField(_("To issue by"))
    remark = models.CharField(max_length=200, blank=True)
    needs_details = models.BooleanField(default=False, db_default=False)  # a title or tax number is to be asked for
    source = models.CharField(max_length=10, choices=EventSource)
    note_version = models.PositiveSmallIntegerField(null=True)  # of the buyer's note that asked for it
    wish_id = models.BigIntegerField(null=True)  # the wish that asked for it
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    requested_at = models.DateTimeField()
    invoice_number = models.CharField(_("Invoice number"), max_length=40, blank=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    issued_at = models.DateTimeField(null=True)
    is_electronic = models.BooleanField(_("Electronic"), default=True)
    courier = models.CharField(_("Courier"), max_length=30, blank=True)
    tracking_number = models.CharField(_("Tracking number"), max_length=60, blank=True)
    mailed_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = InvoiceRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=~Q(state=InvoiceState.VOID), name="invoicerequest_one_per_order"
            ),
            models.CheckConstraint(condition=Q(state__in=InvoiceState.values), name="invoicerequest_state_known"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="invoicerequest_amount_positive"),
            models.CheckConstraint(
                condition=~Q(state__in=[InvoiceState.ISSUED, InvoiceState.MAILED]) | ~Q(invoice_number=""),
                name="invoicerequest_issued_has_number",
            ),
        ]
        indexes = [
            models.Index(
                fields=["store", "due_at", "id"], name="invoicerequest_pending", condition=Q(state=InvoiceState.PENDING)
            ),
            models.Index(fields=["store", "state", "-requested_at", "-id"], name="invoicerequest_state"),
            models.Index(
                fields=["store", "invoice_number"], name="invoicerequest_number", condition=~Q(invoice_number="")
            ),
            GinIndex(pieces_of(F("title")), name="invoicerequest_title_grams", fastupdate=False),
        ]

    def __str__(self) -> str:
        return self.title or str(self.get_kind_display())


class MessageTemplate(models.Model):
    """A text to buyers for one purpose; off until somebody switches it on."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("Name"), max_length=60)
    purpose = models.CharField(_("Purpose"), max_length=10, choices=MessagePurpose)
    text = models.CharField(_("Text"), max_length=500)
    is_active = models.BooleanField(_("On"), default=False)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "name"], name="messagetemplate_store_name_unique"),
            models.CheckConstraint(
                condition=Q(purpose__in=MessagePurpose.values), name="messagetemplate_purpose_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Message(models.Model):
    """A text that was prepared for one buyer. Without a sending service it is recorded here and not sent."""

    class State(models.TextChoices):
        RECORDED = "recorded", _("Recorded here, not sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Not sent: refused by the sending service")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="messages")
    template = models.ForeignKey(MessageTemplate, on_delete=models.SET_NULL, null=True, related_name="+")
    purpose = models.CharField(max_length=10, choices=MessagePurpose)
    text = models.CharField(max_length=600)  # as written, with personal data masked
    state = models.CharField(max_length=10, choices=State)
    error = models.CharField(max_length=200, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(purpose__in=MessagePurpose.values), name="message_purpose_known"),
        ]
        indexes = [models.Index(fields=["store", "-id"], name="message_store")]

    def __str__(self) -> str:
        return self.text


class BuyerConsent(models.Model):
    """Whether a buyer agreed to greetings, since when, and where that is written."""

    buyer = models.OneToOneField("orders.Buyer", on_delete=models.CASCADE, primary_key=True, related_name="+")
    is_given = models.BooleanField()
    evidence = models.CharField(max_length=200, blank=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.buyer_id}: {self.is_given}"


class LocalService(models.Model):
    """A service that the shop offers in some places: orders to there are tagged with its name."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("Service"), max_length=40)  # the tag
    places = ArrayField(models.CharField(max_length=60), verbose_name=_("Places"))  # 广东, 广东 深圳, 广东 深圳 南山
    product_codes = ArrayField(models.CharField(max_length=100), default=list, blank=True)  # empty: any product
    is_active = models.BooleanField(_("On"), default=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "name"], name="localservice_store_name_unique")]

    def __str__(self) -> str:
        return self.name
