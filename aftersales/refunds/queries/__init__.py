"""Reads of after-sales cases; every one starts from a store, or from a case that was found in one."""

from aftersales.refunds.queries.cases import (
    Goods,
    ThreadItem,
    case_by_number,
    case_events,
    cases_of_order,
    complaints_of,
    goods_of,
    other_cases,
    thread_of,
)
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
    "Goods",
    "KindCount",
    "Look",
    "PolicyFinding",
    "ReasonCount",
    "Row",
    "Signal",
    "Suggestion",
    "ThreadItem",
    "Wanted",
    "case_by_number",
    "case_events",
    "case_facts",
    "case_ids",
    "case_number_of",
    "case_page",
    "cases_of_order",
    "cases_to_recipient",
    "complaints_of",
    "count_cases",
    "count_tabs",
    "find_cases",
    "given_of",
    "goods_of",
    "is_money",
    "nav_counts",
    "other_cases",
    "refundable_of",
    "rule_for",
    "signals_of",
    "silence_of",
    "stores_with_due_cases",
    "taken_of",
    "thread_of",
    "timed_out",
]
