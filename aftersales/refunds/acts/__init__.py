"""What may be done to a case: which acts are legal for it and for this person, and how each is done.

The reasons are for people who look at a button; the services check again.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from aftersales.refunds.acts.base import (
    CaseAct,
    CaseCall,
    Row,
    Situation,
    button,
    consequence_of,
    problem_of,
    silence_now,
)
from aftersales.refunds.acts.deciding import DECIDING
from aftersales.refunds.acts.goods import GOODS
from aftersales.refunds.acts.noting import NOTING
from backoffice.common.ui import Act

__all__ = [
    "ACTS", "CaseAct", "CaseCall", "Row", "Situation", "consequence_of", "list_acts", "list_notes", "problem_of",
    "silence_now",
]  # fmt: skip

ACTS: Mapping[str, CaseAct] = {act.key: act for act in (*DECIDING, *GOODS, *NOTING)}
_ALWAYS = ("agree", "refuse")  # shown while the case is open, with the reason where they are not possible
_BY_TABLE = (
    "agree",
    "receive",
    "send_out",
    "confirm",
    "send_back",
    "apply_again",
    "refuse",
    "turn_to_refund",
    "withdraw",
)  # in order of likelihood
_LEADING = {"agree", "receive", "send_out", "approve", "confirm"}


def list_acts(situation: Situation, url_of: Callable[[CaseAct], str]) -> list[Act]:
    """Return the buttons that decide or move a case: the legal ones first, then the others with their reasons."""
    shown = [(ACTS[key], problem_of(ACTS[key], situation)) for key in _keys(situation)]
    legal = [button(act, url_of(act)) for act, problem in shown if not problem]
    if legal and legal[0].name in _LEADING:
        legal[0] = replace(legal[0], tone="primary")
    return legal + [button(act, "", reason=problem) for act, problem in shown if problem]


def list_notes(situation: Situation, url_of: Callable[[CaseAct], str], *keys: str) -> list[Act]:
    """Return those of these buttons that are possible."""
    acts = [ACTS[key] for key in keys]
    return [button(act, url_of(act)) for act in acts if not problem_of(act, situation)]


def _keys(situation: Situation) -> list[str]:
    if not situation.refund.is_open:
        return []
    waiting = ["approve", "decline"] if situation.refund.proposed is not None else []
    legal = [key for key in _BY_TABLE if situation.can(ACTS[key].move)]
    return waiting + legal + [key for key in _ALWAYS if key not in legal]
