from typing import Any
from urllib.parse import urlencode

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backoffice.api.paging import PageSerializer
from orders.core.services.annotations import TAG_LENGTH
from orders.fulfilment.models import LocalService
from orders.fulfilment.queries.local_services import CAP, count_arranged
from orders.fulfilment.services.local_services import CODES, LENGTH, PLACES

_PLACE_LENGTH = 60


class ServiceSerializer(serializers.Serializer[LocalService]):
    """A service that the shop offers in some places: orders to there are tagged with its name."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    places = serializers.ListField(child=serializers.CharField())
    product_codes = serializers.ListField(child=serializers.CharField(), help_text="empty: every product")
    is_active = serializers.BooleanField()
    updated_by = serializers.CharField(source="updated_by.username", default=None, allow_null=True)
    updated_at = serializers.DateTimeField()
    query = serializers.SerializerMethodField(help_text="lists its orders: GET orders/?…")

    @extend_schema_field(str)
    def get_query(self, service: LocalService) -> str:
        return urlencode({"queue": "pending_shipment", "tag": service.name})


class ServiceDetailSerializer(ServiceSerializer):
    orders = serializers.SerializerMethodField(help_text=f"to be shipped with it now; {CAP + 1} stands for more")

    def get_orders(self, service: LocalService) -> int:
        return count_arranged(service.store, service.name)


class ServicePageSerializer(PageSerializer):
    results = ServiceSerializer(many=True)


class ServiceInputSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=TAG_LENGTH, help_text="the tag")
    places = serializers.ListField(
        child=serializers.CharField(max_length=_PLACE_LENGTH), min_length=1, max_length=PLACES,
        help_text="a province, or province and city, or province, city and district, with spaces between",
    )  # fmt: skip
    product_codes = serializers.ListField(
        child=serializers.CharField(max_length=LENGTH), default=list, max_length=CODES,
        help_text="merchant codes; without them every product",
    )  # fmt: skip
    is_active = serializers.BooleanField(default=True)
