"""Gifts of a locked order: lines of their own, given while the order meets a rule and withdrawn when it no longer does.

A rule that is switched off, ends or reaches its limit takes nothing back: only what happens to the order does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Q

from backoffice.common.statements import Prepared
from orders.core.models import Order, OrderLine, ProductTitle
from orders.core.services import record_event
from orders.core.statuses import EventKind, EventSource, OrderStatus
from orders.fulfilment.models import GiftGrant, GiftRule, Product, Sku
from orders.fulfilment.services.waiting import claims_stock

KEY = "gift:"
_STORE = -101
_RULES = Prepared(
    lambda: GiftRule.objects.filter(store=_STORE, is_active=True).order_by("pk").select_related("gift"), _STORE
)
GIFT_COUNTS = ("line_count", "piece_count", "gift_count")
_LEFT = (OrderStatus.SHIPPED, OrderStatus.COMPLETED)


@dataclass(frozen=True)
class GiftFacts:
    """What rules look at."""

    paid_at: datetime | None
    amount: Decimal  # paid and not given back
    bought: tuple[tuple[frozenset[str], int], ...]  # what each line is known as, and its pieces

    def meet(self, rule: GiftRule) -> bool:
        """Whether the rule gives its gift for this; whether it is on, and its limit, are not looked at."""
        if self.paid_at is None or self.paid_at < rule.starts_at or (rule.ends_at and self.paid_at >= rule.ends_at):
            return False
        if rule.min_amount is not None and self.amount < rule.min_amount:
            return False
        counted = [pieces for codes, pieces in self.bought if not rule.product_codes or codes & {*rule.product_codes}]
        return sum(counted) >= max(rule.min_pieces, 1)


def follow_gifts(order: Order, lines: list[OrderLine], *, at: datetime) -> bool:
    """Give and withdraw; the lines, GIFT_COUNTS change with it, for the caller to save. Tell whether."""
    if order.status in _LEFT:
        return False
    rules = _RULES.fetch(order.store_id)
    has_gifts = any(line.key.startswith(KEY) for line in lines)
    if not has_gifts and not (rules and claims_stock(order)):
        return False
    given = _live_grants(order) if has_gifts else {}
    facts = read_facts(order, lines, [*rules, *(grant.rule for grant in given.values())])
    waits = claims_stock(order)
    over = {pk: grant for pk, grant in given.items() if not (waits and facts.meet(grant.rule))}
    new = {rule.pk: rule for rule in rules if rule.pk not in given and waits and facts.meet(rule)}
    # rule by rule in the order of their keys, whose rows both of these lock
    changes = [
        _withdraw(order, lines, over[pk], at) if pk in over else _give(order, lines, new[pk], at)
        for pk in sorted({*over, *new})
    ]
    return any(changes)


def _live_grants(order: Order) -> dict[int, GiftGrant]:
    grants = GiftGrant.objects.filter(order=order, withdrawn_at__isnull=True)
    return {grant.rule_id: grant for grant in grants.select_related("rule__gift").order_by("rule_id")}


def read_facts(order: Order, lines: Sequence[OrderLine], rules: Iterable[GiftRule]) -> GiftFacts:
    """Read what rules look at; products only where a rule names some."""
    bought = [line for line in lines if not (line.is_gift or line.is_closed or line.is_given_back)]
    names = _product_names(order, bought) if any(rule.product_codes for rule in rules) else {}
    counted = tuple(
        (frozenset({line.sku_code, names.get(line.sku_code or line.product_id, "")} - {""}), line.quantity)
        for line in bought
    )
    return GiftFacts(order.paid_at, order.gross_paid - order.refunded, counted)


def _product_names(order: Order, lines: Sequence[OrderLine]) -> dict[str, str]:
    """Return the product code of each merchant code, and of each platform id of lines without one."""
    skus = Sku.objects.filter(store=order.store_id, code__in={line.sku_code for line in lines if line.sku_code})
    names = dict(skus.values_list("code", "product__code"))
    if items := {line.product_id for line in lines if line.product_id and not line.sku_code}:
        products = Product.objects.filter(store=order.store_id, platform_id__in=items)
        names |= dict(products.values_list("platform_id", "code"))
    return names


def _give(order: Order, lines: list[OrderLine], rule: GiftRule, at: datetime) -> bool:
    if rule.limit is not None and rule.given_count >= rule.limit:
        return False
    rows = GiftRule.objects.filter(Q(limit__isnull=True) | Q(given_count__lt=F("limit")), pk=rule.pk, is_active=True)
    if not rows.update(given_count=F("given_count") + 1):
        return False  # the last one went to another order in between
    line = _line(order, lines, rule)
    grant = GiftGrant(rule=rule, order=order, line=line, granted_at=at)
    GiftGrant.objects.bulk_create(
        [grant], update_conflicts=True, unique_fields=["rule", "order"],
        update_fields=["line", "granted_at", "withdrawn_at"],
    )  # fmt: skip
    _count(order, line, 1)
    _tell(order, EventKind.GIFT_ADDED, rule, line, at)
    return True


def _line(order: Order, lines: list[OrderLine], rule: GiftRule) -> OrderLine:
    """Return the rule's line of the order, made or opened again."""
    line = next((line for line in lines if line.key == f"{KEY}{rule.pk}"), None)
    if line is None:
        title, _is_new = ProductTitle.objects.get_or_create(store=order.store, text=rule.gift.product.title)
        position = max((line.position for line in lines), default=0) + 1
        line = OrderLine(
            store=order.store, order=order, key=f"{KEY}{rule.pk}", position=position, title=title, price=0, paid=0,
            is_gift=True, placed_at=order.placed_at,
        )  # fmt: skip
        lines.append(line)
    line.spec, line.sku_code, line.quantity, line.is_closed = rule.gift.spec, rule.gift.code, rule.quantity, False
    line.save()
    return line


def _withdraw(order: Order, lines: Sequence[OrderLine], grant: GiftGrant, at: datetime) -> bool:
    """Close the gift's line, unless it has left already: it stays in sight, and its stock is released with it."""
    line = next((line for line in lines if line.pk == grant.line_id), None)
    if line is None or line.shipped_quantity:
        return False
    line.is_closed = True
    line.save(update_fields=["is_closed"])
    grant.withdrawn_at = at
    grant.save(update_fields=["withdrawn_at"])
    GiftRule.objects.filter(pk=grant.rule_id, given_count__gt=0).update(given_count=F("given_count") - 1)
    _count(order, line, -1)
    _tell(order, EventKind.GIFT_WITHDRAWN, grant.rule, line, at)
    return True


def _count(order: Order, line: OrderLine, sign: int) -> None:
    order.line_count += sign
    order.piece_count += sign * line.quantity
    order.gift_count += sign * line.quantity


def _tell(order: Order, kind: EventKind, rule: GiftRule, line: OrderLine, at: datetime) -> None:
    after = {"rule": rule.name, "sku_code": line.sku_code, "quantity": line.quantity, "line": line.pk}
    record_event(order, kind, actor=None, at=at, source=EventSource.RULE, after=after)
