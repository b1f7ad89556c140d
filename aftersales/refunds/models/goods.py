from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aftersales.refunds.models.cases import Refund
from aftersales.refunds.statuses import InspectionOutcome, ParcelDirection
from backoffice.common.models import Attachment, Store
from orders.core.statuses import EventSource
from orders.fulfilment.models import Sku, StockMovement


class ReturnAddressQuerySet(models.QuerySet["ReturnAddress"]):
    def for_store(self, store: Store) -> Self:
        return self.filter(store=store)


class ReturnAddress(models.Model):
    """Where buyers send goods back to; told to the buyer when a return is agreed."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(_("Name"), max_length=60)  # "Warehouse Hangzhou"
    shown = models.CharField(max_length=200)  # masked: contact, phone, province, city, district
    sealed = models.BinaryField()  # a JSON object with contact, phone, address
    is_default = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField()

    objects = ReturnAddressQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "name"], name="returnaddress_name_unique"),
            models.UniqueConstraint(
                fields=["store"], condition=Q(is_default=True, is_active=True), name="returnaddress_one_default"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ReturnParcel(models.Model):
    """A parcel of a case: goods on their way back, or what is sent out for an exchange, a repair, a reshipment."""

    refund = models.ForeignKey(Refund, on_delete=models.CASCADE, related_name="parcels", db_index=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    direction = models.CharField(max_length=4, choices=ParcelDirection)
    courier = models.CharField(_("Courier"), max_length=30, blank=True)  # code of orders.fulfilment.couriers
    tracking_number = models.CharField(_("Tracking number"), max_length=60)
    sent_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    last_event = models.CharField(max_length=200, blank=True)
    last_event_at = models.DateTimeField(null=True)
    quantity = models.PositiveIntegerField(default=1)
    sku = models.ForeignKey(
        Sku, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )  # what goes out
    movement = models.ForeignKey(StockMovement, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    source = models.CharField(max_length=10, choices=EventSource)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["refund", "direction", "courier", "tracking_number"], name="returnparcel_unique"
            ),
            models.CheckConstraint(condition=~Q(tracking_number=""), name="returnparcel_number_not_empty"),
            models.CheckConstraint(condition=Q(direction__in=ParcelDirection.values), name="returnparcel_direction"),
        ]
        indexes = [models.Index(fields=["store", "tracking_number"], name="returnparcel_number")]

    def __str__(self) -> str:
        return self.tracking_number


class ReturnEvent(models.Model):
    """One scan of a parcel of a case; the same one told twice is one row."""

    parcel = models.ForeignKey(ReturnParcel, on_delete=models.CASCADE, related_name="trace", db_index=False)
    at = models.DateTimeField()
    state = models.CharField(max_length=12, blank=True)  # of orders.fulfilment TraceState
    place = models.CharField(max_length=60, blank=True)
    text = models.CharField(max_length=300, blank=True)  # phone-like numbers masked
    source = models.CharField(max_length=12)
    digest = models.CharField(max_length=32)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["parcel", "digest"], name="returnevent_once")]
        indexes = [models.Index(fields=["parcel", "at", "id"], name="returnevent_time")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.text}"


class Inspection(models.Model):
    """What somebody found in a return parcel, and what became of the pieces; the stock follows it once."""

    refund = models.ForeignKey(Refund, on_delete=models.CASCADE, related_name="inspections", db_index=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    outcome = models.CharField(max_length=10, choices=InspectionOutcome)
    quantity = models.PositiveIntegerField()
    sku = models.ForeignKey(Sku, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    movement = models.ForeignKey(StockMovement, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    note = models.CharField(max_length=300, blank=True)
    inspected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(outcome__in=InspectionOutcome.values), name="inspection_outcome_known"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="inspection_quantity_positive"),
        ]
        indexes = [models.Index(fields=["refund"], name="inspection_refund")]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.outcome}"


class InspectionFile(models.Model):
    inspection = models.ForeignKey(Inspection, on_delete=models.CASCADE, related_name="files")
    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inspection", "attachment"], name="inspectionfile_unique")]

    def __str__(self) -> str:
        return str(self.attachment)
