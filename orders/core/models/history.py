from django.conf import settings
from django.db import models
from django.db.models import Q

from backoffice.common.models import Store
from orders.core.models.orders import Order, OrderLine
from orders.core.statuses import EventSource, HoldKind


class Hold(models.Model):
    """One named reason why an order, or one line of it, must not ship now."""

    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )  # the order's, whose own key is checked
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="holds")
    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, null=True, related_name="holds", db_index=False)
    kind = models.CharField(max_length=20, choices=HoldKind)
    reason = models.CharField(max_length=300, blank=True)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    rule = models.CharField(max_length=120, blank=True)  # the rule that opened it, when no person did
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    release_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "kind", "line"], condition=Q(released_at__isnull=True), nulls_distinct=False,
                name="hold_one_open_per_kind",
            ),
            models.CheckConstraint(condition=Q(kind__in=HoldKind.values), name="hold_kind_known"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["line"], name="hold_line", condition=Q(line__isnull=False)),
            models.Index(
                fields=["store", "kind", "reason", "order"], name="hold_open", condition=Q(released_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.kind


class Remark(models.Model):
    """What staff wrote for colleagues: append-only, authored, dated. Phone-like numbers are masked in `text`."""

    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )  # the order's, whose own key is checked
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="remarks", db_index=False)
    text = models.TextField()
    sealed = models.BinaryField(null=True)  # the text as written, when masking changed it
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    author_name = models.CharField(max_length=60)  # or "platform" for 商家备注 of an import
    source = models.CharField(max_length=10, choices=EventSource)
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)  # taken back by its author within minutes; it stays in the history

    class Meta:
        indexes = [models.Index(fields=["order", "-at"], name="remark_order_at")]

    def __str__(self) -> str:
        return self.text


class OrderEvent(models.Model):
    """Append-only history of an order: what, when, who, before, after."""

    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )  # the order's, whose own key is checked
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="events", db_index=False)
    kind = models.CharField(max_length=40)  # verbs in the past: imported, shipped, remarked, flag_changed …
    source = models.CharField(max_length=10, choices=EventSource)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    actor_name = models.CharField(max_length=60, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    job = models.ForeignKey(
        "common.Job", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )  # its batch
    order_version = models.PositiveIntegerField(db_default=0)  # the order's version that this made; 0: not known
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(source__in=EventSource.values), name="orderevent_source_known"),
        ]
        indexes = [
            models.Index(fields=["order", "-at", "-id"], name="orderevent_order_at"),
            # what people did, by time: workload, shifts, the shop's pace
            models.Index(
                fields=["store", "at"],
                name="orderevent_staff",
                include=["actor", "kind"],
                condition=Q(actor__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.kind
