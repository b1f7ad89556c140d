from rest_framework import serializers

from backoffice.api.paging import PageSerializer
from orders.core.models import OutboxKind, OutboxMessage, OutboxState
from orders.platforms.words import why


class OutboxQuerySerializer(serializers.Serializer[object]):
    state = serializers.ChoiceField(OutboxState.values, required=False, default=OutboxState.PENDING.value)


class OutboxSerializer(serializers.Serializer[OutboxMessage]):
    id = serializers.IntegerField()
    number = serializers.CharField(source="order.number", help_text="of the order")
    kind = serializers.ChoiceField(OutboxKind.values)
    state = serializers.ChoiceField(OutboxState.values)
    created_at = serializers.DateTimeField()
    not_before = serializers.DateTimeField(help_text="when it is tried next, while it waits")
    attempts = serializers.IntegerField()
    sent_at = serializers.DateTimeField(allow_null=True)
    error_code = serializers.CharField(help_text="the platform's, or ours: older, replaced, reopened, unanswered …")
    error = serializers.SerializerMethodField(help_text="the same as a sentence")

    def get_error(self, message: OutboxMessage) -> str:
        return why(message)


class OutboxPageSerializer(PageSerializer):
    results = OutboxSerializer(many=True)


class OutboxRetriedSerializer(serializers.Serializer[object]):
    count = serializers.IntegerField(help_text="messages that are sent again")
