"""The look of the rules at the orders that wait: each is accepted, held, or left to a person."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import F

from backoffice.common.models import Store
from orders.core.models import Order
from orders.core.services import OrderError, accept_order, open_hold
from orders.core.statuses import EventSource
from orders.rules.deciding import Decision, decide, hold_reason, ready_rules
from orders.rules.facts import Facts, load_facts
from orders.rules.models import AcceptanceRule
from orders.rules.queries import active_rules, waiting_orders
from orders.rules.statuses import RuleAction


@dataclass(slots=True)
class ReviewResult:
    """What one look did. `unchanged`: a rule would hold it, and it is held for that already."""

    accepted: int = 0
    held: int = 0
    left: int = 0
    unchanged: int = 0
    missed: int = 0  # somebody changed the order meanwhile: the next look takes it
    last_id: int = 0  # of the orders looked at, by id

    @property
    def looked_at(self) -> int:
        return self.accepted + self.held + self.left + self.unchanged + self.missed


@dataclass(slots=True)
class _Look:
    store: Store
    at: datetime
    result: ReviewResult
    versions: dict[int, int] = field(default_factory=dict)  # of the orders that were looked at, as they are now
    matches: Counter[int] = field(default_factory=Counter)  # by rule


def review_orders(
    *, store: Store, at: datetime, order_ids: Sequence[int] | None = None, after_id: int = 0, limit: int = 500
) -> ReviewResult:
    """Let the active rules decide about waiting orders: those named, or the next ones by id after `after_id`.

    Every order is a transaction of its own and names the version that the decision was made for, so that two workers,
    or a person at the same moment, never decide twice. What was done stays done when the look is interrupted.
    """
    rules = active_rules(store)
    result = ReviewResult()
    if not rules:
        return result
    waiting = waiting_orders(store, at, rules).filter(pk__gt=after_id)
    if order_ids is not None:
        waiting = waiting.filter(pk__in=order_ids)
    orders = list(waiting.order_by("pk")[:limit])
    look, ready, first_looks = _Look(store, at, result), ready_rules(rules), {o.pk for o in orders if not o.rules_at}
    for facts in load_facts(store, orders, at):
        decision = decide(ready, facts)
        _act(look, facts, decision, is_first=facts.order_id in first_looks)
        result.last_id = facts.order_id
    _remember(look)
    return result


def _act(look: _Look, facts: Facts, decision: Decision, *, is_first: bool) -> None:
    result, rule = look.result, decision.rule
    try:
        if rule is None or rule.action == RuleAction.LEAVE:
            result.left += 1
            look.versions[facts.order_id] = facts.version
            is_match = is_first
        elif rule.action == RuleAction.ACCEPT:
            _accept(look, facts, rule)
            is_match = True
        else:
            is_match = _hold(look, facts, rule)
    except (OrderError, Order.DoesNotExist):
        result.missed += 1
        return
    if rule is not None and is_match:
        look.matches[rule.pk] += 1


def _accept(look: _Look, facts: Facts, rule: AcceptanceRule) -> None:
    order = accept_order(
        store=look.store, order_id=facts.order_id, actor=None, at=look.at, rule=rule.name, version=facts.version,
        source=EventSource.RULE,
    )  # fmt: skip
    look.result.accepted += 1
    look.versions[order.pk] = order.version


def _hold(look: _Look, facts: Facts, rule: AcceptanceRule) -> bool:
    """Hold the order unless it is held for that already; tell whether the hold is new."""
    if rule.hold_kind in facts.hold_kinds:
        look.result.unchanged += 1
        look.versions[facts.order_id] = facts.version
        return False
    open_hold(
        store=look.store, order_id=facts.order_id, kind=rule.hold_kind, reason=hold_reason(rule), actor=None,
        at=look.at, rule=rule.name, version=facts.version, source=EventSource.RULE,
    )  # fmt: skip
    look.result.held += 1
    look.versions[facts.order_id] = facts.version + 1
    return True


@transaction.atomic
def _remember(look: _Look) -> None:
    """Note that these orders were looked at, but for those that changed meanwhile; and what each rule has decided."""
    locked = Order.objects.for_store(look.store).filter(pk__in=look.versions)
    now = dict(locked.order_by("pk").select_for_update(of=("self",), skip_locked=True).values_list("pk", "version"))
    Order.objects.filter(pk__in=_same(now, look.versions)).update(rules_at=look.at)
    for rule_id, count in sorted(look.matches.items()):
        AcceptanceRule.objects.filter(pk=rule_id, store=look.store).update(
            match_count=F("match_count") + count, last_matched_at=look.at
        )


def _same(now: Mapping[int, int], then: Mapping[int, int]) -> list[int]:
    return [order_id for order_id, version in now.items() if version == then[order_id]]
