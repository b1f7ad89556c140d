"""Which rule decides about an order: the first that fits, in order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from orders.rules.conditions import Condition, ConditionError, parse_condition
from orders.rules.facts import Facts
from orders.rules.models import AcceptanceRule
from orders.rules.statuses import RuleAction


@dataclass(frozen=True, slots=True)
class ReadyRule:
    """A rule with its conditions checked; one that cannot be read fits nothing."""

    rule: AcceptanceRule
    conditions: tuple[Condition, ...] | None

    def fits(self, facts: Facts) -> bool:
        return self.conditions is not None and all(condition.fits(facts) for condition in self.conditions)

    def is_refused_by(self, facts: Facts) -> bool:
        """Tell whether a person has decided against this rule for this order: its hold was released."""
        rule = self.rule
        return rule.action == RuleAction.HOLD and (
            rule.name in facts.released or (rule.hold_kind, hold_reason(rule)) in facts.released_holds
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with an order. Without a rule it stays with people; `refused` names rules that people overruled."""

    rule: AcceptanceRule | None = None
    refused: Sequence[str] = field(default_factory=tuple)

    @property
    def action(self) -> str:
        return self.rule.action if self.rule else RuleAction.LEAVE


def hold_reason(rule: AcceptanceRule) -> str:
    return rule.hold_reason or rule.name


def ready_rules(rules: Iterable[AcceptanceRule]) -> list[ReadyRule]:
    """Check the conditions of rules once, for many orders."""
    return [ReadyRule(rule, _conditions(rule)) for rule in rules]


def _conditions(rule: AcceptanceRule) -> tuple[Condition, ...] | None:
    try:
        return tuple(parse_condition(stored) for stored in rule.conditions)
    except (ConditionError, TypeError):
        return None


def decide(rules: Iterable[ReadyRule], facts: Facts) -> Decision:
    """Return the first rule that fits; an order that a person took back to review stays with people."""
    if facts.is_taken_back:
        return Decision()
    refused: list[str] = []
    for ready in rules:
        if not ready.fits(facts):
            continue
        if not ready.is_refused_by(facts):
            return Decision(ready.rule, refused)
        refused.append(ready.rule.name)
    return Decision(None, refused)
