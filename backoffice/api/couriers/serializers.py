from typing import Any

from rest_framework import serializers

from orders.fulfilment.couriers import COURIERS
from orders.fulfilment.services.pools import MAX_AT_ONCE, PoolFacts

_CODES = [courier.code for courier in COURIERS]
_MOST = 1_000_000


class CourierSerializer(serializers.Serializer[PoolFacts]):
    """A courier of the store, and what is left of its numbers."""

    courier = serializers.CharField(source="account.courier")
    is_default = serializers.BooleanField(source="account.is_default", help_text="used unless the order names another")
    is_active = serializers.BooleanField(source="account.is_active")
    warn_below = serializers.IntegerField(source="account.warn_below")
    free = serializers.IntegerField(help_text="numbers that are left")
    used = serializers.IntegerField()
    is_low = serializers.BooleanField()


class CouriersSerializer(serializers.Serializer[Any]):
    results = CourierSerializer(many=True)


class CourierAccountSerializer(serializers.Serializer[Any]):
    courier = serializers.ChoiceField(_CODES)
    warn_below = serializers.IntegerField(min_value=0, max_value=_MOST, default=50)
    is_default = serializers.BooleanField(default=False)
    is_active = serializers.BooleanField(default=True)


class PoolNumbersSerializer(serializers.Serializer[Any]):
    courier = serializers.ChoiceField(_CODES)
    numbers = serializers.ListField(
        child=serializers.CharField(max_length=200), min_length=1, max_length=MAX_AT_ONCE,
        help_text=f"single ones, or ranges like YT0001 ~ YT0100; {MAX_AT_ONCE} numbers at once",
    )  # fmt: skip


class NumbersAddedSerializer(serializers.Serializer[Any]):
    added = serializers.IntegerField()
    known = serializers.IntegerField(help_text="left out: in the pool already")
    used = serializers.IntegerField(help_text="left out: of a parcel already")
