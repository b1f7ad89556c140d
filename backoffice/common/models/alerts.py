from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.common.access import Right
from backoffice.common.models.stores import Store


class AlertKind(models.TextChoices):
    """What the bell tells of; each may be muted by each person."""

    NEW_ORDERS = "new_orders", _("New orders")
    DUE_SOON = "due_soon", _("Orders due soon")
    OVERDUE = "overdue", _("Orders overdue")
    HELD = "held", _("Orders held by a rule")
    NOTE_CHANGED = "note_changed", _("Note changed after printing")
    JOB_FAILED = "job_failed", _("Failed jobs")
    OUT_OF_STOCK = "out_of_stock", _("Orders short of stock")
    LOW_STOCK = "low_stock", _("Low stock")
    ANOMALY = "anomaly", _("Trouble with parcels")
    OUTBOX_FAILED = "outbox_failed", _("Not sent to the platform")
    REFUND_NEW = "refund_new", _("New after-sales cases")
    REFUND_DUE = "refund_due", _("After-sales cases due soon")
    APPROVAL = "approval", _("Refunds to approve")
    LOW_REVIEW = "low_review", _("Poor reviews")


# who is told of a kind that is told to all; a failed job is told to who asked for it, else to operations
ALERT_RIGHTS: dict[str, Right] = {
    AlertKind.NEW_ORDERS: Right.VIEW_ORDERS,
    AlertKind.DUE_SOON: Right.VIEW_ORDERS,
    AlertKind.OVERDUE: Right.VIEW_ORDERS,
    AlertKind.HELD: Right.WORK_ORDERS,
    AlertKind.NOTE_CHANGED: Right.VIEW_ORDERS,
    AlertKind.OUT_OF_STOCK: Right.VIEW_ORDERS,
    AlertKind.LOW_STOCK: Right.SHIP,
    AlertKind.ANOMALY: Right.WORK_ORDERS,
    AlertKind.OUTBOX_FAILED: Right.MANAGE_STORE,
    AlertKind.REFUND_NEW: Right.WORK_REFUNDS,
    AlertKind.REFUND_DUE: Right.WORK_REFUNDS,
    AlertKind.APPROVAL: Right.APPROVE_REFUNDS,
    AlertKind.LOW_REVIEW: Right.REPLY_REVIEWS,
}


class AlertQuerySet(models.QuerySet["Alert"]):
    def for_store(self, store: Store) -> Self:
        return self.filter(store=store)


class Alert(models.Model):
    """One thing that happened and that people should learn of without reloading a page."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, choices=AlertKind)
    right = models.CharField(max_length=30, choices=[(right.value, right.value) for right in Right])  # who may see it
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )  # NULL: everybody with the right
    count = models.PositiveIntegerField(default=1)
    subjects = models.JSONField(default=list)  # up to five order numbers
    data = models.JSONField(default=dict)  # what its sentence needs besides
    at = models.DateTimeField()

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=AlertKind.values), name="alert_kind_known"),
        ]
        indexes = [models.Index(fields=["store", "-id"], name="alert_store")]

    def __str__(self) -> str:
        return f"{self.kind} x{self.count}"


class AlertMark(models.Model):
    """How far something that raises alerts has looked, so that it tells of each thing once."""

    name = models.CharField(max_length=40, unique=True)
    value = models.JSONField(default=dict)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at}"
