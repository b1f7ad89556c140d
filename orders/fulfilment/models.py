from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.common.models import Store
from orders.core.models import Order, OrderLine
from orders.core.statuses import EventSource


class Product(models.Model):
    """What the store sells; order lines point at it by merchant code, not by key, since files come in any order."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(_("Product code"), max_length=100)
    title = models.CharField(_("Title"), max_length=500)
    platform_id = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "code"], name="product_store_code_unique")]

    def __str__(self) -> str:
        return self.title


class Sku(models.Model):
    """One sellable spec of a product; holds stock."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="skus")
    code = models.CharField(_("Merchant code"), max_length=100)
    spec = models.CharField(_("Spec"), max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "code"], name="sku_store_code_unique")]

    def __str__(self) -> str:
        return self.code


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

    objects = ShipmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "courier", "tracking_number"], name="shipment_order_number_unique"
            ),
            models.CheckConstraint(condition=~Q(tracking_number=""), name="shipment_number_not_empty"),
        ]
        indexes = [models.Index(fields=["store", "tracking_number"], name="shipment_tracking_number")]

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


class PrintRecord(models.Model):
    """One print of one paper of an order; a second one is a reprint and says so."""

    class Paper(models.TextChoices):
        PACKING_SLIP = "packing_slip", _("Packing slip")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="prints")
    paper = models.CharField(max_length=16, choices=Paper)
    printed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    printed_at = models.DateTimeField()
    job = models.ForeignKey("common.Job", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(paper__in=["packing_slip"]), name="printrecord_paper_known"),
        ]

    def __str__(self) -> str:
        return f"{self.paper} of {self.order_id}"
