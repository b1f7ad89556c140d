"""What opening a case, and the acts on one, take."""

import re
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from aftersales.refunds.services.annotations import MOST_TAKEN, REMARK
from aftersales.refunds.services.talking import LONGEST, MOST_FILES
from aftersales.refunds.statuses import FreightPayer, GoodsState, InspectionOutcome, MessageRole, RefundKind
from backoffice.api.orders.inputs import LONGEST_ID, LONGEST_REASON, VersionSerializer
from backoffice.api.refunds.pictures import PictureField
from backoffice.api.serializers import TIMES

_NUMBER = re.compile(r"(?=[A-Za-z_-]*[0-9])[0-9A-Za-z_-]{1,64}", re.ASCII)
_MOST_PIECES = 1_000_000
_MOST_ITEMS = 100


def _money(**options: Any) -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=12, decimal_places=2, min_value=Decimal(0), required=False, **options
    )  # fmt: skip


def _id(source: str, help_text: str = "") -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=1, max_value=LONGEST_ID, source=source, required=False, allow_null=True, help_text=help_text
    )


@extend_schema_field(
    {
        "oneOf": [
            {"type": "integer", "minimum": 1, "maximum": LONGEST_ID},
            {"type": "string", "minLength": 1, "maxLength": 100},
        ],
        "nullable": True,
        "description": "`id` or `key` of the line, as the order's own answer names it; without it the whole order",
    }
)
class LineField(serializers.Field[Any, Any, Any, Any]):
    """A line by its id or by its key: a number is looked for as an id first, a text as a key."""

    def to_internal_value(self, data: Any) -> int | str:
        is_id = isinstance(data, int) and not isinstance(data, bool) and 0 < data <= LONGEST_ID
        is_key = isinstance(data, str) and 0 < len(data) <= 100 and data.isprintable()  # noqa: PLR2004 -- of a column
        if not (is_id or is_key):
            raise serializers.ValidationError(_("Give the id or the key of a line of the order."))
        return data


class CaseOpenSerializer(VersionSerializer):
    """What the buyer wants; `version` is the order's."""

    order = serializers.CharField(max_length=64)
    line = LineField(required=False, allow_null=True, default=None)
    kind = serializers.ChoiceField(RefundKind.values)
    amount = _money(default=Decimal(0), help_text="of the kinds with money, freight included; the others leave it out")
    freight = _money(default=Decimal(0), help_text="what of it is freight")
    reason = serializers.CharField(max_length=200)
    text = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")
    quantity = serializers.IntegerField(
        min_value=1, max_value=_MOST_PIECES, required=False, allow_null=True, default=None, help_text="without it all"
    )
    goods = serializers.ChoiceField(GoodsState.values, required=False, allow_blank=True, default="")
    refund_no = serializers.CharField(
        max_length=64, required=False, allow_blank=True, default="", source="number",
        help_text="the platform's number; without it one is made. The same again for the same wish is the same case",
    )  # fmt: skip

    def validate_refund_no(self, number: str) -> str:
        if number and _NUMBER.fullmatch(number) is None:
            raise serializers.ValidationError(
                _("A case number has letters, digits, - and _ only, with at least one digit.")
            )
        return number


class CaseAgreeSerializer(VersionSerializer):
    amount = _money(allow_null=True, help_text="without it what was asked for; a part of it is possible")
    return_address = _id("return_address_id", "where goods come back to; without it the shop's usual address")
    freight_payer = serializers.ChoiceField(FreightPayer.values, required=False, allow_blank=True)
    text = serializers.CharField(max_length=LONGEST, required=False, allow_blank=True, help_text="words to the buyer")


class CaseRefuseSerializer(VersionSerializer):
    reason = serializers.CharField(max_length=LONGEST_REASON)
    text = serializers.CharField(max_length=LONGEST, help_text="2 to 200 characters for the buyer")
    proof = PictureField(required=False, allow_null=True, default=None)


class CaseTurnSerializer(VersionSerializer):
    amount = _money(allow_null=True, help_text="that the case asks for then; without it all that may be given back")


class CaseSaySerializer(VersionSerializer):
    role = serializers.ChoiceField(
        [MessageRole.SHOP.value, MessageRole.BUYER.value, MessageRole.PLATFORM.value],
        default=MessageRole.SHOP.value, help_text="what buyer or platform said elsewhere can be written down too",
    )  # fmt: skip
    text = serializers.CharField(max_length=LONGEST, required=False, allow_blank=True, default="")
    pictures = serializers.ListField(child=PictureField(), required=False, max_length=MOST_FILES, default=list)


class CaseOwnerSerializer(VersionSerializer):
    owner = serializers.CharField(
        required=False, allow_null=True, max_length=150,
        help_text="a user name; null gives the case back, left out it is the caller",
    )  # fmt: skip


class CaseRemarkSerializer(VersionSerializer):
    remark = serializers.CharField(max_length=REMARK, allow_blank=True, help_text="for colleagues; empty takes it away")


class CaseFreightSerializer(VersionSerializer):
    freight_payer = serializers.ChoiceField(FreightPayer.values, allow_blank=True)


class CaseSendBackSerializer(VersionSerializer):
    courier = serializers.CharField(
        max_length=60, required=False, allow_blank=True, default="", help_text="a code such as SF, or a name"
    )
    tracking_number = serializers.CharField(max_length=60)


class CaseSentBackSerializer(CaseSendBackSerializer):
    sent_at = serializers.DateTimeField(required=False, allow_null=True, validators=TIMES)


class CaseFoundSerializer(serializers.Serializer[object]):
    outcome = serializers.ChoiceField(InspectionOutcome.values)
    quantity = serializers.IntegerField(min_value=1, max_value=_MOST_PIECES, default=1)
    sku = _id("sku_id", "id of `stock/skus/`; without it the sku of the case's line")
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class CaseInspectSerializer(VersionSerializer):
    items = serializers.ListField(child=CaseFoundSerializer(), allow_empty=False, max_length=_MOST_ITEMS)
    pictures = serializers.ListField(child=PictureField(), required=False, max_length=MOST_FILES, default=list)


class CaseReceiveSerializer(VersionSerializer):
    amount = _money(allow_null=True, help_text="without it what was agreed, else what was asked for")
    text = serializers.CharField(max_length=LONGEST, required=False, allow_blank=True, help_text="words to the buyer")


class CaseSendOutSerializer(VersionSerializer):
    courier = serializers.CharField(max_length=60, help_text="a code of the courier list such as SF, or a full name")
    tracking_number = serializers.CharField(max_length=60)
    sku = _id("sku_id", "id of `stock/skus/`; without it the sku of the case's line")
    quantity = serializers.IntegerField(min_value=1, max_value=_MOST_PIECES, required=False, allow_null=True)


class CaseTakeNextSerializer(serializers.Serializer[object]):
    count = serializers.IntegerField(min_value=1, max_value=MOST_TAKEN, default=10)


class AttachmentUploadSerializer(serializers.Serializer[object]):
    file = serializers.FileField(help_text="a picture or a voice file")
