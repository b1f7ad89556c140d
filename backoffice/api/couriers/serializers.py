from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from orders.core.divisions import province_name
from orders.fulfilment.couriers import COURIERS
from orders.fulfilment.services.courier_prices import HIGHEST
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


def _price(**options: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=8, decimal_places=2, min_value=Decimal(0), max_value=HIGHEST, **options)


class CourierPricesSerializer(serializers.Serializer[Any]):
    """What a courier takes for a parcel: the usual, and to the provinces that cost otherwise."""

    courier = serializers.ChoiceField(_CODES)
    price = _price(allow_null=True, help_text="the usual, in yuan; null: not known")
    provinces = serializers.DictField(child=_price(), default=dict)

    def validate_provinces(self, prices: dict[str, Decimal]) -> dict[str, Decimal]:
        known = {}
        for name, price in prices.items():
            province = province_name(name)
            if not province:
                raise serializers.ValidationError(_("%(name)s is not a province.") % {"name": name[:40]})
            known[province] = price
        return known


class AllCourierPricesSerializer(serializers.Serializer[Any]):
    results = CourierPricesSerializer(many=True)
