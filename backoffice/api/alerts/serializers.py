from typing import Any

from rest_framework import serializers

from backoffice.api.paging import PageSerializer
from backoffice.common.alert_texts import alert_line
from backoffice.common.models import Alert, AlertKind
from backoffice.common.queries import UNSEEN_CAP

LONGEST_ID = 2**63 - 1
_UNSEEN = f"not looked at and not muted; {UNSEEN_CAP + 1} means more than {UNSEEN_CAP}"


class AlertSerializer(serializers.Serializer[Alert]):
    """One thing that happened, said in the language of the token's owner."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(AlertKind.values)
    text = serializers.CharField()
    detail = serializers.CharField(help_text="why, where the alert knows it")
    level = serializers.ChoiceField(["info", "warning", "error"])
    count = serializers.IntegerField()
    orders = serializers.ListField(child=serializers.CharField(), source="subjects", help_text="numbers of the first")
    is_new = serializers.BooleanField(help_text="the token's owner has not looked at it yet")
    at = serializers.DateTimeField()

    def to_representation(self, instance: Alert) -> Any:
        line = alert_line(instance)
        instance.text, instance.detail, instance.level = line.text, line.detail, line.level  # type: ignore[attr-defined]
        return super().to_representation(instance)


class AlertPageSerializer(PageSerializer):
    results = AlertSerializer(many=True)
    unseen = serializers.IntegerField(help_text=_UNSEEN)


class SeenSerializer(serializers.Serializer[object]):
    newest = serializers.IntegerField(
        required=False, min_value=1, max_value=LONGEST_ID, help_text="the newest id looked at; without it all of them"
    )


class UnseenSerializer(serializers.Serializer[object]):
    unseen = serializers.IntegerField(help_text=_UNSEEN)


class AlertSettingsSerializer(serializers.Serializer[object]):
    muted = serializers.ListField(
        child=serializers.ChoiceField(AlertKind.values), max_length=len(AlertKind), help_text="kinds not to be told of"
    )
    sound = serializers.BooleanField(help_text="an open page sounds when something new comes")
