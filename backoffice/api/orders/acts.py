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


class ReleaseSerializer(ReasonSerializer):
    kind = serializers.ChoiceField(choices=HoldKind.values)


class HoldActSerializer(ReleaseSerializer):
    line = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=2**63 - 1, source="line_id",
        help_text="id of the line it holds; without it the whole order",
    )  # fmt: skip


class OutcomeSerializer(VersionSerializer):
    outcome = serializers.CharField(max_length=_LONGEST)


class PaidSerializer(VersionSerializer):
    method = serializers.CharField(max_length=32)


class ShipLineSerializer(serializers.Serializer[object]):
    line = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
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


class Act(NamedTuple):
    """One operation `POST orders/{number}/<name>/`."""

    name: str
    summary: str
    service: Callable[..., Any]
    serializer: type[VersionSerializer]
    rights: tuple[Right, ...]
    fixed: Mapping[str, Any] = {}  # what the operation itself says


_WORK, _CLOSE, _MANAGE = (Right.WORK_ORDERS,), (Right.CLOSE_ORDERS,), (Right.MANAGE_STORE,)
_TAKE_OVER: Mapping[str, Any] = {"take_over": True}
ACTS = (
    Act("ship", "Ship an order, or some of its pieces, as one parcel", ship_order, ShipSerializer, (Right.SHIP,)),
    Act("remarks", "Add a remark for colleagues", services.add_remark, RemarkTextSerializer, (Right.REMARK,)),
    Act("accept", "Accept an order for shipment", services.accept_order, VersionSerializer, _WORK),
    Act("unaccept", "Take the acceptance back", services.unaccept_order, VersionSerializer, _WORK),
    Act("hold", "Hold an order, or one line of it", services.open_hold, HoldActSerializer, _WORK),
    Act("release", "Release a hold", services.release_hold, ReleaseSerializer, _WORK),
    Act("claim", "Claim an order, or renew the own claim", services.claim_order, VersionSerializer, _WORK),
    Act("take-over", "Take over a colleague's claim", services.claim_order, VersionSerializer, _MANAGE, _TAKE_OVER),
    Act("unclaim", "Give the own claim back", services.release_claim, VersionSerializer, _WORK),
    Act("mark-paid", "Note a payment outside the platform", services.mark_paid, PaidSerializer, _CLOSE),
    Act("close", "Close an order", services.close_order, ReasonSerializer, _CLOSE),
    Act("complete", "Complete a shipped order", services.complete_order, VersionSerializer, _CLOSE),
    Act("note/confirm", "Confirm the buyer's note", confirm_note, OutcomeSerializer, _WORK),
    Act("note/decline", "Decline the buyer's note", decline_note, OutcomeSerializer, _WORK),
    Act("note/override", "Let an order ship although its note is not handled", override_note, ReasonSerializer,
        (Right.OVERRIDE_NOTE,)),
)  # fmt: skip
