from django.db import models

from backoffice.common.models import Store


class RefundPull(models.Model):
    """How far the cases of a store have been taken in from its platform."""

    store = models.OneToOneField(Store, on_delete=models.CASCADE, primary_key=True, related_name="+")
    pulled_until = models.DateTimeField()  # all changes before this have been taken in
    pulled_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.store_id)
