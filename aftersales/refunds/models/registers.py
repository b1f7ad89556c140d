from decimal import Decimal
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from aftersales.refunds.models.cases import Refund
from aftersales.refunds.statuses import CaseState, ComplaintKind, ViolationKind
from backoffice.common.models import Store
from orders.core.models import Order


class RegisterQuerySet(models.QuerySet):
    def for_store(self, store: Store) -> Self:
        return self.filter(store=store)


class Entry(models.Model):
    """A complaint or a violation: somebody owns it until its deadline, and says what came of it."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    number = models.CharField(max_length=64, blank=True)  # the platform's
    text = models.CharField(max_length=500)  # phone-like numbers masked
    state = models.CharField(max_length=10, choices=CaseState, default=CaseState.OPEN)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    opened_at = models.DateTimeField()
    deadline = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=300, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    closed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = RegisterQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.text


_OPEN_OR_CLOSED = Q(state=CaseState.OPEN, closed_at__isnull=True) | (
    ~Q(state=CaseState.OPEN) & Q(closed_at__isnull=False) & ~Q(outcome="")
)


class Complaint(Entry):
    """What a buyer complains of to the platform, or to the shop."""

    kind = models.CharField(max_length=16, choices=ComplaintKind)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ComplaintKind.values), name="complaint_kind_known"),
            models.CheckConstraint(condition=_OPEN_OR_CLOSED, name="complaint_ends_with_an_outcome"),
        ]
        indexes = [
            models.Index(
                fields=["store", "deadline", "id"], name="complaint_open", condition=Q(closed_at__isnull=True)
            ),
            models.Index(
                fields=["store", "-closed_at", "-id"], name="complaint_closed", condition=Q(closed_at__isnull=False)
            ),
            models.Index(fields=["refund"], name="complaint_refund", condition=Q(refund__isnull=False)),
            models.Index(fields=["order"], name="complaint_order", condition=Q(order__isnull=False)),
        ]


class Violation(Entry):
    """A rule that the platform says the shop broke, with points and money; may be appealed until the deadline."""

    kind = models.CharField(max_length=16, choices=ViolationKind)
    points = models.DecimalField(max_digits=5, decimal_places=1, default=Decimal("0.0"))
    penalty = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal("0.00"))
    happened_on = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ViolationKind.values), name="violation_kind_known"),
            models.CheckConstraint(condition=Q(points__gte=0, penalty__gte=0), name="violation_not_negative"),
            models.CheckConstraint(condition=_OPEN_OR_CLOSED, name="violation_ends_with_an_outcome"),
        ]
        indexes = [
            models.Index(
                fields=["store", "deadline", "id"], name="violation_open", condition=Q(closed_at__isnull=True)
            ),
            models.Index(
                fields=["store", "-closed_at", "-id"], name="violation_closed", condition=Q(closed_at__isnull=False)
            ),
            models.Index(fields=["order"], name="violation_order", condition=Q(order__isnull=False)),
        ]
