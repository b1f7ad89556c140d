from typing import Any

from rest_framework import serializers

from backoffice.api.exports.serializers import NUMBER
from backoffice.api.waybills.serializers import MAX_LINES, PlannedLineSerializer
from orders.fulfilment.checking import Check
from orders.fulfilment.models import LineCheck, MergeRefusal, Shipment
from orders.fulfilment.queries.merges import MergeGroup, MergeMember
from orders.fulfilment.services.waybills import MAX_MERGED

_VERSION = "of the waybill, as read: refused when somebody changed it since"
_LARGEST = 2**31 - 1


class ScanSerializer(serializers.Serializer[object]):
    number = serializers.CharField(max_length=80, help_text="the tracking number on the label")


class ShippedSerializer(serializers.Serializer[Shipment]):
    order = serializers.CharField(source="order.number")
    courier = serializers.CharField()
    tracking_number = serializers.CharField()
    shipped_at = serializers.DateTimeField()
    shipped_by = serializers.CharField(source="shipped_by.username", default=None, allow_null=True)


class ScannedSerializer(serializers.Serializer[object]):
    shipments = ShippedSerializer(many=True)


class ChangeSerializer(serializers.Serializer[object]):
    version = serializers.IntegerField(required=False, min_value=1, max_value=_LARGEST, help_text=_VERSION)


class SplitSerializer(ChangeSerializer):
    lines = serializers.ListField(
        child=PlannedLineSerializer(), min_length=1, max_length=MAX_LINES, help_text="what goes into the new parcel"
    )


class MergeReasonSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    text = serializers.CharField()
    blocks = serializers.BooleanField(help_text="keeps the order out of the parcel; else a risk to weigh")


class MergeMemberSerializer(serializers.Serializer[MergeMember]):
    order = serializers.CharField(source="order.number")
    ship_by = serializers.DateTimeField(source="order.ship_by", allow_null=True)
    parcel = serializers.CharField(help_text="number or id of the waybill that it is on; empty: none")
    reasons = MergeReasonSerializer(many=True)


class MergeGroupSerializer(serializers.Serializer[MergeGroup]):
    """Open orders to one recipient."""

    recipient = serializers.CharField(source="recipient_key", help_text="the same for the same name, phone and address")
    ship_by = serializers.DateTimeField(allow_null=True)
    saved = serializers.IntegerField(help_text="parcels that packing together saves")
    orders = MergeMemberSerializer(source="members", many=True)
    reasons = MergeReasonSerializer(many=True, help_text="what differs among the orders")


class MergePageSerializer(serializers.Serializer[object]):
    results = MergeGroupSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="cursor for `after`; null: the end")


class MergeSerializer(serializers.Serializer[object]):
    orders = serializers.ListField(child=serializers.RegexField(NUMBER), min_length=2, max_length=MAX_MERGED)
    courier = serializers.CharField(default="", max_length=60, allow_blank=True, help_text="empty: the store's usual")


class RefuseSerializer(serializers.Serializer[object]):
    recipient = serializers.CharField(max_length=32)
    orders = serializers.ListField(child=serializers.RegexField(NUMBER), min_length=2, max_length=MAX_MERGED)
    never = serializers.BooleanField(default=False, help_text="for this recipient, also with orders to come")


class MergeRefusalSerializer(serializers.Serializer[MergeRefusal]):
    id = serializers.IntegerField()


class TickSerializer(serializers.Serializer[object]):
    position = serializers.IntegerField(min_value=1, max_value=32767, help_text="of the line in its order")
    kind = serializers.ChoiceField(LineCheck.Kind.values)


class CheckSerializer(serializers.Serializer[Check]):
    position = serializers.IntegerField(source="line.position")
    kind = serializers.ChoiceField(LineCheck.Kind.values)
    checked_by = serializers.CharField(source="checked_by.username", default=None, allow_null=True)
    checked_at = serializers.DateTimeField(allow_null=True)


class ChecksSerializer(serializers.Serializer[object]):
    """The second looks that what is left of the order needs before it ships."""

    results = CheckSerializer(many=True)
