"""Changes of a store's rules, and their look at the orders that wait."""

from orders.rules.services.editing import (
    MAX_CONDITIONS,
    RuleValues,
    delete_rule,
    duplicate_rule,
    move_rule,
    rule_text,
    save_rule,
    switch_rule,
    unsaved_rule,
)
from orders.rules.services.errors import RuleError
from orders.rules.services.review import ReviewResult, review_orders

__all__ = [
    "MAX_CONDITIONS",
    "ReviewResult",
    "RuleError",
    "RuleValues",
    "delete_rule",
    "duplicate_rule",
    "move_rule",
    "review_orders",
    "rule_text",
    "save_rule",
    "switch_rule",
    "unsaved_rule",
]
