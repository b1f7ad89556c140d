from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.common.models import Store


class RefundPolicy(models.Model):
    """What a shop holds to in after-sales; a store without a row has the defaults.

    The hours are those of Taobao's after-sales rules as merchants know them; they differ by category and season, so
    each shop may change them. A deadline that the platform states goes before them.
    """

    store = models.OneToOneField(Store, on_delete=models.CASCADE, primary_key=True, related_name="+")
    approval_above = models.DecimalField(
        _("A second person above"), max_digits=12, decimal_places=2, default=Decimal("500.00")
    )
    decide_hours = models.PositiveSmallIntegerField(_("Decide within, hours"), default=48)
    decide_return_hours = models.PositiveSmallIntegerField(_("Decide on returns within, hours"), default=120)
    refused_days = models.PositiveSmallIntegerField(_("Buyer answers a refusal within, days"), default=7)
    return_days = models.PositiveSmallIntegerField(_("Buyer sends back within, days"), default=7)
    receive_days = models.PositiveSmallIntegerField(_("Shop receives within, days"), default=10)
    send_hours = models.PositiveSmallIntegerField(_("Shop sends out within, hours"), default=72)
    confirm_days = models.PositiveSmallIntegerField(_("Buyer confirms within, days"), default=10)
    due_soon_hours = models.PositiveSmallIntegerField(_("Due soon, hours"), default=12)
    inspect_hours = models.PositiveSmallIntegerField(_("Inspect after signing within, hours"), default=24)
    no_reason_days = models.PositiveSmallIntegerField(_("Return without a reason, days after signing"), default=7)
    quality_days = models.PositiveSmallIntegerField(_("Return for quality, days after signing"), default=15)
    special_words = ArrayField(
        models.CharField(max_length=40),
        verbose_name=_("Words of goods that are not taken back"),
        default=list,
        blank=True,
    )  # custom-made, underwear, food: in titles or specs
    acts_on_timeout = models.BooleanField(_("Apply what silence does"), default=True)  # False: the platform reports it
    signal_days = models.PositiveSmallIntegerField(_("Signals look back, days"), default=90)
    signal_count = models.PositiveSmallIntegerField(_("Signal from so many cases"), default=3)
    complaint_hours = models.PositiveSmallIntegerField(_("Answer complaints within, hours"), default=48)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(approval_above__gte=0), name="refundpolicy_limit_not_negative"),
        ]

    def __str__(self) -> str:
        return str(self.store_id)
