from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backoffice.api.paging import PageSerializer
from orders.core.models import OrderLine
from orders.notes.models import BuyerNote, QuickReply
from orders.notes.queries import Quote, TypeTopic, WishTopic
from orders.notes.services.replies import TEXT_LENGTH, TITLE_LENGTH
from orders.notes.statuses import BuyerNoteState, Negotiation, NoteType


class ProblemSerializer(serializers.Serializer[object]):
    code = serializers.CharField(
        help_text="missing, conflict (not sold so), difference (not what was ordered), contradiction"
    )
    kind = serializers.CharField()
    key = serializers.CharField()
    wanted = serializers.CharField()
    ordered = serializers.CharField()
    allowed = serializers.ListField(child=serializers.CharField())


class OrderedSerializer(serializers.Serializer[OrderLine]):
    title = serializers.CharField(source="title.text")
    spec = serializers.CharField(source="shown_spec")
    quantity = serializers.IntegerField()


class InboxNoteSerializer(serializers.Serializer[BuyerNote]):
    """A note as a work item; phone-like numbers are masked."""

    order = serializers.CharField(source="order.number")
    order_status = serializers.CharField(source="order.status")
    version = serializers.IntegerField(source="order.version", help_text="of the order: acts on its note take it")
    ship_by = serializers.DateTimeField(source="order.ship_by", allow_null=True)
    buyer = serializers.CharField(source="order.buyer.nick", default=None, allow_null=True)
    lines = OrderedSerializer(source="order.lines.all", many=True)
    state = serializers.ChoiceField(BuyerNoteState.values)
    types = serializers.ListField(child=serializers.ChoiceField(NoteType.values))
    text = serializers.CharField()
    pairs = serializers.SerializerMethodField(help_text="values that the rules read in the note")
    problems = serializers.SerializerMethodField(help_text="what a person has to settle")
    negotiation = serializers.ChoiceField([value for value in Negotiation.values if value], allow_null=True)
    outcome = serializers.CharField()
    assignee = serializers.CharField(source="assignee.username", default=None, allow_null=True)
    version_count = serializers.IntegerField()
    changed_after_print = serializers.BooleanField()
    received_at = serializers.DateTimeField()
    asked_at = serializers.DateTimeField(allow_null=True)
    handled_by = serializers.CharField(source="handled_by.username", default=None, allow_null=True)
    handled_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(serializers.DictField(child=serializers.CharField()))
    def get_pairs(self, note: BuyerNote) -> Any:
        return note.findings.get("pairs", {})

    @extend_schema_field(ProblemSerializer(many=True))
    def get_problems(self, note: BuyerNote) -> Any:
        return note.findings.get("problems", [])

    def to_representation(self, instance: BuyerNote) -> Any:
        return super().to_representation(instance) | {"negotiation": instance.negotiation or None}


class NotePageSerializer(PageSerializer):
    results = InboxNoteSerializer(many=True)


class TakenSerializer(serializers.Serializer[object]):
    taken = InboxNoteSerializer(many=True)


class ReplyInputSerializer(serializers.Serializer[object]):
    title = serializers.CharField(max_length=TITLE_LENGTH)
    text = serializers.CharField(
        max_length=TEXT_LENGTH,
        help_text="may use {buyer} {number} {product} {spec} {shop} {ship_by} {missing}",
    )
    kind = serializers.ChoiceField(NoteType.values, required=False, allow_blank=True, default="")
    shared = serializers.BooleanField(default=False, help_text="for everybody: needs the right manage_store")


class ReplySerializer(serializers.Serializer[QuickReply]):
    id = serializers.IntegerField()
    title = serializers.CharField()
    text = serializers.CharField()
    kind = serializers.CharField(help_text="the note type it is offered first for; empty: all")
    shared = serializers.SerializerMethodField()
    use_count = serializers.IntegerField()
    used_at = serializers.DateTimeField(allow_null=True)

    def get_shared(self, reply: QuickReply) -> bool:
        return reply.owner_id is None


class RepliesSerializer(serializers.Serializer[object]):
    """Every reply that the token's owner may use, the most used first: at most 200."""

    results = ReplySerializer(many=True)


class QuoteSerializer(serializers.Serializer[Quote]):
    order = serializers.CharField(source="number")
    text = serializers.CharField()


class TypeTopicSerializer(serializers.Serializer[TypeTopic]):
    kind = serializers.CharField(help_text="a note type; empty: no rule understands these notes")
    count = serializers.IntegerField()
    quotes = QuoteSerializer(many=True)


class WishTopicSerializer(serializers.Serializer[WishTopic]):
    product = serializers.CharField()
    kind = serializers.CharField()
    key = serializers.CharField()
    wanted = serializers.CharField()
    count = serializers.IntegerField()
    is_sold = serializers.BooleanField(allow_null=True, help_text="null: no matter of colours and sizes")
    quotes = QuoteSerializer(many=True)


class TopicsSerializer(serializers.Serializer[object]):
    """What the notes of the last days ask for, most frequent first. Stock is not counted."""

    days = serializers.IntegerField()
    notes = serializers.IntegerField()
    unread = serializers.IntegerField(help_text="of them, not read by the rules yet")
    types = TypeTopicSerializer(many=True)
    wishes = WishTopicSerializer(many=True)
