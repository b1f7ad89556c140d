from django.db import models
from django.db.models import Q

from backoffice.common.models import Store


class CourierPrice(models.Model):
    """What a courier takes for one parcel, as agreed with it: everywhere, or to one province that costs otherwise."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    courier = models.CharField(max_length=30)  # code of orders.fulfilment.couriers
    province = models.CharField(max_length=20)  # EVERYWHERE: to every province that has no price of its own
    price = models.DecimalField(max_digits=8, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "courier", "province"], name="courierprice_unique"),
            models.CheckConstraint(condition=Q(price__gte=0), name="courierprice_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.courier} {self.province} {self.price}"
