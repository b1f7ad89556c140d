"""Acts on after-sales cases. Each locks the order first, then the case, writes its history, and is one transaction."""

from aftersales.refunds.queries.money import refundable_of
from aftersales.refunds.services.annotations import assign_case, note_case, set_freight_payer, take_next_cases
from aftersales.refunds.services.base import (
    check_act,
    deadline_of,
    go,
    lock_case,
    policy_of,
    record_change,
    save_case,
)
from aftersales.refunds.services.clock import apply_timeout, apply_timeouts
from aftersales.refunds.services.decisions import (
    agree_case,
    apply_again,
    approve_case,
    check_refusable,
    check_shop_decides,
    confirm_case,
    decline_approval,
    refuse_case,
    turn_to_refund,
    withdraw_case,
)
from aftersales.refunds.services.errors import CaseConflict, RefundError
from aftersales.refunds.services.following import follow_order
from aftersales.refunds.services.money import agreed_before, grant, limit_sentence
from aftersales.refunds.services.opening import insert_case, open_case
from aftersales.refunds.services.talking import add_message, say

__all__ = [
    "CaseConflict",
    "RefundError",
    "add_message",
    "agree_case",
    "agreed_before",
    "apply_again",
    "apply_timeout",
    "apply_timeouts",
    "approve_case",
    "assign_case",
    "check_act",
    "check_refusable",
    "check_shop_decides",
    "confirm_case",
    "deadline_of",
    "decline_approval",
    "follow_order",
    "go",
    "grant",
    "insert_case",
    "limit_sentence",
    "lock_case",
    "note_case",
    "open_case",
    "policy_of",
    "record_change",
    "refundable_of",
    "refuse_case",
    "save_case",
    "say",
    "set_freight_payer",
    "take_next_cases",
    "turn_to_refund",
    "withdraw_case",
]
