"""The shapes of an order in answers. Money is a string in CNY; times are ISO 8601 with their offset."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backoffice.api.serializers import MoneyField, listed
from orders.core.models import Order, OrderEvent, OrderLine
from orders.core.statuses import Acceptance, EventSource, HoldKind, OrderStatus, RefundStatus
from orders.notes.statuses import BuyerNoteState


class DiscountSerializer(serializers.Serializer[object]):
    name = serializers.CharField()
    amount = MoneyField()


class MoneySerializer(serializers.Serializer[Order]):
    """From list total to paid to refunded."""

    total = MoneyField()
    payable = MoneyField(allow_null=True)
    postage = MoneyField()
    coupons = MoneyField(source="coupon_amount")
    discounts = DiscountSerializer(many=True)
    paid = MoneyField()
    paid_at_pay_time = MoneyField(source="gross_paid")
    refunded = MoneyField()
    payment_method = serializers.CharField()


class BuyerSerializer(serializers.Serializer[object]):
    nick = serializers.CharField()


class RecipientSerializer(serializers.Serializer[Order]):
    """Masked; the clear text comes from the reveal operation only."""

    name = serializers.CharField(source="recipient.masked_name", default="")
    phone = serializers.CharField(source="recipient.masked_phone", default="")
    recipient_key = serializers.CharField(source="recipient.recipient_key", default="")
    province = serializers.CharField()
    city = serializers.CharField()
    district = serializers.CharField()

    def to_representation(self, instance: Order) -> dict[str, Any]:
        """Return empty texts for an order of which no file named the recipient."""
        return {name: text or "" for name, text in super().to_representation(instance).items()}


class LineSerializer(serializers.Serializer[OrderLine]):
    id = serializers.IntegerField()
    key = serializers.CharField()
    title = serializers.CharField(source="title.text")
    spec = serializers.CharField()
    sku_code = serializers.CharField()
    quantity = serializers.IntegerField()
    shipped_quantity = serializers.IntegerField()
    price = MoneyField(allow_null=True)
    paid = MoneyField(allow_null=True)
    refunded = MoneyField()
    refund_status = serializers.ChoiceField(choices=RefundStatus.values)
    is_closed = serializers.BooleanField()
    is_gift = serializers.BooleanField()
    is_provisional = serializers.BooleanField()


class HoldSerializer(serializers.Serializer[object]):
    kind = serializers.ChoiceField(choices=HoldKind.values)
    reason = serializers.CharField()
    line = serializers.IntegerField(source="line_id", allow_null=True)
    opened_at = serializers.DateTimeField()


class ParcelLineSerializer(serializers.Serializer[object]):
    line = serializers.IntegerField(source="line_id")
    quantity = serializers.IntegerField()


class ShipmentSerializer(serializers.Serializer[object]):
    courier = serializers.CharField()
    tracking_number = serializers.CharField()
    shipped_at = serializers.DateTimeField()
    lines = ParcelLineSerializer(many=True)


class NoteSerializer(serializers.Serializer[object]):
    text = serializers.CharField()
    state = serializers.ChoiceField(choices=BuyerNoteState.values)
    types = serializers.ListField(child=serializers.CharField())
    outcome = serializers.CharField()
    versions = serializers.IntegerField(source="version_count")
    received_at = serializers.DateTimeField()


class RemarkSerializer(serializers.Serializer[object]):
    text = serializers.CharField()
    author = serializers.CharField(source="author_name")
    at = serializers.DateTimeField()


_REFUND_STATUSES = [value for value in RefundStatus.values if value]


class RefundFactSerializer(serializers.Serializer[OrderLine]):
    """The platform's refund facts of one line."""

    line = serializers.IntegerField(source="id")
    status = serializers.ChoiceField(_REFUND_STATUSES, source="refund_status")
    refunded = MoneyField()


class EventSerializer(serializers.Serializer[OrderEvent]):
    kind = serializers.CharField()
    source = serializers.ChoiceField(EventSource.values)  # type: ignore[assignment]  # a field of that name
    actor = serializers.CharField(source="actor_name")
    before = serializers.DictField()
    after = serializers.DictField()
    at = serializers.DateTimeField()


class OrderSerializer(serializers.Serializer[Order]):
    number = serializers.CharField()
    status = serializers.ChoiceField(choices=OrderStatus.values)
    platform_status = serializers.CharField()
    acceptance = serializers.ChoiceField(choices=Acceptance.values)
    holds = HoldSerializer(many=True, source="open_holds")
    placed_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField(allow_null=True)
    shipped_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)
    ship_by = serializers.DateTimeField(allow_null=True)
    ship_by_rule = serializers.CharField()
    money = MoneySerializer(source="*")
    buyer = BuyerSerializer(allow_null=True)
    recipient = RecipientSerializer(source="*")
    lines = LineSerializer(many=True, source="sorted_lines")
    shipments = ShipmentSerializer(many=True)
    notes = serializers.SerializerMethodField()
    remarks = RemarkSerializer(many=True, source="sorted_remarks")
    flag = serializers.IntegerField(min_value=0, max_value=5)
    tags = serializers.ListField(child=serializers.CharField())
    claimed_by = serializers.CharField(source="claimed_by.username", default=None, allow_null=True)
    refunds = serializers.SerializerMethodField()
    events = EventSerializer(many=True, source="sorted_events")
    version = serializers.IntegerField()

    @extend_schema_field(NoteSerializer(many=True))
    def get_notes(self, order: Order) -> Any:
        note = getattr(order, "note", None)
        return listed(NoteSerializer, [note] if note else [])

    @extend_schema_field(RefundFactSerializer(many=True))
    def get_refunds(self, order: Order) -> Any:
        lines: list[OrderLine] = order.sorted_lines  # type: ignore[attr-defined]
        return listed(RefundFactSerializer, [line for line in lines if line.refund_status])


class ClearRecipientSerializer(serializers.Serializer[object]):
    """What was revealed, by field; only the fields the order holds."""

    recipient = serializers.DictField(child=serializers.CharField())
