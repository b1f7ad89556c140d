from typing import Any

from rest_framework import serializers

from backoffice.api.paging import PageSerializer
from orders.core.statuses import ContactChannel
from orders.fulfilment.models import Anomaly, Shipment, TrackingEvent
from orders.fulfilment.services.anomaly_acts import CONTACT_LENGTH, OUTCOME_LENGTH
from orders.fulfilment.services.tracking import KNOWN, MOST_AT_ONCE, NEW, REFUSED, UNKNOWN
from orders.fulfilment.statuses import AnomalyKind, TraceState


class TraceEventInput(serializers.Serializer[object]):
    number = serializers.CharField(max_length=80, help_text="Tracking number.")
    at = serializers.DateTimeField(help_text="Without a zone: Asia/Shanghai.")
    state = serializers.CharField(max_length=60, required=False, default="", allow_blank=True,
        help_text=f"One of {', '.join(filter(None, TraceState.values))}, or a courier's own word.")  # fmt: skip
    text = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)
    place = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    courier = serializers.CharField(max_length=60, required=False, default="", allow_blank=True)


class TraceEventsInput(serializers.Serializer[object]):
    events = serializers.ListField(child=TraceEventInput(), allow_empty=False, max_length=MOST_AT_ONCE)


class TraceOutcomeSerializer(serializers.Serializer[object]):
    """What became of one event."""

    result = serializers.ChoiceField(choices=[NEW, KNOWN, UNKNOWN, REFUSED], source="code")
    number = serializers.CharField()
    reason = serializers.CharField()


class TraceResultSerializer(serializers.Serializer[object]):
    new = serializers.IntegerField()
    known = serializers.IntegerField()
    unknown_numbers = serializers.ListField(child=serializers.CharField())
    outcomes = TraceOutcomeSerializer(many=True, help_text="In the order of the events.")


class TraceEventSerializer(serializers.Serializer[TrackingEvent]):
    at = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=TraceState.values)
    place = serializers.CharField()
    text = serializers.CharField(help_text="Phone-like numbers are masked.")
    source = serializers.CharField(help_text="api, file, or an adapter; `demo` was invented for the demo.")  # type: ignore[assignment]  # a field of that name


class ShippedParcelSerializer(serializers.Serializer[Shipment]):
    id = serializers.IntegerField()
    order = serializers.CharField(source="order.number")
    courier = serializers.CharField()
    number = serializers.CharField(source="tracking_number")
    shipped_at = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=TraceState.values, source="trace_state")
    last_event = serializers.CharField()
    last_event_at = serializers.DateTimeField(allow_null=True)
    picked_up_at = serializers.DateTimeField(allow_null=True)
    signed_at = serializers.DateTimeField(allow_null=True)
    is_watched = serializers.BooleanField()
    problems = serializers.ListField(child=serializers.ChoiceField(choices=AnomalyKind.values), source="anomaly_kinds")


class ParcelPageSerializer(PageSerializer):
    results = ShippedParcelSerializer(many=True)


class ParcelDetailSerializer(ShippedParcelSerializer):
    events = TraceEventSerializer(many=True, help_text="Newest first, 500 at most.")


class AnomalySerializer(serializers.Serializer[Anomaly]):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=AnomalyKind.values)
    order = serializers.CharField(source="order.number")
    number = serializers.CharField(source="shipment.tracking_number")
    courier = serializers.CharField(source="shipment.courier")
    opened_at = serializers.DateTimeField()
    owner = serializers.SerializerMethodField()
    courier_asked_at = serializers.DateTimeField(allow_null=True)
    buyer_informed_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.CharField()
    facts = serializers.DictField(source="detail")
    version = serializers.IntegerField()

    def get_owner(self, case: Anomaly) -> str | None:
        return case.owner.username if case.owner else None


class AnomalyPageSerializer(PageSerializer):
    results = AnomalySerializer(many=True)


class CaseVersion(serializers.Serializer[Any]):
    version = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1)


class OwnInput(CaseVersion):
    owner = serializers.CharField(required=False, allow_null=True, max_length=150,
        help_text="A user name; null gives the case back, left out it is the caller.")  # fmt: skip


class CourierInput(CaseVersion):
    text = serializers.CharField(max_length=CONTACT_LENGTH)


class BuyerInput(CaseVersion):
    channel = serializers.ChoiceField(choices=ContactChannel.values)
    text = serializers.CharField(max_length=1000)


class SettleInput(CaseVersion):
    outcome = serializers.CharField(max_length=OUTCOME_LENGTH)
