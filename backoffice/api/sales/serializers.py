from datetime import date, timedelta
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers

from analytics.queries import Period
from backoffice.api.serializers import MoneyField
from backoffice.common.clock import business_day

MAX_DAYS, USUAL_DAYS = 366, 30
_DAYS = [MinValueValidator(date(1990, 1, 1)), MaxValueValidator(date(2199, 12, 31))]


class PeriodSerializer(serializers.Serializer[Period]):
    """`from` and `to` are days, both included; without them the last 30 closed days."""

    to = serializers.DateField(required=False, validators=_DAYS)

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.DateField(required=False, validators=_DAYS), **super().get_fields()}

    def validate(self, attrs: Any) -> Period:
        last = attrs.get("to") or business_day(timezone.now()) - timedelta(days=1)
        first = attrs.get("from") or Period.ending(last, USUAL_DAYS).first
        if first > last:
            raise serializers.ValidationError(
                {"to": _("This is before where the range begins: %(first)s.") % {"first": first}}
            )
        period = Period(first, last)
        if period.day_count > MAX_DAYS:
            raise serializers.ValidationError({"from": _("Ask for at most %(count)s days.") % {"count": MAX_DAYS}})
        return period


class FiguresSerializer(serializers.Serializer[object]):
    orders = serializers.IntegerField(source="order_count")
    pieces = serializers.IntegerField(source="piece_count")
    paid = MoneyField(source="gross_paid")
    average = MoneyField(allow_null=True)
    buyers = serializers.IntegerField(source="buyer_count")
    refunded = MoneyField()
    refund_rate = serializers.DecimalField(
        max_digits=10, decimal_places=4, allow_null=True, help_text="0.0123 is 1.23 %"
    )


class DaySerializer(FiguresSerializer):
    day = serializers.DateField(source="period.first")
    placed = serializers.IntegerField(source="placed_count")
    orders_query = serializers.CharField(help_text="Parameters of the order list that find exactly these orders.")


class DailySalesSerializer(serializers.Serializer[object]):
    results = DaySerializer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    total = FiguresSerializer(help_text="Of the whole period: who bought on several days is one buyer.")
    definitions = serializers.DictField(child=serializers.CharField())
    currency = serializers.CharField()
    time_zone = serializers.CharField()
    rolled_at = serializers.DateTimeField(allow_null=True, help_text="When the rollups last ran.")
    days_waiting = serializers.IntegerField(help_text="Closed days that changed since and wait for the next run.")
