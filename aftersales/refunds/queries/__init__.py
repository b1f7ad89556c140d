"""Reads of after-sales cases; every one starts from a store, or from a case that was found in one."""

from aftersales.refunds.queries.due import silence_of, stores_with_due_cases, timed_out
from aftersales.refunds.queries.facts import BuyerYear, CaseFacts, KindCount, ReasonCount, case_facts
from aftersales.refunds.queries.finding import Wanted, case_number_of, find_cases
from aftersales.refunds.queries.money import given_of, is_money, refundable_of, taken_of
from aftersales.refunds.queries.policy import PolicyFinding, Suggestion, rule_for
from aftersales.refunds.queries.queue import (
    COUNT_CAP,
    TABS,
    CaseCursorError,
    CasePage,
    Look,
    Row,
    case_ids,
    case_page,
    count_cases,
    count_tabs,
    nav_counts,
)
from aftersales.refunds.queries.signals import Signal, cases_to_recipient, signals_of

__all__ = [
    "COUNT_CAP",
    "TABS",
    "BuyerYear",
    "CaseCursorError",
    "CaseFacts",
    "CasePage",
    "KindCount",
    "Look",
    "PolicyFinding",
    "ReasonCount",
    "Row",
    "Signal",
    "Suggestion",
    "Wanted",
    "case_facts",
    "case_ids",
    "case_number_of",
    "case_page",
    "cases_to_recipient",
    "count_cases",
    "count_tabs",
    "find_cases",
    "given_of",
    "is_money",
    "nav_counts",
    "refundable_of",
    "rule_for",
    "signals_of",
    "silence_of",
    "stores_with_due_cases",
    "taken_of",
    "timed_out",
]
