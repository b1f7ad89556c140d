"""What rules would do with the orders that were paid today, with nothing changed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from backoffice.common.clock import business_day, day_bounds
from backoffice.common.models import Store
from orders.core.models import Order
from orders.rules.deciding import decide, ready_rules
from orders.rules.facts import load_facts
from orders.rules.models import AcceptanceRule
from orders.rules.statuses import RuleAction

CAP, SAMPLES = 2000, 5


@dataclass(slots=True)
class Share:
    """The orders that one rule would decide about; without a rule those that none fits."""

    rule: AcceptanceRule | None
    count: int = 0
    samples: list[str] = field(default_factory=list)

    def add(self, number: str) -> None:
        self.count += 1
        if len(self.samples) < SAMPLES:
            self.samples.append(number)


@dataclass(slots=True)
class DryRun:
    """`day` is today, or the last day with payments when nobody has paid today."""

    day: date
    is_today: bool
    total: int
    is_capped: bool
    shares: list[Share]

    def _count(self, action: str) -> int:
        return sum(share.count for share in self.shares if (share.rule.action if share.rule else "") == action)

    @property
    def accepted(self) -> int:
        return self._count(RuleAction.ACCEPT)

    @property
    def held(self) -> int:
        return self._count(RuleAction.HOLD)

    @property
    def left(self) -> int:
        return self.total - self.accepted - self.held


def dry_run(*, store: Store, rules: Iterable[AcceptanceRule], at: datetime) -> DryRun:
    """Let these rules, saved or not, decide about the day's paid orders as if nobody had reviewed them."""
    rules = list(rules)
    paid = Order.objects.for_store(store).filter(paid_at__isnull=False, paid_at__lte=at)
    newest = paid.order_by("-paid_at").values_list("paid_at", flat=True).first()
    day = business_day(newest or at)
    start, end = day_bounds(day)
    orders = list(paid.filter(paid_at__gte=start, paid_at__lt=end).order_by("-paid_at", "-pk")[: CAP + 1])
    shares = {id(rule): Share(rule) for rule in rules}
    nobody = Share(None)
    ready = ready_rules(rules)
    for facts in load_facts(store, orders[:CAP], at):
        decision = decide(ready, facts)
        share = shares[id(decision.rule)] if decision.rule else nobody
        share.add(facts.number)
    return DryRun(day, day == business_day(at), len(orders[:CAP]), len(orders) > CAP, [*shares.values(), nobody])
