from datetime import UTC, datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.common.models import Store
from orders.core.models import Order, OrderLine
from orders.fulfilment.models.products import GiftRule, Sku
from orders.fulfilment.statuses import MovementKind, ShortageOutcome, ShortageSolution

NEVER = datetime(9999, 1, 1, tzinfo=UTC)  # when orders without a promise must ship


class StockMovement(models.Model):
    """One row of a sku's ledger, append-only: on hand and reserved are the sums of their changes."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    sku = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="movements", db_index=False)
    kind = models.CharField(_("Movement"), max_length=12, choices=MovementKind)
    on_hand_change = models.IntegerField(default=0)
    reserved_change = models.IntegerField(default=0)
    on_hand_after = models.IntegerField()
    reserved_after = models.IntegerField()
    order = models.ForeignKey(Order, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    line = models.ForeignKey(OrderLine, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    reason = models.CharField(max_length=200, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    job = models.ForeignKey("common.Job", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=MovementKind.values), name="stockmovement_kind_known"),
            models.CheckConstraint(
                condition=Q(kind=MovementKind.COUNT) | ~Q(on_hand_change=0, reserved_change=0),
                name="stockmovement_moves",
            ),
        ]
        indexes = [
            models.Index(fields=["sku", "-id"], name="stockmovement_ledger"),
            models.Index(fields=["order"], name="stockmovement_order", condition=Q(order__isnull=False)),
            models.Index(fields=["line"], name="stockmovement_line", condition=Q(line__isnull=False)),
            models.Index(
                fields=["store", "at"], name="stockmovement_shipped", include=["sku", "on_hand_change"],
                condition=Q(kind=MovementKind.SHIP),
            ),  # the pace of sales
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} {self.on_hand_change:+d} / {self.reserved_change:+d}"


class LineStock(models.Model):
    """What one order line holds of the stock: promised to it, taken for it, missing for it."""

    line = models.OneToOneField(OrderLine, on_delete=models.CASCADE, primary_key=True, related_name="stock")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="line_stocks")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+", db_index=False)
    reserved = models.PositiveIntegerField(default=0)
    shipped = models.PositiveIntegerField(default=0)  # pieces of this sku that were deducted for the line
    short = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["sku", "line"], name="linestock_sku", condition=Q(reserved__gt=0) | Q(short__gt=0)),
            models.Index(fields=["sku", "order"], name="linestock_short", condition=Q(short__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.line_id}: {self.reserved} reserved, {self.short} short"


class Shortage(models.Model):
    """Pieces that an order line lacks, and what was agreed with the buyer about it; ends in one of three ways."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="shortages")
    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="+", db_index=False)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+", db_index=False)
    quantity = models.PositiveIntegerField()
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(default=NEVER, db_default=NEVER)  # the order must ship by; the database keeps it
    solution = models.CharField(max_length=10, choices=ShortageSolution, blank=True)  # what was offered or agreed
    answer = models.CharField(max_length=300, blank=True)  # the buyer's, phone-like numbers masked
    expected_on = models.DateField(null=True)  # when stock is expected, for those who wait
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=ShortageOutcome, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line"], condition=Q(closed_at__isnull=True), name="shortage_one_open"),
            models.CheckConstraint(condition=Q(solution__in=["", *ShortageSolution.values]), name="shortage_solution"),
            models.CheckConstraint(condition=Q(outcome__in=["", *ShortageOutcome.values]), name="shortage_outcome"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, outcome="") | (Q(closed_at__isnull=False) & ~Q(outcome="")),
                name="shortage_ends_with_an_outcome",
            ),
        ]
        indexes = [
            models.Index(
                fields=["store", "opened_at", "id"], name="shortage_open", condition=Q(closed_at__isnull=True)
            ),
            models.Index(
                fields=["store", "due_at", "id"], name="shortage_due", include=["decided_at", "solution"],
                condition=Q(closed_at__isnull=True),
            ),
            models.Index(
                fields=["store", "closed_at", "id"], name="shortage_closed", condition=Q(closed_at__isnull=False)
            ),
            models.Index(fields=["line"], name="shortage_line"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.quantity} of {self.sku_id} for {self.line_id}"


class GiftGrant(models.Model):
    """A gift that a rule gave an order, once; withdrawn when the order no longer meets the rule before it ships."""

    rule = models.ForeignKey(GiftRule, on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="gift_grants")
    line = models.ForeignKey(OrderLine, on_delete=models.SET_NULL, null=True, related_name="+")
    granted_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "order"], name="giftgrant_once")]

    def __str__(self) -> str:
        return f"{self.rule_id} to {self.order_id}"


class DueQuerySet(models.QuerySet["FulfilmentDue"]):
    def for_store(self, store: Store) -> Self:
        return self.filter(store=store)

    def at(self, now: datetime) -> Self:
        """Leave out what failed a moment ago."""
        return self.filter(Q(not_before__isnull=True) | Q(not_before__lte=now))


class FulfilmentDue(models.Model):
    """An order whose gifts, stock, merge mark and invoice must be looked at again; triggers write it (migration 0006).

    Whoever looks deletes the row first, in the same transaction.
    """

    order = models.OneToOneField(
        Order, on_delete=models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="+"
    )
    store = models.ForeignKey(Store, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    since = models.DateTimeField()
    failures = models.PositiveSmallIntegerField(default=0, db_default=0)  # in a row
    not_before = models.DateTimeField(null=True)  # after a failure

    objects = DueQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["store", "order"], name="fulfilmentdue_store")]

    def __str__(self) -> str:
        return str(self.order_id)


class LineCheck(models.Model):
    """A second look at a line before it ships, by a named person: its spec and quantity, brand label or packing."""

    class Kind(models.TextChoices):
        SPEC = "spec", _("Name, spec, colour and quantity")
        BRAND = "brand", _("Brand label")
        PACKING = "packing", _("Packing")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="line_checks")
    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind)
    spec = models.CharField(max_length=300, blank=True)  # what was looked at: another spec needs another look
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    checked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "kind"], name="linecheck_once"),
            models.CheckConstraint(condition=Q(kind__in=["spec", "brand", "packing"]), name="linecheck_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.line_id}"
