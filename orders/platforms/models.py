from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.common.models import Store

LOCKED_OUT = timedelta(days=36_500)  # until somebody enters new credentials
_LONGEST_BAN = timedelta(days=2)


class PlatformConnection(models.Model):
    """How a store talks to its platform; without one, acts are recorded here and not sent."""

    class Adapter(models.TextChoices):
        TOP = "top", _("Taobao Open Platform")

    store = models.OneToOneField(Store, on_delete=models.CASCADE, primary_key=True, related_name="+")
    adapter = models.CharField(_("Platform"), max_length=10, choices=Adapter, default=Adapter.TOP)
    gateway = models.URLField(_("Gateway"), max_length=200)
    app_key = models.CharField(_("App key"), max_length=40)
    sealed = models.BinaryField()  # a JSON object with secret and session
    sign_method = models.CharField(
        max_length=11, choices=[(name, name) for name in ("md5", "hmac", "hmac-sha256")], default="hmac-sha256"
    )
    is_active = models.BooleanField(_("On"), default=True)
    pulls_orders = models.BooleanField(_("Takes orders in"), default=True)
    sends_acts = models.BooleanField(_("Sends shipments, remarks and flags"), default=True)
    sends_answers = models.BooleanField(_("Sends answers to refunds"), default=False, db_default=False)  # money moves
    sends_since = models.DateTimeField()  # older acts stay here
    pulled_until = models.DateTimeField(null=True)  # all changes before this have been taken in
    pulled_at = models.DateTimeField(null=True)
    blocked_until = models.DateTimeField(null=True)  # the platform's rate limit
    last_error = models.CharField(max_length=300, blank=True)
    last_error_at = models.DateTimeField(null=True)
    last_ok_at = models.DateTimeField(null=True)
    unknown_fields = models.JSONField(default=list)  # names that answers held and we do not read
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    updated_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(adapter__in=["top"]), name="platformconnection_adapter_known")
        ]

    def __str__(self) -> str:
        return f"{self.adapter} of {self.store_id}"

    def is_locked_out(self, now: datetime) -> bool:
        """Tell whether the platform refused the credentials: nothing goes on before new ones are saved."""
        return self.blocked_until is not None and self.blocked_until > now + _LONGEST_BAN

    def is_blocked(self, now: datetime) -> bool:
        return self.blocked_until is not None and self.blocked_until > now
