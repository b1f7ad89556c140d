from django.db import models
from django.db.models import Q

from backoffice.common.models import Store


class UnknownRefund(models.Model):
    """A case whose order is not here yet: kept as it came, sealed, until the order arrives."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    number = models.CharField(max_length=64)
    order_number = models.CharField(max_length=64)
    sealed = models.BinaryField()  # the record as JSON
    snapshot_at = models.DateTimeField()
    at = models.DateTimeField()
    has_arrived = models.BooleanField(default=False, db_default=False)  # its order: a trigger of migration 0007 says so
    tried_at = models.DateTimeField(null=True)  # when it could not be taken in though its order was here
    problem = models.CharField(max_length=300, blank=True, db_default="")  # why

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "number"], name="unknownrefund_unique")]
        indexes = [
            models.Index(fields=["store", "order_number"], name="unknownrefund_order"),
            models.Index(fields=["id"], name="unknownrefund_arrived", condition=Q(has_arrived=True)),
            models.Index(fields=["at"], name="unknownrefund_at"),
        ]

    def __str__(self) -> str:
        return self.number


class UnreadRefund(models.Model):
    """A case of the platform that is not understood: kept sealed as it was answered, and read again until it is."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    number = models.CharField(max_length=64)
    order_number = models.CharField(max_length=64, blank=True)
    sealed = models.BinaryField()  # the answer and what was said, as JSON
    words = models.CharField(max_length=120, blank=True)  # the platform's state and kind
    problem = models.CharField(max_length=300)
    snapshot_at = models.DateTimeField()
    at = models.DateTimeField()
    tried_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "number"], name="unreadrefund_unique")]

    def __str__(self) -> str:
        return self.number
