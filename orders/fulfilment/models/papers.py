from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.common.models import Store
from orders.core.models import Order
from orders.fulfilment.models.waybills import Waybill


class PrintRecord(models.Model):
    """One print of one paper of an order; a second one is a reprint and says so."""

    class Paper(models.TextChoices):
        PACKING_SLIP = "packing_slip", _("Packing slip")
        PICKING_LIST = "picking_list", _("Picking list")
        WAYBILL = "waybill", _("Waybill")
        INVOICE_SHEET = "invoice_sheet", _("Invoice sheet")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="prints")
    waybill = models.ForeignKey(Waybill, on_delete=models.SET_NULL, null=True, related_name="prints", db_index=False)
    paper = models.CharField(max_length=16, choices=Paper)
    printed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    printed_at = models.DateTimeField()
    job = models.ForeignKey("common.Job", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(paper__in=["packing_slip", "picking_list", "waybill", "invoice_sheet"]),
                name="printrecord_paper_known",
            ),
        ]
        indexes = [models.Index(fields=["waybill"], name="printrecord_waybill", condition=Q(waybill__isnull=False))]

    def __str__(self) -> str:
        return f"{self.paper} of {self.order_id}"
