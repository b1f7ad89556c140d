from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from backoffice.common.forms import COLOURS
from backoffice.common.models import Store

_HOURS_AND_DAYS = (
    "promise_hours", "due_soon_hours", "transit_days", "reveal_quota", "job_file_days", "purge_days", "pickup_hours",
    "silent_hours", "unsigned_days", "lost_days", "invoice_days", "demand_days", "low_cover_days",
)  # fmt: skip
_MOST = 10_000


class StoreSettingsSerializer(serializers.Serializer[Store]):
    """The store's own rules. A change may leave out what stays."""

    name = serializers.CharField(max_length=80)
    accepts_on_payment = serializers.BooleanField()
    flag_legend = serializers.DictField(
        child=serializers.CharField(max_length=20, allow_blank=True),
        help_text="what the flags 1 to 5 mean; all of it anew",
    )

    def validate_flag_legend(self, legend: dict[str, str]) -> dict[str, str]:
        unknown = [number for number in legend if number not in map(str, COLOURS)]
        if unknown:
            raise serializers.ValidationError(_("There is no flag %(number)s.") % {"number": unknown[0][:10]})
        return legend

    def get_fields(self) -> dict[str, Any]:
        numbers = {name: serializers.IntegerField(min_value=0, max_value=_MOST) for name in _HOURS_AND_DAYS}
        return {**super().get_fields(), **numbers}
