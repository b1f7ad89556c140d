"""What tests of rules need: a rule with little to say, and an order that waits for one."""

from typing import Any

from backoffice.common.models import Store
from orders.core.models import Order
from orders.core.statuses import Acceptance
from orders.rules.facts import Facts, load_facts
from orders.rules.models import AcceptanceRule
from orders.rules.services import RuleValues, save_rule
from tests.factories import NOON, make_order


def condition(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def make_rule(
    *conditions: dict[str, Any], store: Store, name: str = "", action: str = "accept", at: Any = NOON, **values: Any
) -> AcceptanceRule:
    if action == "hold":
        values = {"hold_kind": "risk"} | values
    name = name or f"rule {AcceptanceRule.objects.count() + 1}"
    wanted = RuleValues(name=name, action=action, conditions=conditions, **values)
    return save_rule(store=store, values=wanted, actor=None, at=at)


def waiting(store: Store, **values: Any) -> Order:
    """Make a paid order that nobody has reviewed."""
    return make_order(store=store, **({"acceptance": Acceptance.UNREVIEWED} | values))


def facts_of(order: Order, *, at: Any = NOON) -> Facts:
    return load_facts(order.store, [Order.objects.get(pk=order.pk)], at)[0]
