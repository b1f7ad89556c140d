"""The shapes of an after-sales case in answers. Money is a string in CNY; phone-like numbers are masked."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from aftersales.refunds.models import Inspection, Refund, RefundStep, ReturnEvent, ReturnParcel
from aftersales.refunds.queries import PolicyFinding, Signal
from aftersales.refunds.queries.policy import Suggestion
from aftersales.refunds.statuses import (
    MOVES,
    Act,
    FreightPayer,
    GoodsState,
    InspectionOutcome,
    Intervention,
    MessageRole,
    ParcelDirection,
    ReasonKind,
    RefundKind,
    RefundPhase,
    RefundState,
)
from backoffice.api.orders.serializers import EventSerializer
from backoffice.api.paging import PageSerializer
from backoffice.api.serializers import MoneyField, listed
from backoffice.common.models import Attachment
from orders.core.statuses import EventSource
from orders.fulfilment.statuses import TraceState


class AttachmentSerializer(serializers.Serializer[Attachment]):
    id = serializers.IntegerField(help_text="for `GET attachments/{id}/`")
    kind = serializers.ChoiceField(Attachment.Kind.values)
    media_type = serializers.CharField()
    name = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField(help_text="of the file as it was uploaded")


class RefundSerializer(serializers.Serializer[Refund]):
    """One after-sales case, on one line or on a whole order."""

    number = serializers.CharField()
    order = serializers.CharField(source="order.number")
    line = serializers.IntegerField(source="line_id", allow_null=True, help_text="null: the whole order")
    line_key = serializers.CharField(source="line.key", default=None, allow_null=True)
    buyer = serializers.CharField(source="buyer.nick", default=None, allow_null=True)
    product = serializers.CharField(source="title.text", default=None, allow_null=True)
    sku_code = serializers.CharField()
    kind = serializers.ChoiceField(RefundKind.values)
    phase = serializers.ChoiceField(RefundPhase.values)
    status = serializers.ChoiceField(RefundState.values)
    goods = serializers.ChoiceField(GoodsState.values)
    quantity = serializers.IntegerField()
    amount = MoneyField(help_text="asked for, freight included")
    freight = MoneyField()
    refunded = MoneyField(help_text="what was agreed; counts once the case has succeeded")
    freight_payer = serializers.ChoiceField(FreightPayer.values)
    reason = serializers.CharField()
    reason_kind = serializers.ChoiceField(ReasonKind.values)
    text = serializers.CharField()
    requested_at = serializers.DateTimeField()
    status_since = serializers.DateTimeField()
    deadline = serializers.DateTimeField(allow_null=True, help_text="of this state")
    answered_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    proposed = MoneyField(allow_null=True, help_text="an amount above the shop's limit that waits for a second person")
    proposed_by = serializers.CharField(source="proposed_by.username", default=None, allow_null=True)
    approved_by = serializers.CharField(source="approved_by.username", default=None, allow_null=True)
    source = serializers.ChoiceField(EventSource.values)  # type: ignore[assignment]  # a field of that name
    platform_kind = serializers.CharField()
    platform_status = serializers.CharField()
    intervention = serializers.ChoiceField(Intervention.values, help_text="the platform's own service; 1: not involved")
    cannot_refuse = serializers.BooleanField()
    is_web_only = serializers.BooleanField(help_text="to be answered on the platform's own page")
    return_address = serializers.IntegerField(source="return_address_id", allow_null=True)
    return_signed_at = serializers.DateTimeField(allow_null=True)
    inspected_at = serializers.DateTimeField(allow_null=True)
    owner = serializers.CharField(source="owner.username", default=None, allow_null=True)
    remark = serializers.CharField()
    version = serializers.IntegerField()


class RefundPageSerializer(PageSerializer):
    results = RefundSerializer(many=True)


class CaseMessageSerializer(serializers.Serializer[object]):
    """One line of the negotiation; `act` is the one that it explains."""

    role = serializers.ChoiceField(MessageRole.values)
    act = serializers.ChoiceField(["", *Act.values])
    text = serializers.CharField(source="said")
    author = serializers.CharField(source="author_name")
    at = serializers.DateTimeField()
    pictures = serializers.SerializerMethodField()
    picture_urls = serializers.ListField(child=serializers.CharField(), help_text="on the platform")

    @extend_schema_field(AttachmentSerializer(many=True))
    def get_pictures(self, message: Any) -> Any:
        return listed(AttachmentSerializer, [file.attachment for file in message.files.all()])


class CaseStepSerializer(serializers.Serializer[RefundStep]):
    """One stay in a state; `act` is empty where the platform said so."""

    status = serializers.ChoiceField(RefundState.values)
    to_status = serializers.ChoiceField(RefundState.values)
    act = serializers.ChoiceField(["", *Act.values])
    entered_at = serializers.DateTimeField()
    left_at = serializers.DateTimeField()
    actor = serializers.CharField(source="actor.username", default=None, allow_null=True)
    source = serializers.ChoiceField(EventSource.values)  # type: ignore[assignment]  # a field of that name


class CaseScanSerializer(serializers.Serializer[ReturnEvent]):
    at = serializers.DateTimeField()
    state = serializers.ChoiceField(TraceState.values)
    place = serializers.CharField()
    text = serializers.CharField()


class CaseParcelSerializer(serializers.Serializer[ReturnParcel]):
    """Goods on their way back, or what was sent out; traces come by `POST tracking-events/`."""

    direction = serializers.ChoiceField(ParcelDirection.values)
    courier = serializers.CharField()
    tracking_number = serializers.CharField()
    quantity = serializers.IntegerField()
    sku = serializers.CharField(source="sku.code", default=None, allow_null=True)
    sent_at = serializers.DateTimeField()
    signed_at = serializers.DateTimeField(allow_null=True)
    last_event = serializers.CharField()
    last_event_at = serializers.DateTimeField(allow_null=True)
    trace = CaseScanSerializer(many=True, source="scans", help_text="newest first")


class InspectionSerializer(serializers.Serializer[Inspection]):
    outcome = serializers.ChoiceField(InspectionOutcome.values)
    quantity = serializers.IntegerField()
    sku = serializers.CharField(source="sku.code", default=None, allow_null=True)
    note = serializers.CharField()
    inspected_by = serializers.CharField(source="inspected_by.username", default=None, allow_null=True)
    at = serializers.DateTimeField()
    pictures = serializers.SerializerMethodField()

    @extend_schema_field(AttachmentSerializer(many=True))
    def get_pictures(self, found: Any) -> Any:
        return listed(AttachmentSerializer, [file.attachment for file in found.files.all()])


class FindingSerializer(serializers.Serializer[PolicyFinding]):
    """The rule that applies, with what it was found from. It decides nothing."""

    code = serializers.CharField()
    sentence = serializers.CharField()
    suggests = serializers.ChoiceField(Suggestion.values)
    freight_payer = serializers.ChoiceField(FreightPayer.values)
    freight = serializers.CharField()
    facts = serializers.ListField(child=serializers.CharField())


class SignalSerializer(serializers.Serializer[Signal]):
    """What is unusual, as facts; `query` lists the cases that it counts."""

    code = serializers.CharField()
    sentence = serializers.CharField()
    query = serializers.CharField(help_text="of `GET refunds/`; empty: there is no such list")


class RefundDetailSerializer(RefundSerializer):
    """A case with everything that its page shows."""

    refundable = MoneyField(help_text="at most, beside other cases; freight included")
    silence = serializers.CharField(help_text="what happens when nobody acts before the deadline")
    acts = serializers.SerializerMethodField(help_text="what the state allows; rights and gates are looked at then")
    finding = FindingSerializer()
    signals = SignalSerializer(many=True)
    messages = CaseMessageSerializer(many=True, source="thread")
    steps = CaseStepSerializer(many=True, source="sorted_steps")
    parcels = CaseParcelSerializer(many=True, source="goods_parcels")
    inspections = InspectionSerializer(many=True, source="goods_found")
    events = EventSerializer(many=True, source="case_events", help_text="newest first")

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_acts(self, refund: Refund) -> list[str]:
        moves = MOVES[RefundKind(refund.kind)]
        return [act.value.replace("_", "-") for act, status in moves if status == refund.status]
