from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from backoffice.common.models import Store

EVERYWHERE = "*"  # stands for all provinces together; an order that names none has ""


class CourierDay(models.Model):
    """What became of the parcels that a courier got on one day: counts that add up over days and provinces.

    Hours are counted in the buckets of orders.fulfilment.traces.histogram. The day is that of `Shipment.shipped_at`.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    day = models.DateField()
    courier = models.CharField(max_length=30, blank=True)
    province = models.CharField(max_length=20, blank=True)
    parcels = models.PositiveIntegerField()
    picked_up = models.PositiveIntegerField()
    signed = models.PositiveIntegerField()  # after a known pick-up
    troubled = models.PositiveIntegerField()  # had an anomaly, open or settled
    pickup_hours = ArrayField(models.IntegerField())  # from shipping to pick-up
    sign_hours = ArrayField(models.IntegerField())  # from pick-up to the signature

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "province", "day", "courier"], name="courierday_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.courier} {self.province}"


class CourierDayMark(models.Model):
    """A day whose parcels changed since it was counted; written by the database for every writer."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    day = models.DateField()
    marked_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["store", "day"], name="courierdaymark_store_day")]

    def __str__(self) -> str:
        return str(self.day)
