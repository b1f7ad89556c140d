"""Gift rules, what they gave, and whom they would give to."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum

from backoffice.common.models import Store
from orders.core.models import Order, OrderLine
from orders.core.statuses import RefundStatus
from orders.fulfilment.models import GiftGrant, GiftRule, Product, Sku

CAP = 1000
_SHOWN = 20


class Meeting(NamedTuple):
    """Open orders that a rule would give to: how many (one more than CAP: "1000+"), and the first of them."""

    order_count: int
    orders: list[Order]


def gift_rules(store: Store) -> QuerySet[GiftRule]:
    """Return the store's rules with their gifts, those that are on first."""
    return (
        GiftRule.objects.filter(store=store)
        .select_related("gift__product", "updated_by")
        .order_by("-is_active", "name")
    )


def gift_names(order: Order) -> dict[int, str]:
    """Return the name of the rule that gave each gift line, by the line's id."""
    grants = GiftGrant.objects.filter(order=order, line__isnull=False)
    return dict(grants.values_list("line_id", "rule__name"))


def gift_names_of(order_ids: Sequence[int]) -> dict[int, str]:
    """Return the name of the rule that gave each gift line of several orders, by the line's id."""
    grants = GiftGrant.objects.filter(order__in=order_ids, line__isnull=False)
    return dict(grants.values_list("line_id", "rule__name"))


def orders_that_meet(*, store: Store, rule: GiftRule) -> Meeting:
    """Find open orders that would get the rule's gift, by when they must ship; those that have it are left out."""
    orders = Order.objects.for_store(store).pending_shipment().filter(paid_at__gte=rule.starts_at)
    orders = orders.exclude(refunded__gte=F("gross_paid"), gross_paid__gt=0)
    if rule.ends_at is not None:
        orders = orders.filter(paid_at__lt=rule.ends_at)
    if rule.min_amount is not None:
        orders = orders.filter(gross_paid__gte=F("refunded") + rule.min_amount)
    if rule.pk is not None:
        orders = orders.exclude(pk__in=GiftGrant.objects.filter(rule=rule, withdrawn_at__isnull=True).values("order"))
    pieces = _bought(store, rule).values("order").annotate(sum=Sum("quantity")).values("sum")
    meeting = orders.alias(pieces=Subquery(pieces)).filter(pieces__gte=max(rule.min_pieces, 1))
    room = CAP + 1 if rule.limit is None else max(0, min(CAP + 1, rule.limit - rule.given_count))
    ids = list(meeting.order_by("ship_by", "pk").values_list("pk", flat=True)[:room])
    shown = Order.objects.filter(pk__in=ids[:_SHOWN]).select_related("buyer").order_by("ship_by", "pk")
    return Meeting(len(ids), list(shown))


def _bought(store: Store, rule: GiftRule) -> QuerySet[OrderLine]:
    given_back = Q(refund_status=RefundStatus.SUCCEEDED, paid__gt=0, refunded__gte=F("paid"))
    lines = OrderLine.objects.filter(~given_back, order=OuterRef("pk"), is_gift=False, is_closed=False)
    if not rule.product_codes:
        return lines.order_by()
    skus = Sku.objects.for_store(store).filter(product__code__in=rule.product_codes).values_list("code", flat=True)
    products = Product.objects.for_store(store).filter(code__in=rule.product_codes).exclude(platform_id="")
    items = list(products.values_list("platform_id", flat=True))
    named = Q(sku_code__in=[*rule.product_codes, *skus]) | Q(sku_code="", product_id__in=items)
    return lines.filter(named).order_by()
