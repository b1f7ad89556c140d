from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.common.models import Store
from orders.core.statuses import HoldKind
from orders.rules.statuses import RuleAction


class RuleBook(models.Model):
    """The rules of one store as a whole: its row is locked while they change, and dates the last change."""

    store = models.OneToOneField(Store, on_delete=models.CASCADE, related_name="+")
    changed_at = models.DateTimeField(null=True)  # orders that the rules looked at before are looked at again

    def __str__(self) -> str:
        return f"rules of {self.store_id}"


class AcceptanceRuleQuerySet(models.QuerySet["AcceptanceRule"]):
    def for_store(self, store: Store) -> Self:
        return self.filter(store=store)

    def active(self) -> Self:
        return self.filter(is_active=True)

    def in_order(self) -> Self:
        return self.order_by("position", "pk")


class AcceptanceRule(models.Model):
    """One rule of a store: when all its conditions fit, it decides; rules are asked by position, the first decides."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("Name"), max_length=60)  # stands on every order that it accepted or held
    action = models.CharField(_("What it does"), max_length=8, choices=RuleAction)
    hold_kind = models.CharField(max_length=20, choices=HoldKind, blank=True)  # of a hold
    hold_reason = models.CharField(max_length=200, blank=True)
    conditions = models.JSONField(default=list)  # [{"field": "amount", "op": "at_least", "value": "500.00"}, …]
    is_active = models.BooleanField(default=True)
    match_count = models.PositiveIntegerField(default=0)
    last_matched_at = models.DateTimeField(null=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    updated_at = models.DateTimeField()

    objects = AcceptanceRuleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "name"], name="acceptancerule_name_unique"),
            models.CheckConstraint(condition=Q(action__in=RuleAction.values), name="acceptancerule_action_known"),
            models.CheckConstraint(
                condition=~Q(action=RuleAction.HOLD) | ~Q(hold_kind=""), name="acceptancerule_hold_has_kind"
            ),
        ]

    def __str__(self) -> str:
        return self.name
