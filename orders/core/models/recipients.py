from django.db import models

from backoffice.common.models import Store
from orders.core.models.orders import Order


class Recipient(models.Model):
    """To whom one order goes. What names a person is sealed; only masked forms and blind indexes are readable.

    `sealed` is AES-256-GCM over a JSON object with any of name, mobile, phone, street, zip, modified_address, alipay,
    identity_name, identity_number, identity_phone; the store id and order number are its associated data.
    """

    order = models.OneToOneField(Order, on_delete=models.CASCADE, primary_key=True, related_name="recipient")
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )  # the order's, whose own key is checked
    sealed = models.BinaryField(null=True)  # NULL after the purge
    masked_name = models.CharField(max_length=40, blank=True)
    masked_phone = models.CharField(max_length=40, blank=True)
    phone_index = models.BinaryField(max_length=16, null=True)  # blind index of the full number
    phone_tail_index = models.BinaryField(max_length=16, null=True)  # of its last four digits
    name_index = models.BinaryField(max_length=16, null=True)
    # what staff changed on the buyer's wish: a sealed object like the one above; it wins over the platform's
    changed = models.BinaryField(null=True)
    changed_at = models.DateTimeField(null=True)
    recipient_key = models.CharField(max_length=32, blank=True)  # the same for the same name, phone and address
    purged_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["store", "phone_index"], name="recipient_phone"),
            models.Index(fields=["store", "phone_tail_index"], name="recipient_phone_tail"),
            models.Index(fields=["store", "name_index"], name="recipient_name"),
            models.Index(fields=["store", "recipient_key"], name="recipient_key"),
        ]

    def __str__(self) -> str:
        return f"{self.masked_name} {self.masked_phone}"
