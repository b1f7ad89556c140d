"""What the acts take, and which service each is. The service has the last word; nothing is decided here."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from rest_framework import serializers

from backoffice.common.access import Right
from orders.core import services
from orders.core.statuses import HoldKind
from orders.fulfilment.services import ship_order
from orders.notes.services import confirm_note, decline_note, override_note

_LONGEST = 300


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
    reason = serializers.CharField(max_length=_LONGEST)


class HoldActSerializer(ReasonSerializer):
    kind = serializers.ChoiceField(choices=HoldKind.values)


class OutcomeSerializer(VersionSerializer):
    outcome = serializers.CharField(max_length=_LONGEST)


class PaidSerializer(VersionSerializer):
    method = serializers.CharField(max_length=32)


class ClaimSerializer(VersionSerializer):
    take_over = serializers.BooleanField(default=False)


class ShipLineSerializer(serializers.Serializer[object]):
    line = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    quantity = serializers.IntegerField(min_value=1, max_value=1_000_000)


class ShipSerializer(VersionSerializer):
    courier = serializers.CharField(max_length=60, help_text="a code of the courier list such as SF, or a full name")
    tracking_number = serializers.CharField(max_length=60)
    lines = ShipLineSerializer(many=True, required=False, help_text="without it everything unshipped")

    def to_internal_value(self, data: Any) -> Any:
        """Return `lines` as the service takes them: line id to quantity."""
        values = super().to_internal_value(data)
        if "lines" in values:
            values["lines"] = {item["line"]: item["quantity"] for item in values["lines"]}
        return values


class Act(NamedTuple):
    """One operation `POST orders/{number}/<name>/`."""

    name: str
    service: Callable[..., Any]
    serializer: type[VersionSerializer]
    rights: tuple[Right, ...]
    fixed: Mapping[str, Any] = {}


ACTS = (
    Act("ship", ship_order, ShipSerializer, (Right.SHIP,)),
    Act("remarks", services.add_remark, RemarkTextSerializer, (Right.REMARK,)),
    Act("accept", services.accept_order, VersionSerializer, (Right.WORK_ORDERS,)),
    Act("unaccept", services.unaccept_order, VersionSerializer, (Right.WORK_ORDERS,)),
    Act("hold", services.open_hold, HoldActSerializer, (Right.WORK_ORDERS,)),
    Act("release", services.release_hold, HoldActSerializer, (Right.WORK_ORDERS,)),
    Act("claim", services.claim_order, ClaimSerializer, (Right.WORK_ORDERS,)),
    Act("unclaim", services.release_claim, ClaimSerializer, (Right.WORK_ORDERS,)),
    Act("mark-paid", services.mark_paid, PaidSerializer, (Right.CLOSE_ORDERS,)),
    Act("close", services.close_order, ReasonSerializer, (Right.CLOSE_ORDERS,)),
    Act("complete", services.complete_order, VersionSerializer, (Right.CLOSE_ORDERS,)),
    Act("note/confirm", confirm_note, OutcomeSerializer, (Right.WORK_ORDERS,)),
    Act("note/decline", decline_note, OutcomeSerializer, (Right.WORK_ORDERS,)),
    Act("note/override", override_note, ReasonSerializer, (Right.OVERRIDE_NOTE,)),
)
