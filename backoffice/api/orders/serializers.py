"""The shapes of an order in answers. Money is a string in CNY; times are ISO 8601 with their offset."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from aftersales.refunds.models import Refund
from aftersales.refunds.statuses import RefundKind, RefundState
from backoffice.api.serializers import MoneyField, listed
from orders.core.models import Order, OrderEvent, OrderLine, OutboxState
from orders.core.statuses import Acceptance, ContactChannel, EventSource, HoldKind, OrderStatus, RefundStatus, WishKind
from orders.fulfilment.models import InvoiceRequest, Waybill, WaybillLine
from orders.fulfilment.statuses import LIVE_WAYBILLS, AnomalyKind, InvoiceState, TraceState
from orders.notes.statuses import BuyerNoteState, Negotiation


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
    is_changed = serializers.SerializerMethodField(help_text="by staff, for the buyer; the place is the platform's")

    @extend_schema_field(serializers.BooleanField)
    def get_is_changed(self, order: Order) -> bool:
        recipient = getattr(order, "recipient", None)
        return recipient is not None and recipient.changed is not None

    def to_representation(self, instance: Order) -> dict[str, Any]:
        """Return empty texts for an order of which no file named the recipient."""
        return {name: "" if text is None else text for name, text in super().to_representation(instance).items()}


def _nullable(description: str, **types: str) -> dict[str, Any]:
    """Return the schema of an object that may be null: a reference to a serializer's own could not be."""
    return {
        "type": "object", "nullable": True, "description": description, "required": list(types),
        "properties": {name: {"type": kind} for name, kind in types.items()},
    }  # fmt: skip


_STOCK = _nullable(
    "null: its stock is not counted", sku="string", on_hand="integer", free="integer", reserved="integer",
    short="integer",
)  # fmt: skip
_INVOICE = _nullable(
    "null: the buyer asked for none", id="integer", state="string", title="string", amount="string", due_at="string",
    invoice_number="string",
)  # fmt: skip


class LineStockSerializer(serializers.Serializer[object]):
    """What a line holds of the stock: pieces promised to it, and pieces that are missing for it."""

    sku = serializers.CharField(source="sku.code")
    on_hand = serializers.IntegerField(source="sku.on_hand")
    free = serializers.IntegerField(source="sku.free")
    reserved = serializers.IntegerField()
    short = serializers.IntegerField()


class LineSerializer(serializers.Serializer[OrderLine]):
    id = serializers.IntegerField()
    key = serializers.CharField()
    title = serializers.CharField(source="title.text")
    spec = serializers.CharField()
    sku_code = serializers.CharField()
    agreed_spec = serializers.CharField(help_text="ships instead of `spec`; empty: as ordered")
    agreed_sku_code = serializers.CharField()
    quantity = serializers.IntegerField()
    shipped_quantity = serializers.IntegerField()
    price = MoneyField(allow_null=True)
    paid = MoneyField(allow_null=True)
    refunded = MoneyField()
    refund_status = serializers.ChoiceField(choices=RefundStatus.values)
    is_closed = serializers.BooleanField()
    is_gift = serializers.BooleanField()
    is_provisional = serializers.BooleanField()
    stock = serializers.SerializerMethodField()

    @extend_schema_field(_STOCK)
    def get_stock(self, line: OrderLine) -> Any:
        stock = getattr(line, "stock", None)
        return LineStockSerializer(stock).data if stock else None


class HoldSerializer(serializers.Serializer[object]):
    kind = serializers.ChoiceField(choices=HoldKind.values)
    reason = serializers.CharField()
    rule = serializers.CharField(help_text="the rule that opened it; empty: a person did")
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
    trace_state = serializers.ChoiceField(TraceState.values, help_text="empty: no trace is known")
    last_event = serializers.CharField(help_text="as the courier told it")
    last_event_at = serializers.DateTimeField(allow_null=True)
    signed_at = serializers.DateTimeField(allow_null=True)
    anomalies = serializers.ListField(
        source="anomaly_kinds", child=serializers.ChoiceField(AnomalyKind.values), help_text="what is wrong with it now"
    )


class PlannedParcelSerializer(serializers.Serializer[object]):
    """A waybill whose parcel has not left; `orders` of 2 and more share it."""

    id = serializers.IntegerField()
    number = serializers.CharField(help_text="empty: none yet")
    courier = serializers.CharField()
    state = serializers.ChoiceField([state.value for state in LIVE_WAYBILLS])
    orders = serializers.IntegerField()
    printed = serializers.IntegerField(help_text="times")
    problem = serializers.CharField(help_text="why it has no number")
    lines = ParcelLineSerializer(many=True)


class OrderInvoiceSerializer(serializers.Serializer[object]):
    """The invoice that the buyer asked for; more of it at invoices/."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(InvoiceState.values)
    title = serializers.CharField()
    amount = MoneyField()
    due_at = serializers.DateTimeField()
    invoice_number = serializers.CharField()


class NoteFileSerializer(serializers.Serializer[object]):
    id = serializers.IntegerField(source="attachment_id")
    kind = serializers.CharField(source="attachment.kind")
    name = serializers.CharField(source="attachment.name")
    sha256 = serializers.CharField(source="attachment.sha256")


class NoteSerializer(serializers.Serializer[object]):
    """`findings` is what the rules made of the text: pairs, and problems with the values that would do."""

    text = serializers.CharField()
    findings = serializers.DictField()
    negotiation = serializers.ChoiceField(choices=Negotiation.values)
    assignee = serializers.CharField(source="assignee.username", default=None, allow_null=True)
    asked_at = serializers.DateTimeField(allow_null=True)
    changed_after_print = serializers.BooleanField()
    files = NoteFileSerializer(many=True)
    state = serializers.ChoiceField(choices=BuyerNoteState.values)
    types = serializers.ListField(child=serializers.CharField())
    outcome = serializers.CharField()
    versions = serializers.IntegerField(source="version_count")
    received_at = serializers.DateTimeField()


class RemarkSerializer(serializers.Serializer[object]):
    id = serializers.IntegerField()
    text = serializers.CharField()
    author = serializers.CharField(source="author_name")
    at = serializers.DateTimeField()


class ExtensionSerializer(serializers.Serializer[object]):
    """A longer promise with the agreement: the buyer's words, the id of a picture of them, or both."""

    until = serializers.DateTimeField()
    previous_ship_by = serializers.DateTimeField()
    agreement = serializers.CharField()
    image = serializers.IntegerField(source="image_id", allow_null=True)
    recorded_by = serializers.CharField(source="recorded_by.username", default=None, allow_null=True)
    recorded_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)


class WishFactSerializer(serializers.Serializer[object]):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=WishKind.values)
    text = serializers.CharField()
    line = serializers.IntegerField(source="line_id", allow_null=True)
    note_version = serializers.IntegerField(allow_null=True)
    agreed_by = serializers.CharField(source="agreed_by.username", default=None, allow_null=True)
    agreed_at = serializers.DateTimeField()
    done_by = serializers.CharField(source="done_by.username", default=None, allow_null=True)
    done_at = serializers.DateTimeField(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)


class ContactFactSerializer(serializers.Serializer[object]):
    id = serializers.IntegerField()
    channel = serializers.ChoiceField(choices=ContactChannel.values)
    text = serializers.CharField()
    answer = serializers.CharField()
    answered_at = serializers.DateTimeField(allow_null=True)
    author = serializers.CharField(source="author_name")
    at = serializers.DateTimeField()


class ClaimSerializer(serializers.Serializer[Order]):
    """Who works on the order now; null once the lease is over."""

    by = serializers.CharField(source="claimed_by.username")
    until = serializers.DateTimeField(source="claim_expires_at")

    def get_attribute(self, instance: Order) -> Order | None:
        return instance if instance.is_claimed(timezone.now()) else None


class PrintedSerializer(serializers.Serializer[Order]):
    count = serializers.IntegerField(source="print_count")
    at = serializers.DateTimeField(source="printed_at", allow_null=True)


class OrderRefundSerializer(serializers.Serializer[Refund]):
    """An after-sales case of the order; more of it at refunds/{number}/."""

    number = serializers.CharField()
    line = serializers.IntegerField(source="line_id", allow_null=True, help_text="null: the whole order")
    kind = serializers.ChoiceField(RefundKind.values)
    status = serializers.ChoiceField(RefundState.values)
    amount = MoneyField()
    refunded = MoneyField(help_text="counts once the case has succeeded")
    requested_at = serializers.DateTimeField()
    deadline = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class EventSerializer(serializers.Serializer[OrderEvent]):
    kind = serializers.CharField()
    source = serializers.ChoiceField(EventSource.values)  # type: ignore[assignment]  # a field of that name
    actor = serializers.CharField(source="actor_name")
    before = serializers.DictField()
    after = serializers.DictField()
    at = serializers.DateTimeField()


class ToldEventSerializer(EventSerializer):
    """An event of the order's page, with what became of the message that tells the platform of it."""

    outbox = serializers.ChoiceField(
        OutboxState.values, source="outbox.state", default=None, allow_null=True,
        help_text="of the message to the platform; pending also while no platform is connected; null: it needs none",
    )  # fmt: skip


class OrderSerializer(serializers.Serializer[Order]):
    number = serializers.CharField()
    status = serializers.ChoiceField(choices=OrderStatus.values)
    platform_status = serializers.CharField()
    acceptance = serializers.ChoiceField(choices=Acceptance.values)
    acceptance_rule = serializers.CharField(help_text="the rule or person that accepted it")
    holds = HoldSerializer(many=True, source="open_holds")
    placed_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField(allow_null=True)
    shipped_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)
    ship_by = serializers.DateTimeField(allow_null=True)
    ship_by_rule = serializers.CharField()
    appointed_date = serializers.DateField(allow_null=True)
    appointed_slot = serializers.CharField()
    extensions = ExtensionSerializer(many=True)
    money = MoneySerializer(source="*")
    buyer = BuyerSerializer(allow_null=True)
    recipient = RecipientSerializer(source="*")
    lines = LineSerializer(many=True, source="sorted_lines")
    shipments = ShipmentSerializer(many=True)
    waybills = serializers.SerializerMethodField(help_text="parcels that have not left")
    invoice = serializers.SerializerMethodField(help_text="the newest that is not void")
    notes = serializers.SerializerMethodField()
    remarks = RemarkSerializer(many=True, source="sorted_remarks")
    flag = serializers.IntegerField(min_value=0, max_value=5)
    tags = serializers.ListField(child=serializers.CharField())
    claimed_by = serializers.CharField(source="claimed_by.username", default=None, allow_null=True)
    claim = ClaimSerializer(allow_null=True)
    printed = PrintedSerializer(source="*")
    wishes = WishFactSerializer(many=True)
    contacts = ContactFactSerializer(many=True)
    refunds = OrderRefundSerializer(many=True, source="sorted_refunds", help_text="oldest first")
    events = ToldEventSerializer(many=True, source="sorted_events")
    version = serializers.IntegerField()

    @extend_schema_field(NoteSerializer(many=True))
    def get_notes(self, order: Order) -> Any:
        note = getattr(order, "note", None)
        return listed(NoteSerializer, [note] if note else [])

    @extend_schema_field(PlannedParcelSerializer(many=True))
    def get_waybills(self, order: Order) -> Any:
        packed: dict[Waybill, list[WaybillLine]] = {}
        for part in order.packed_lines:  # type: ignore[attr-defined]
            packed.setdefault(part.waybill, []).append(part)
        return listed(PlannedParcelSerializer, [_planned(waybill, parts) for waybill, parts in packed.items()])

    @extend_schema_field(_INVOICE)
    def get_invoice(self, order: Order) -> Any:
        requests: list[InvoiceRequest] = order.invoices  # type: ignore[attr-defined]
        standing = next((request for request in requests if request.state != InvoiceState.VOID), None)
        return OrderInvoiceSerializer(standing).data if standing else None


def _planned(waybill: Waybill, parts: list[WaybillLine]) -> dict[str, Any]:
    return {
        "id": waybill.pk, "number": waybill.number, "courier": waybill.courier, "state": waybill.state,
        "orders": waybill.order_count, "printed": waybill.print_count, "problem": waybill.problem, "lines": parts,
    }  # fmt: skip


class ClearRecipientSerializer(serializers.Serializer[object]):
    """What was revealed, by field; only the fields the order holds."""

    recipient = serializers.DictField(child=serializers.CharField())
