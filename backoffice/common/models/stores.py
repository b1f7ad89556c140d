from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.common.access import Right, Role, rights_of


class Platform(models.TextChoices):
    TMALL = "tmall", _("Tmall")
    TAOBAO = "taobao", _("Taobao")
    OTHER = "other", _("Other platform")


class Store(models.Model):
    """One shop on one platform; every business row belongs to one. Rules that differ by shop are columns here."""

    code = models.SlugField(_("Code"), max_length=40, unique=True)
    name = models.CharField(_("Name"), max_length=80)
    platform = models.CharField(_("Platform"), max_length=20, choices=Platform, default=Platform.TMALL)
    promise_hours = models.PositiveSmallIntegerField(_("Ship within, hours"), default=48)
    due_soon_hours = models.PositiveSmallIntegerField(_("Due soon, hours"), default=4)
    accepts_on_payment = models.BooleanField(_("Accept orders on payment"), default=True)
    # kept by the rules themselves: with a rule that is on, nothing is accepted on payment any more
    has_acceptance_rules = models.BooleanField(default=False, db_default=False)
    transit_days = models.PositiveSmallIntegerField(_("Days a parcel travels"), default=2, db_default=2)
    reveal_quota = models.PositiveSmallIntegerField(_("Reveals per person and day"), default=50)
    # {"1": "urgent"}; shown beside the colour
    flag_legend = models.JSONField(_("Flag legend"), default=dict, blank=True)
    job_file_days = models.PositiveSmallIntegerField(_("Keep files, days"), default=7)
    purge_days = models.PositiveSmallIntegerField(_("Wipe recipients after completion, days"), default=180)
    # when a parcel is an anomaly; parcels shipped before `parcels_watched_since` never are, NULL: none is watched yet
    parcels_watched_since = models.DateTimeField(null=True)
    pickup_hours = models.PositiveSmallIntegerField(_("Picked up within, hours"), default=24, db_default=24)
    silent_hours = models.PositiveSmallIntegerField(_("News of a parcel within, hours"), default=48, db_default=48)
    unsigned_days = models.PositiveSmallIntegerField(_("Signed for within, days"), default=6, db_default=6)
    lost_days = models.PositiveSmallIntegerField(_("Perhaps lost after, days"), default=10, db_default=10)
    invoice_days = models.PositiveSmallIntegerField(_("Invoices issued within, days"), default=7, db_default=7)
    demand_days = models.PositiveSmallIntegerField(
        _("Days of sales that a stock forecast reads"), default=30, db_default=30
    )
    low_cover_days = models.PositiveSmallIntegerField(_("Low stock below, days of sales"), default=7, db_default=7)
    forbidden_words = ArrayField(
        models.CharField(max_length=40),
        verbose_name=_("Words no text to buyers may hold"),
        default=list,
        blank=True,
        db_default=[],
    )  # beside promises that the shop must not make, see common.outgoing
    sends_messages = models.BooleanField(_("Messages to buyers"), default=False, db_default=False)
    sender = models.JSONField(default=dict, blank=True, db_default={})  # name, phone, address of the shop, for waybills
    is_active = models.BooleanField(_("Active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(promise_hours__gte=1), name="store_promise_hours_positive"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def accepts_now(self) -> bool:
        """Whether a paid order is accepted at once: until the store has acceptance rules."""
        return self.accepts_on_payment and not self.has_acceptance_rules


class MembershipQuerySet(models.QuerySet["Membership"]):
    def active(self) -> Self:
        return self.filter(is_active=True, store__is_active=True, user__is_active=True)


class Membership(models.Model):
    """A user's roles in one store."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="memberships")
    roles = ArrayField(models.CharField(max_length=20, choices=Role), verbose_name=_("Roles"), default=list)
    is_active = models.BooleanField(_("Active"), default=True)
    preferences = models.JSONField(default=dict, blank=True)  # {"<list name>": {"columns": [...]}}
    created_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(null=True)  # when a page of theirs last asked for alerts: who is at work now
    alerts_seen = models.BigIntegerField(default=0, db_default=0)  # the newest Alert that the person has looked at

    all_stores: list[Store]  # of the person; queries.current_membership sets it

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "store"], name="membership_user_store_unique")]

    def __str__(self) -> str:
        return f"{self.user} @ {self.store}"

    @property
    def rights(self) -> frozenset[Right]:
        return rights_of(self.roles)
