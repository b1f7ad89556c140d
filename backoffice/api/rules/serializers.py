from dataclasses import fields
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backoffice.api.rules.fields import ConditionValueField
from orders.core.statuses import HoldKind
from orders.rules.automations import ALWAYS, OFF, ON, PAUSED, Automation
from orders.rules.conditions import FIELDS, OPS, ConditionError, clean_condition, condition_text
from orders.rules.dry_run import DryRun, Share
from orders.rules.models import AcceptanceRule
from orders.rules.services import MAX_CONDITIONS, RuleValues
from orders.rules.statuses import HOLD_KINDS, RuleAction

_HOLD_KINDS = [kind.value for kind in HOLD_KINDS]
LONGEST_ID = 2**63 - 1


class ConditionSerializer(serializers.Serializer[object]):
    field = serializers.ChoiceField(list(FIELDS))
    op = serializers.ChoiceField(list(OPS))
    value = ConditionValueField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        try:
            return clean_condition(attrs)
        except ConditionError as error:
            raise serializers.ValidationError({"value": str(error)}) from error


class RuleInputSerializer(serializers.Serializer[object]):
    """All conditions must fit; a rule without any fits every order."""

    name = serializers.CharField(max_length=60, help_text="stands on every order that the rule accepted or held")
    action = serializers.ChoiceField(RuleAction.values)
    hold_kind = serializers.ChoiceField(
        _HOLD_KINDS, required=False, allow_blank=True, default="", help_text="of a rule that holds"
    )
    hold_reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    conditions = serializers.ListField(
        child=ConditionSerializer(), required=False, default=list, max_length=MAX_CONDITIONS
    )
    is_active = serializers.BooleanField(default=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["action"] == RuleAction.HOLD and not attrs["hold_kind"]:
            raise serializers.ValidationError({"hold_kind": self.error_messages["required"]})
        return attrs


class RuleChangeSerializer(RuleInputSerializer):
    updated_at = serializers.DateTimeField(
        required=False, help_text="as it was read; when given, a rule that changed since is refused with 409"
    )


def rule_values(given: dict[str, Any]) -> RuleValues:
    return RuleValues(**{each.name: given[each.name] for each in fields(RuleValues)})


class StoredConditionSerializer(serializers.Serializer[object]):
    field = serializers.CharField()
    op = serializers.CharField()
    value = ConditionValueField()
    text = serializers.SerializerMethodField(help_text="the condition in words")

    def get_text(self, stored: Any) -> str:
        return condition_text(stored)


class RuleSerializer(serializers.Serializer[AcceptanceRule]):
    id = serializers.IntegerField()
    position = serializers.IntegerField(help_text="rules are asked by position, the first that fits decides")
    name = serializers.CharField()
    action = serializers.ChoiceField(RuleAction.values)
    hold_kind = serializers.ChoiceField([*HoldKind.values, ""])
    hold_reason = serializers.CharField()
    conditions = StoredConditionSerializer(many=True)
    is_active = serializers.BooleanField()
    match_count = serializers.IntegerField()
    last_matched_at = serializers.DateTimeField(allow_null=True)
    updated_by = serializers.CharField(source="updated_by.username", default=None, allow_null=True)
    updated_at = serializers.DateTimeField()


class RulesSerializer(serializers.Serializer[object]):
    """Every rule of the store in the order in which they are asked: at most 50."""

    results = RuleSerializer(many=True)


class MoveSerializer(serializers.Serializer[object]):
    up = serializers.BooleanField(help_text="true: asked before the rule above it; false: after the one below")


class SwitchSerializer(serializers.Serializer[object]):
    is_active = serializers.BooleanField()


class TrySerializer(serializers.Serializer[object]):
    """Without a rule the stored ones that are on are tried as they are."""

    rule = RuleInputSerializer(required=False, help_text="tried beside the stored ones as if it were saved and on")
    id = serializers.IntegerField(
        required=False, min_value=1, max_value=LONGEST_ID, help_text="the stored rule whose place it takes"
    )


class ShareSerializer(serializers.Serializer[Share]):
    rule = serializers.CharField(source="rule.name", default=None, allow_null=True, help_text="null: none fits")
    action = serializers.SerializerMethodField()
    count = serializers.IntegerField()
    orders = serializers.ListField(child=serializers.CharField(), source="samples", help_text="numbers of the first")

    @extend_schema_field(serializers.ChoiceField(RuleAction.values))
    def get_action(self, share: Share) -> str:
        return share.rule.action if share.rule else RuleAction.LEAVE.value


class TriedSerializer(serializers.Serializer[DryRun]):
    """What the rules would do with the orders paid that day; nothing was changed."""

    day = serializers.DateField(help_text="today, or the last day with payments")
    is_today = serializers.BooleanField()
    total = serializers.IntegerField()
    is_capped = serializers.BooleanField(help_text="there are more orders; the newest were tried")
    accepted = serializers.IntegerField()
    held = serializers.IntegerField()
    left = serializers.IntegerField()
    shares = ShareSerializer(many=True)


class AutomationSerializer(serializers.Serializer[Automation]):
    key = serializers.CharField()
    name = serializers.CharField()
    text = serializers.CharField()
    state = serializers.ChoiceField([ON, OFF, ALWAYS, PAUSED])
    why = serializers.CharField(help_text="why it cannot be switched, or what keeps it from acting")
    last_at = serializers.DateTimeField(allow_null=True)
    effect = serializers.CharField()
    has_switch = serializers.BooleanField()


class AutomationsSerializer(serializers.Serializer[object]):
    results = AutomationSerializer(many=True)
