from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.common.models import Store
from orders.core.models import Order, OrderLine
from orders.core.statuses import EventSource
from orders.fulfilment.models.waybills import Waybill
from orders.fulfilment.statuses import AnomalyKind, TraceState


class ShipmentQuerySet(models.QuerySet["Shipment"]):
    def for_store(self, store: Store) -> Self:
        return self.filter(store=store)


class Shipment(models.Model):
    """One parcel: courier, tracking number, lines with quantities."""

    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )  # the order's, whose own key is checked
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="shipments", db_index=False)
    courier = models.CharField(_("Courier"), max_length=30, blank=True)  # code of orders.fulfilment.couriers
    tracking_number = models.CharField(_("Tracking number"), max_length=60)
    shipped_at = models.DateTimeField()
    shipped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    source = models.CharField(max_length=10, choices=EventSource)
    waybill = models.ForeignKey(Waybill, on_delete=models.SET_NULL, null=True, related_name="shipments", db_index=False)
    province = models.CharField(max_length=20, blank=True, db_default="")  # the order's; the database keeps it the same
    # repeated from its newest trace events, see services.tracking
    trace_state = models.CharField(max_length=12, choices=TraceState, blank=True, db_default="")
    last_event_at = models.DateTimeField(null=True)
    last_event = models.CharField(max_length=200, blank=True, db_default="")
    picked_up_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    is_watched = models.BooleanField(default=False, db_default=False)  # rules look at it, until it is signed for
    anomaly_kinds = ArrayField(
        models.CharField(max_length=16, choices=AnomalyKind), default=list, blank=True, db_default=[]
    )  # of its open anomalies

    objects = ShipmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "courier", "tracking_number"], name="shipment_order_number_unique"
            ),
            models.CheckConstraint(condition=~Q(tracking_number=""), name="shipment_number_not_empty"),
        ]
        indexes = [
            models.Index(fields=["store", "tracking_number"], name="shipment_tracking_number"),
            models.Index(fields=["store", "shipped_at", "id"], name="shipment_watched", condition=Q(is_watched=True)),
            models.Index(fields=["waybill"], name="shipment_waybill", condition=Q(waybill__isnull=False)),
            # the list of parcels, and of one courier's
            models.Index(fields=["store", "shipped_at", "id"], name="shipment_time"),
            models.Index(fields=["store", "courier", "shipped_at", "id"], name="shipment_courier_time"),
            models.Index(
                fields=["store", "province", "shipped_at", "id"],
                include=["is_watched", "trace_state", "courier"],
                name="shipment_province_time",
            ),
            models.Index(
                fields=["store", "trace_state", "shipped_at", "id"],
                name="shipment_trace_state",
                condition=~Q(trace_state=""),
            ),
            models.Index(
                fields=["store", "shipped_at", "id"], name="shipment_troubled", condition=~Q(anomaly_kinds=[])
            ),
        ]

    def __str__(self) -> str:
        return self.tracking_number


class ShipmentLine(models.Model):
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="lines", db_index=False)
    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="shipment_lines")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shipment", "line"], name="shipmentline_unique"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="shipmentline_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.line} x{self.quantity}"


class TrackingEvent(models.Model):
    """One scan of a parcel, as its courier told it; the same one told twice is one row."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="trace", db_index=False)
    at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=TraceState, blank=True)
    place = models.CharField(max_length=60, blank=True)  # province and city, where the courier names them
    text = models.CharField(max_length=300, blank=True)  # phone-like numbers masked
    source = models.CharField(max_length=12)  # api, file, or the name of an adapter
    digest = models.CharField(max_length=32)  # of time, state, place and text
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shipment", "digest"], name="trackingevent_once"),
            models.CheckConstraint(condition=Q(state__in=TraceState.values), name="trackingevent_state_known"),
        ]
        indexes = [models.Index(fields=["shipment", "at", "id"], name="trackingevent_time")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.text}"


class Anomaly(models.Model):
    """Something wrong with a parcel, found by rule, with an owner until it is settled."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="anomalies", db_index=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="parcel_anomalies")
    kind = models.CharField(max_length=16, choices=AnomalyKind)
    opened_at = models.DateTimeField()
    detail = models.JSONField(default=dict)  # the times and places that the rule compared
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    courier_asked_at = models.DateTimeField(null=True)
    buyer_informed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )  # NULL: the parcel moved on by itself
    outcome = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shipment", "kind"], name="anomaly_once"),
            models.CheckConstraint(condition=Q(kind__in=AnomalyKind.values), name="anomaly_kind_known"),
        ]
        indexes = [
            models.Index(fields=["store", "opened_at", "id"], name="anomaly_open", condition=Q(closed_at__isnull=True)),
            models.Index(
                fields=["owner", "opened_at", "id"], name="anomaly_mine",
                condition=Q(closed_at__isnull=True, owner__isnull=False),
            ),
            models.Index(
                fields=["owner", "closed_at", "id"], name="anomaly_mine_closed",
                condition=Q(closed_at__isnull=False, owner__isnull=False),
            ),
            models.Index(
                fields=["store", "closed_at", "id"], name="anomaly_closed", condition=Q(closed_at__isnull=False)
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} of {self.shipment_id}"


class CourierContact(models.Model):
    """What was asked of a courier about an anomaly, and what it said."""

    anomaly = models.ForeignKey(Anomaly, on_delete=models.CASCADE, related_name="courier_contacts")
    text = models.CharField(max_length=500)  # phone-like numbers masked
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.text
