from typing import Any

from rest_framework import serializers

from backoffice.api.paging import PageSerializer
from backoffice.api.serializers import MoneyField
from orders.fulfilment.models import GiftRule, Product, Shortage, Sku, StockMovement
from orders.fulfilment.services.stock.acts import BY_HAND, MOST
from orders.fulfilment.statuses import MovementKind, ShortageOutcome, ShortageSolution


class SkuSerializer(serializers.Serializer[Sku]):
    id = serializers.IntegerField()
    code = serializers.CharField(help_text="the merchant code, by which order lines name it")
    spec = serializers.CharField()
    barcode = serializers.CharField()
    product = serializers.CharField(source="product.code")
    title = serializers.CharField(source="product.title")
    supplier = serializers.CharField(source="product.supplier")
    location = serializers.CharField(help_text="its shelf")
    on_hand = serializers.IntegerField()
    reserved = serializers.IntegerField(help_text="promised to paid orders")
    free = serializers.IntegerField()
    safety_stock = serializers.IntegerField()
    sold_count = serializers.IntegerField(help_text="pieces that left in the store's window of days")
    cover_days = serializers.DecimalField(
        max_digits=7, decimal_places=1, allow_null=True, help_text="how long what is free lasts; null: nothing left"
    )
    counted_at = serializers.DateTimeField(allow_null=True, help_text="null: never counted, and never short")
    needs_check = serializers.BooleanField()
    is_active = serializers.BooleanField()
    version = serializers.IntegerField()


class SkuPageSerializer(PageSerializer):
    results = SkuSerializer(many=True)


class MovementSerializer(serializers.Serializer[StockMovement]):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(MovementKind.values)
    on_hand_change = serializers.IntegerField()
    reserved_change = serializers.IntegerField()
    on_hand_after = serializers.IntegerField()
    reserved_after = serializers.IntegerField()
    order = serializers.CharField(source="order.number", default=None, allow_null=True)
    reason = serializers.CharField()
    actor = serializers.CharField(source="actor.username", default=None, allow_null=True)
    at = serializers.DateTimeField()


class MovementPageSerializer(PageSerializer):
    results = MovementSerializer(many=True)


class _ActSerializer(serializers.Serializer[object]):
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    version = serializers.IntegerField(required=False, help_text="of the sku: when given, a stale one is refused")


class MoveInputSerializer(_ActSerializer):
    kind = serializers.ChoiceField([kind.value for kind in BY_HAND])
    quantity = serializers.IntegerField(
        min_value=-MOST, max_value=MOST, help_text="1 or more; of a correction negative for pieces that are not there"
    )


class CountInputSerializer(_ActSerializer):
    counted = serializers.IntegerField(min_value=0, max_value=MOST)


class ShortageSerializer(serializers.Serializer[Shortage]):
    id = serializers.IntegerField()
    order = serializers.CharField(source="order.number")
    version = serializers.IntegerField(source="order.version", help_text="of the order: a decision takes it")
    ship_by = serializers.DateTimeField(source="order.ship_by", allow_null=True)
    sku = serializers.CharField(source="sku.code")
    title = serializers.CharField(source="line.title.text")
    spec = serializers.CharField(source="line.shown_spec")
    quantity = serializers.IntegerField(help_text="missing pieces")
    free = serializers.IntegerField(source="sku.free")
    opened_at = serializers.DateTimeField()
    solution = serializers.ChoiceField(ShortageSolution.values, allow_null=True)
    answer = serializers.CharField()
    expected_on = serializers.DateField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.ChoiceField(ShortageOutcome.values, allow_null=True)

    def to_representation(self, instance: Shortage) -> Any:
        empty = {"solution": instance.solution or None, "outcome": instance.outcome or None}
        return super().to_representation(instance) | empty


class ShortagePageSerializer(PageSerializer):
    results = ShortageSerializer(many=True)


class DecisionSerializer(serializers.Serializer[object]):
    solution = serializers.ChoiceField(ShortageSolution.values)
    answer = serializers.CharField(max_length=200, help_text="the buyer's")
    sku_code = serializers.CharField(
        max_length=100, required=False, allow_blank=True, default="", help_text="of an exchange: what ships instead"
    )
    expected_on = serializers.DateField(required=False, allow_null=True, default=None, help_text="of waiting")
    version = serializers.IntegerField(required=False)


class OfferSerializer(serializers.Serializer[object]):
    solution = serializers.ChoiceField(ShortageSolution.values)
    expected_on = serializers.DateField(required=False, allow_null=True, default=None, help_text="of waiting")
    version = serializers.IntegerField(required=False, min_value=0, max_value=2**31 - 1, help_text="of the order")


class ProductInputSerializer(serializers.Serializer[Product]):
    code = serializers.CharField(max_length=100)
    title = serializers.CharField(max_length=500)
    platform_id = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    brand = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    supplier = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    packing_instruction = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    needs_brand_check = serializers.BooleanField(default=False)
    needs_packing_check = serializers.BooleanField(default=False)
    is_active = serializers.BooleanField(default=True)


class ProductChangeSerializer(ProductInputSerializer):
    version = serializers.IntegerField(required=False, help_text="when given, a stale one is refused with 409")


class ProductSerializer(ProductInputSerializer):
    id = serializers.IntegerField()
    version = serializers.IntegerField()


class ProductPageSerializer(PageSerializer):
    results = ProductSerializer(many=True)


class SkuInputSerializer(serializers.Serializer[object]):
    product = serializers.IntegerField(source="product_id", min_value=1, max_value=2**63 - 1)
    code = serializers.CharField(max_length=100)
    spec = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    barcode = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    location = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    needs_check = serializers.BooleanField(default=False)
    safety_stock = serializers.IntegerField(min_value=0, max_value=1_000_000, default=0)
    is_active = serializers.BooleanField(default=True)


class SkuChangeSerializer(SkuInputSerializer):
    version = serializers.IntegerField(required=False, help_text="when given, a stale one is refused with 409")


class GiftRuleInputSerializer(serializers.Serializer[object]):
    name = serializers.CharField(max_length=60)
    gift = serializers.IntegerField(source="gift_id", min_value=1, max_value=2**63 - 1, help_text="id of a sku")
    quantity = serializers.IntegerField(min_value=1, max_value=1000, default=1)
    starts_at = serializers.DateTimeField(help_text="by the time of payment")
    ends_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    min_amount = MoneyField(required=False, allow_null=True, default=None)
    min_pieces = serializers.IntegerField(min_value=1, max_value=1000, default=1)
    product_codes = serializers.ListField(
        child=serializers.CharField(max_length=100), required=False, default=list, max_length=50
    )
    limit = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False, allow_null=True, default=None)


class GiftRuleSerializer(serializers.Serializer[GiftRule]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    is_active = serializers.BooleanField()
    gift = serializers.CharField(source="gift.code")
    quantity = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)
    min_amount = MoneyField(allow_null=True)
    min_pieces = serializers.IntegerField()
    product_codes = serializers.ListField(child=serializers.CharField())
    limit = serializers.IntegerField(allow_null=True)
    given_count = serializers.IntegerField()


class GiftRulesSerializer(serializers.Serializer[object]):
    results = GiftRuleSerializer(many=True)


class GiftTrialSerializer(serializers.Serializer[object]):
    """What a rule would do now; nothing is saved."""

    order_count = serializers.IntegerField(help_text="open orders that would get the gift; 1001: more than 1,000")
    open_count = serializers.IntegerField(help_text="open orders; 1001: more than 1,000")
    lacking = serializers.IntegerField(help_text="of them, without stock of the gift")


class GiftSwitchSerializer(serializers.Serializer[object]):
    is_active = serializers.BooleanField()
