"""Reads of after-sales cases; every one starts from a store, or from a case that was found in one."""

from aftersales.refunds.queries.due import silence_of, stores_with_due_cases, timed_out
from aftersales.refunds.queries.facts import BuyerYear, CaseFacts, KindCount, ReasonCount, case_facts
from aftersales.refunds.queries.money import given_of, is_money, refundable_of, taken_of
from aftersales.refunds.queries.policy import PolicyFinding, Suggestion, rule_for
from aftersales.refunds.queries.signals import Signal, cases_to_recipient, signals_of

__all__ = [
    "BuyerYear",
    "CaseFacts",
    "KindCount",
    "PolicyFinding",
    "ReasonCount",
    "Signal",
    "Suggestion",
    "case_facts",
    "cases_to_recipient",
    "given_of",
    "is_money",
    "refundable_of",
    "rule_for",
    "signals_of",
    "silence_of",
    "stores_with_due_cases",
    "taken_of",
    "timed_out",
]
