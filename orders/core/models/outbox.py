from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.common.models import Store
from orders.core.models.history import OrderEvent
from orders.core.models.orders import Order


class OutboxKind(models.TextChoices):
    """What the platform should know of."""

    SHIP = "ship", _("Shipment")
    MEMO = "memo", _("Remark")
    FLAG = "flag", _("Flag")
    CLOSE = "close", _("Order closed")
    AGREE = "agree", _("Refund agreed")
    RETURN = "back", _("Return agreed")
    REFUSE = "deny", _("Refund refused")


ANSWERS = (OutboxKind.AGREE, OutboxKind.RETURN, OutboxKind.REFUSE)  # to what buyers ask for: money moves by them


class OutboxState(models.TextChoices):
    PENDING = "pending", pgettext_lazy("outbox", "Waiting")
    SENT = "sent", pgettext_lazy("outbox", "Sent")
    FAILED = "failed", pgettext_lazy("outbox", "Failed")
    KEPT = "kept", pgettext_lazy("outbox", "Kept here")  # older than the connection, or replaced by a newer one


class OutboxQuerySet(models.QuerySet["OutboxMessage"]):
    def for_store(self, store: Store) -> Self:
        return self.filter(store=store)


class OutboxMessage(models.Model):
    """One act that the platform should know of; written with its event, sent later by the store's adapter, once."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="outbox")
    event = models.OneToOneField(OrderEvent, on_delete=models.CASCADE, related_name="outbox")
    kind = models.CharField(max_length=5, choices=OutboxKind)
    state = models.CharField(max_length=7, choices=OutboxState, default=OutboxState.PENDING)
    created_at = models.DateTimeField()
    not_before = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField(null=True)  # a request left whose answer is not known yet: ask before sending again
    error_code = models.CharField(max_length=80, blank=True)
    error = models.CharField(max_length=300, blank=True)
    payload = models.JSONField(default=dict)  # what was sent last, without secrets and personal data
    sent_at = models.DateTimeField(null=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=OutboxKind.values), name="outboxmessage_kind_known"),
            models.CheckConstraint(condition=Q(state__in=OutboxState.values), name="outboxmessage_state_known"),
        ]
        indexes = [
            models.Index(fields=["store", "not_before", "id"], name="outboxmessage_due", condition=Q(state="pending")),
            models.Index(fields=["store", "state", "-id"], name="outboxmessage_state"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.order_id}: {self.state}"
