from decimal import Decimal
from typing import Any

from rest_framework import serializers

from aftersales.refunds.statuses import CaseState, ComplaintKind, ViolationKind
from backoffice.api.orders.inputs import VersionSerializer
from backoffice.api.paging import PageSerializer
from backoffice.api.serializers import TIMES, MoneyField

_TEXT, _OUTCOME, _NUMBER, _NAME = 500, 300, 64, 150
_SETTLED = [state.value for state in CaseState if state != CaseState.OPEN]


class _EntrySerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.CharField(help_text="the platform's")
    order = serializers.CharField(source="order.number", default=None, allow_null=True)
    refund = serializers.CharField(source="refund.number", default=None, allow_null=True)
    text = serializers.CharField(help_text="phone-like numbers are masked")
    state = serializers.ChoiceField(CaseState.values)
    owner = serializers.CharField(source="owner.username", default=None, allow_null=True)
    opened_at = serializers.DateTimeField()
    deadline = serializers.DateTimeField(allow_null=True)
    outcome = serializers.CharField()
    closed_by = serializers.CharField(source="closed_by.username", default=None, allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class ComplaintSerializer(_EntrySerializer):
    """What a buyer complains of to the platform, or to the shop."""

    kind = serializers.ChoiceField(ComplaintKind.values)


class ViolationSerializer(_EntrySerializer):
    """A rule that the platform says the shop broke; `deadline` is the last moment for an appeal."""

    kind = serializers.ChoiceField(ViolationKind.values)
    points = serializers.DecimalField(max_digits=5, decimal_places=1)
    penalty = MoneyField()
    happened_on = serializers.DateField()


class ComplaintPageSerializer(PageSerializer):
    results = ComplaintSerializer(many=True)


class ViolationPageSerializer(PageSerializer):
    results = ViolationSerializer(many=True)


class _InputSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=_TEXT)
    order = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    refund = serializers.CharField(
        max_length=64, required=False, allow_blank=True, default="", help_text="the number of a case"
    )
    number = serializers.CharField(
        max_length=_NUMBER, required=False, allow_blank=True, default="",
        help_text="the platform's; the same again is the same entry",
    )  # fmt: skip
    owner = serializers.CharField(max_length=_NAME, required=False, allow_null=True, default=None)
    deadline = serializers.DateTimeField(required=False, allow_null=True, default=None, validators=TIMES)


class ComplaintInputSerializer(_InputSerializer):
    kind = serializers.ChoiceField(ComplaintKind.values)


class ViolationInputSerializer(_InputSerializer):
    kind = serializers.ChoiceField(ViolationKind.values)
    points = serializers.DecimalField(max_digits=5, decimal_places=1, min_value=Decimal(0), default=Decimal(0))
    penalty = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=Decimal(0), default=Decimal(0))
    happened_on = serializers.DateField()


class EntryOwnSerializer(VersionSerializer):
    """What is left out stays: without `owner` the caller takes it."""

    owner = serializers.CharField(max_length=_NAME, required=False, allow_null=True, help_text="a user name, or null")
    deadline = serializers.DateTimeField(required=False, allow_null=True, validators=TIMES)


class EntrySettleSerializer(VersionSerializer):
    state = serializers.ChoiceField(_SETTLED)
    outcome = serializers.CharField(max_length=_OUTCOME)
