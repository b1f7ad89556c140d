from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.common.models import Store
from orders.core.models import Order, OrderLine
from orders.fulfilment.statuses import LIVE_WAYBILLS, WaybillState


class CourierAccount(models.Model):
    """How a store gets waybill numbers of one courier: by which adapter, and with which of its settings."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    courier = models.CharField(_("Courier"), max_length=30)  # code of orders.fulfilment.couriers
    adapter = models.CharField(max_length=20, default="pool")  # name in orders.fulfilment.adapters
    options = models.JSONField(default=dict, blank=True)  # of the adapter, never secrets
    warn_below = models.PositiveIntegerField(_("Warn below, numbers"), default=50)
    is_default = models.BooleanField(_("Used unless the order names another"), default=False)
    is_active = models.BooleanField(_("On"), default=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "courier"], name="courieraccount_store_courier_unique"),
            models.UniqueConstraint(fields=["store"], condition=Q(is_default=True), name="courieraccount_one_default"),
        ]

    def __str__(self) -> str:
        return f"{self.courier} by {self.adapter}"


class WaybillQuerySet(models.QuerySet["Waybill"]):
    def for_store(self, store: Store) -> Self:
        return self.filter(store=store)

    def live(self) -> Self:
        return self.filter(state__in=LIVE_WAYBILLS)


class Waybill(models.Model):
    """面单: a parcel that is to leave: its courier's number, and the pieces of one or more orders to one recipient.

    It plans; when it is scanned out, each of its orders gets a Shipment with its number.
    """

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    courier = models.CharField(_("Courier"), max_length=30, blank=True)
    number = models.CharField(_("Tracking number"), max_length=60, blank=True)  # empty: none yet
    state = models.CharField(max_length=10, choices=WaybillState, default=WaybillState.DRAFT)
    recipient_key = models.CharField(max_length=32, blank=True)
    order_count = models.PositiveSmallIntegerField(default=1)  # 2 and more: merged
    ship_by = models.DateTimeField(null=True)  # the earliest of its orders
    problem = models.CharField(max_length=200, blank=True)  # why it has no number
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()
    printed_at = models.DateTimeField(null=True)  # the last time
    print_count = models.PositiveSmallIntegerField(default=0)
    shipped_at = models.DateTimeField(null=True)
    shipped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = WaybillQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "number"], condition=~Q(number="") & ~Q(state=WaybillState.VOID),
                name="waybill_number_unique",
            ),
            models.CheckConstraint(condition=Q(state__in=WaybillState.values), name="waybill_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=[WaybillState.DRAFT, WaybillState.VOID]) | ~Q(number=""),
                name="waybill_has_number",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["store", "state", "ship_by", "id"], name="waybill_live", condition=Q(state__in=LIVE_WAYBILLS)
            ),
            models.Index(fields=["store", "number"], name="waybill_number", condition=~Q(number="")),
            models.Index(
                fields=["store", "id"], name="waybill_merged", condition=Q(state__in=LIVE_WAYBILLS, order_count__gt=1)
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"draft {self.pk}"


class WaybillLine(models.Model):
    """Pieces of one order line that are to travel under a waybill."""

    waybill = models.ForeignKey(Waybill, on_delete=models.CASCADE, related_name="lines", db_index=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="waybill_lines")
    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="waybill_lines")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["waybill", "line"], name="waybillline_unique"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="waybillline_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} x{self.quantity}"


class PoolNumber(models.Model):
    """One waybill number that a courier gave the store in advance."""

    class State(models.TextChoices):
        FREE = "free", _("Free")
        USED = "used", _("Used")
        VOID = "void", _("Void")

    account = models.ForeignKey(CourierAccount, on_delete=models.CASCADE, related_name="numbers", db_index=False)
    number = models.CharField(max_length=60)
    state = models.CharField(max_length=5, choices=State, default=State.FREE)
    waybill = models.ForeignKey(Waybill, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    taken_at = models.DateTimeField(null=True)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "number"], name="poolnumber_unique"),
            models.CheckConstraint(condition=Q(state__in=["free", "used", "void"]), name="poolnumber_state_known"),
        ]
        indexes = [models.Index(fields=["account", "id"], name="poolnumber_free", condition=Q(state="free"))]

    def __str__(self) -> str:
        return self.number


class MergeCandidate(models.Model):
    """A paid order that waits for shipment, by whom it goes to; kept where orders are looked at (FulfilmentDue)."""

    order = models.OneToOneField(Order, on_delete=models.CASCADE, primary_key=True, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    recipient_key = models.CharField(max_length=32)

    class Meta:
        indexes = [models.Index(fields=["store", "recipient_key", "order"], name="mergecandidate_key")]

    def __str__(self) -> str:
        return str(self.order_id)


class PartialOrder(models.Model):
    """An order of which pieces may leave that no parcel is to take, while others are held or planned already.

    Kept by `mark_partial`, with every change of a waybill and wherever orders are looked at (FulfilmentDue).
    """

    order = models.OneToOneField(Order, on_delete=models.CASCADE, primary_key=True, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    ship_by = models.DateTimeField(null=True)  # the order's

    class Meta:
        indexes = [models.Index(fields=["store", "ship_by", "order"], name="partialorder_queue")]

    def __str__(self) -> str:
        return str(self.order_id)


class MergeRefusal(models.Model):
    """Somebody said that these orders are not to be merged, or that this recipient's never are."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    recipient_key = models.CharField(max_length=32)
    order_ids = ArrayField(models.BigIntegerField(), default=list)  # empty: never for this recipient
    refused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    refused_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["store", "recipient_key"], name="mergerefusal_key")]

    def __str__(self) -> str:
        return self.recipient_key
