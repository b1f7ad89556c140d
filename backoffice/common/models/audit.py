from django.conf import settings
from django.db import models

from backoffice.common.models.stores import Store


class AuditEntry(models.Model):
    """One act of access or administration: append-only, hash-chained per store (`sequence` from 1, no gaps).

    A trigger and the missing rights of the application's database role refuse UPDATE, DELETE and TRUNCATE.
    """

    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, related_name="+")
    sequence = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=150, blank=True)
    action = models.CharField(max_length=40)
    subject = models.CharField(max_length=120, blank=True)
    data = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "sequence"], nulls_distinct=False, name="audit_store_sequence_unique"
            ),
        ]
        indexes = [
            models.Index(fields=["store", "action", "-sequence"], name="audit_store_action"),
            models.Index(fields=["store", "actor", "-sequence"], name="audit_store_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.action}"
