from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.common.models.stores import Store


class Scope(models.TextChoices):
    ORDERS_READ = "orders:read", _("Read orders")
    ORDERS_WRITE = "orders:write", _("Work on orders")
    IMPORTS_WRITE = "imports:write", _("Import files")
    EXPORTS_WRITE = "exports:write", _("Export files")
    REFUNDS_READ = "refunds:read", _("Read refunds")
    REFUNDS_WRITE = "refunds:write", _("Work on refunds")
    REVIEWS_READ = "reviews:read", _("Read reviews")
    REVIEWS_WRITE = "reviews:write", _("Answer reviews")
    ANALYTICS_READ = "analytics:read", _("Read figures")


class ApiToken(models.Model):
    """A key of the REST API: shown once, only its hash is kept; never does more than its owner's role."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("Name"), max_length=60, blank=True)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope), verbose_name=_("Scopes"))
    prefix = models.CharField(max_length=12, unique=True)
    secret_hash = models.CharField(max_length=64)  # SHA-256 of a 256-bit random secret
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name or self.prefix


class IdempotencyKey(models.Model):
    """The stored answer to one POST of the API, so that a retry within 24 h gets the same answer."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=120)
    request_hash = models.CharField(max_length=64)
    status_code = models.PositiveSmallIntegerField(null=True)  # NULL while the first request is under way
    body = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="idempotency_token_key_unique")]

    def __str__(self) -> str:
        return self.key
