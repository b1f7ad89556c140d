"""What the acts on one order take."""

from typing import Any

from rest_framework import serializers

from orders.core.statuses import ContactChannel, HoldKind

LONGEST_REASON, LONGEST_ID = 300, 2**63 - 1


class VersionSerializer(serializers.Serializer[object]):
    """`version` is optional: when given, a stale one is refused with 409."""

    version = serializers.IntegerField(required=False, min_value=0, max_value=2**31 - 1)


class FlagSerializer(VersionSerializer):
    flag = serializers.IntegerField(min_value=0, max_value=5)


class RemarkTextSerializer(VersionSerializer):
    text = serializers.CharField(max_length=2000)


class TagsSerializer(VersionSerializer):
    tags = serializers.ListField(child=serializers.CharField(max_length=40), max_length=20)


class ReasonSerializer(VersionSerializer):
    reason = serializers.CharField(max_length=LONGEST_REASON)


class ReleaseSerializer(ReasonSerializer):
    kind = serializers.ChoiceField(choices=HoldKind.values)


class HoldActSerializer(ReleaseSerializer):
    line = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=LONGEST_ID, source="line_id",
        help_text="id of the line it holds; without it the whole order",
    )  # fmt: skip


class PaidSerializer(VersionSerializer):
    method = serializers.CharField(max_length=32)


class ShipLineSerializer(serializers.Serializer[object]):
    line = serializers.IntegerField(min_value=1, max_value=LONGEST_ID)
    quantity = serializers.IntegerField(min_value=1, max_value=1_000_000)


class ShipSerializer(VersionSerializer):
    courier = serializers.CharField(max_length=60, help_text="a code of the courier list such as SF, or a full name")
    tracking_number = serializers.CharField(max_length=60)
    lines = ShipLineSerializer(
        many=True, required=False, allow_empty=False, help_text="without it everything unshipped"
    )

    def to_internal_value(self, data: Any) -> Any:
        """Return `lines` as the service takes them: line id to quantity."""
        values = super().to_internal_value(data)
        if "lines" in values:
            values["lines"] = {item["line"]: item["quantity"] for item in values["lines"]}
        return values


class AcceptSerializer(VersionSerializer):
    release_reason = serializers.CharField(
        max_length=LONGEST_REASON, required=False, allow_blank=True,
        help_text="with it every hold that people may release goes first",
    )  # fmt: skip


class ExtendSerializer(VersionSerializer):
    until = serializers.DateTimeField()
    agreement = serializers.CharField(
        max_length=1000, required=False, allow_blank=True, default="", help_text="the buyer's words"
    )
    image = serializers.FileField(
        required=False, allow_null=True, default=None, help_text="a picture of the conversation, as multipart/form-data"
    )


class AppointmentSerializer(VersionSerializer):
    day = serializers.DateField(allow_null=True, help_text="the day on which it ships; null takes it back")
    slot = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")


class RecipientFieldsSerializer(serializers.Serializer[object]):
    """What is missing or empty stays as it is."""

    name = serializers.CharField(max_length=60, required=False, allow_blank=True)
    mobile = serializers.CharField(max_length=30, required=False, allow_blank=True)
    province = serializers.CharField(max_length=20, required=False, allow_blank=True)
    city = serializers.CharField(max_length=40, required=False, allow_blank=True)
    district = serializers.CharField(max_length=40, required=False, allow_blank=True)
    street = serializers.CharField(max_length=200, required=False, allow_blank=True)


class RecipientChangeSerializer(VersionSerializer):
    fields = RecipientFieldsSerializer()  # type: ignore[assignment]  # the service names it so


class SpecSerializer(VersionSerializer):
    line = serializers.IntegerField(min_value=1, max_value=LONGEST_ID, source="line_id")
    spec = serializers.CharField(max_length=300, allow_blank=True, help_text="empty: as ordered")
    sku_code = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")


class ContactSerializer(VersionSerializer):
    channel = serializers.ChoiceField(choices=ContactChannel.values)
    text = serializers.CharField(max_length=1000)
    answer = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class AnswerSerializer(VersionSerializer):
    contact = serializers.IntegerField(min_value=1, max_value=LONGEST_ID, source="contact_id")
    answer = serializers.CharField(max_length=1000)


class WishSerializer(VersionSerializer):
    wish = serializers.IntegerField(min_value=1, max_value=LONGEST_ID, source="wish_id")


class WithdrawWishSerializer(WishSerializer):
    reason = serializers.CharField(max_length=LONGEST_REASON)


class WithdrawRemarkSerializer(VersionSerializer):
    remark = serializers.IntegerField(min_value=1, max_value=LONGEST_ID, source="remark_id")
