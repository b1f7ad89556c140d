from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from backoffice.api.paging import PageSerializer
from backoffice.api.serializers import JobSerializer
from orders.fulfilment.models import BuyerConsent, Message, MessageTemplate
from orders.fulfilment.services.messages import GREETED_AT_MOST, VARIABLES, Segment
from orders.fulfilment.services.messages.templates import NAME_LENGTH, TEXT_LENGTH
from orders.fulfilment.statuses import MessagePurpose

LONGEST_ID = 2**63 - 1
_PLACES = ", ".join(f"{{{name}}}" for name in VARIABLES)


class MessageSerializer(serializers.Serializer[Message]):
    """A text for the buyer of an order, as it was written, with personal data masked."""

    id = serializers.IntegerField()
    order = serializers.CharField(source="order.number")
    template = serializers.IntegerField(source="template_id", allow_null=True, help_text="null: it was deleted since")
    purpose = serializers.ChoiceField(MessagePurpose.values)
    text = serializers.CharField()
    state = serializers.ChoiceField(
        Message.State.values, help_text="recorded: it stands here alone, no service sends for the store"
    )
    error = serializers.CharField(help_text="what the sending service said")
    by = serializers.CharField(source="author.username", default=None, allow_null=True)
    at = serializers.DateTimeField()


class MessagePageSerializer(PageSerializer):
    results = MessageSerializer(many=True)


class MessageInputSerializer(serializers.Serializer[object]):
    order = serializers.CharField(max_length=64)
    template = serializers.IntegerField(source="template_id", min_value=1, max_value=LONGEST_ID)
    again = serializers.BooleanField(
        source="is_again", default=False, help_text="a second message about the same is meant"
    )
    version = serializers.IntegerField(
        required=False, min_value=0, max_value=2**31 - 1, help_text="of the order, as read"
    )


class FittingTextSerializer(serializers.Serializer[object]):
    """A text that fits an order now, as its buyer would get it."""

    template = serializers.IntegerField()
    name = serializers.CharField()
    purpose = serializers.ChoiceField(MessagePurpose.values)
    text = serializers.CharField()


class FittingTextsSerializer(serializers.Serializer[object]):
    results = FittingTextSerializer(many=True)


class MessageSettingsSerializer(serializers.Serializer[object]):
    """A store writes to no buyer until somebody decides so."""

    is_active = serializers.BooleanField()
    has_sender = serializers.BooleanField(
        read_only=True, help_text="false: messages are recorded here and sent by nobody"
    )


class TemplateSerializer(serializers.Serializer[MessageTemplate]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    purpose = serializers.ChoiceField(MessagePurpose.values)
    text = serializers.CharField()
    is_active = serializers.BooleanField()
    updated_by = serializers.CharField(source="updated_by.username", default=None, allow_null=True)
    updated_at = serializers.DateTimeField()


class TemplatePageSerializer(PageSerializer):
    results = TemplateSerializer(many=True)


class TemplateInputSerializer(serializers.Serializer[object]):
    name = serializers.CharField(max_length=NAME_LENGTH)
    purpose = serializers.ChoiceField(MessagePurpose.values)
    text = serializers.CharField(max_length=TEXT_LENGTH, help_text=f"may use {_PLACES}; holds no phone but the shop's")
    is_active = serializers.BooleanField(default=False)


class ConsentSerializer(serializers.Serializer[BuyerConsent]):
    """Whether the buyer of an order agreed to greetings; null when nobody asked."""

    given = serializers.BooleanField(source="is_given", allow_null=True)
    evidence = serializers.CharField()
    by = serializers.CharField(source="changed_by.username", default=None, allow_null=True)
    at = serializers.DateTimeField(source="changed_at", allow_null=True)


class ConsentInputSerializer(serializers.Serializer[object]):
    given = serializers.BooleanField(source="is_given")
    evidence = serializers.CharField(
        max_length=200, allow_blank=True, default="", help_text="where the buyer agreed; needed when given"
    )


class SegmentSerializer(serializers.Serializer[object]):
    """Whom to greet of the buyers who agreed: by what they bought, or when their last order was placed."""

    code = serializers.CharField(max_length=100, allow_blank=True, default="", help_text="merchant code")
    first = serializers.DateField(required=False, allow_null=True, default=None)
    last = serializers.DateField(required=False, allow_null=True, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if segment_of(attrs).is_empty:
            raise serializers.ValidationError({"code": _("Say what or when these buyers bought.")})
        if attrs["first"] and attrs["last"] and attrs["first"] > attrs["last"]:
            raise serializers.ValidationError({"last": _("This is before where the range begins.")})
        return attrs


def segment_of(values: dict[str, Any]) -> Segment:
    return Segment(code=values["code"], first=values["first"], last=values["last"])


class SegmentCountSerializer(serializers.Serializer[object]):
    count = serializers.IntegerField(help_text=f"buyers who would be greeted; {GREETED_AT_MOST} at most")


class GreetingInputSerializer(SegmentSerializer):
    template = serializers.IntegerField(
        source="template_id", min_value=1, max_value=LONGEST_ID, help_text="a text for greetings that is on"
    )


class GreetingSerializer(JobSerializer):
    """Greetings to a segment: one for each buyer. What came of it is known when it is done."""

    template = serializers.IntegerField(source="params.template")
    buyers = serializers.SerializerMethodField()
    messages = serializers.IntegerField(source="result.messages", default=None, allow_null=True)
    left_out = serializers.IntegerField(
        source="result.left_out", default=None, allow_null=True, help_text="greeted before, or the consent is gone"
    )

    def get_buyers(self, job: Any) -> int:
        return len(job.params["ids"])
