"""What the acts on a buyer's note take."""

from typing import Any

from rest_framework import serializers

from backoffice.api.orders.inputs import LONGEST_ID, LONGEST_REASON, RecipientFieldsSerializer, VersionSerializer
from orders.core.statuses import ContactChannel
from orders.notes.services import NoteChanges
from orders.notes.statuses import Negotiation, NoteType


class OutcomeSerializer(VersionSerializer):
    outcome = serializers.CharField(max_length=LONGEST_REASON)


class LineTextSerializer(serializers.Serializer[object]):
    line = serializers.IntegerField(min_value=1, max_value=LONGEST_ID)
    text = serializers.CharField(max_length=300)


def _text(longest: int = 300) -> serializers.CharField:
    return serializers.CharField(max_length=longest, required=False, allow_blank=True, default="")


class ChangesSerializer(serializers.Serializer[object]):
    """What was agreed; what is missing or empty is no change."""

    ship_day = serializers.DateField(required=False, allow_null=True, default=None)
    slot = _text(40)
    deliver_before = serializers.DateField(required=False, allow_null=True, default=None)
    packing = _text()
    gift_wrap = _text()
    card = _text()
    gift = _text()
    courier = _text()
    invoice_title = _text(120)
    tax_number = _text(40)
    engraving = LineTextSerializer(many=True, required=False, help_text="what to engrave, by line")
    specs = LineTextSerializer(many=True, required=False, help_text="the spec that ships instead, by line")
    recipient = RecipientFieldsSerializer(required=False, allow_null=True, default=None)

    def to_internal_value(self, data: Any) -> Any:
        """Return the changes as the service takes them."""
        values = super().to_internal_value(data)
        for name in ("engraving", "specs"):
            values[name] = {item["line"]: item["text"] for item in values.get(name, [])}
        given = {key: text for key, text in (values["recipient"] or {}).items() if text}
        return {"changes": NoteChanges(**{**values, "recipient": given or None})}


class ConfirmSerializer(OutcomeSerializer):
    changes = ChangesSerializer(required=False)

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        return {**values, **values.pop("changes", {})}


class AskSerializer(VersionSerializer):
    text = serializers.CharField(max_length=1000)
    channel = serializers.ChoiceField(choices=ContactChannel.values)


class SortSerializer(VersionSerializer):
    types = serializers.ListField(child=serializers.ChoiceField(choices=NoteType.values), max_length=len(NoteType))


class AssignSerializer(VersionSerializer):
    assignee = serializers.CharField(max_length=60, allow_null=True, help_text="a user name; null gives it back")


class NegotiateSerializer(VersionSerializer):
    negotiation = serializers.ChoiceField(choices=[value for value in Negotiation.values if value])
    text = serializers.CharField(max_length=LONGEST_REASON)


class FileSerializer(VersionSerializer):
    file = serializers.FileField(help_text="a picture or voice file")
