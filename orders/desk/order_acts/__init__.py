"""What may be done to one order: which acts are legal for this order and this person, and how each is done and undone.

The page, the pane and the API share this list. The reasons are for people who look at a button; services check again.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from backoffice.common.access import Right
from backoffice.common.ui import Act
from orders.desk.order_acts.agreements import AGREEMENTS
from orders.desk.order_acts.base import OrderAct, OrderCall, Row, button, problem_of
from orders.desk.order_acts.moves import MOVES
from orders.desk.order_acts.notes import NOTES
from orders.desk.situations import Situation

__all__ = ["ORDER_ACTS", "OrderAct", "OrderCall", "Row", "Situation", "button", "list_acts", "problem_of"]

ORDER_ACTS: Mapping[str, OrderAct] = {act.key: act for act in (*MOVES, *AGREEMENTS, *NOTES)}
_LEADING = {"accept", "ship", "mark_paid", "complete"}


def list_acts(situation: Situation, url_of: Callable[[OrderAct], str]) -> list[Act]:
    """Return the buttons of an order: the legal ones in order of likelihood, then the others with their reasons."""
    shown = [(ORDER_ACTS[key], problem_of(ORDER_ACTS[key], situation)) for key in _keys(situation)]
    legal = [button(act, url_of(act), asks=act.asks(situation)) for act, problem in shown if not problem]
    if legal and legal[0].name in _LEADING:
        legal[0] = replace(legal[0], tone="primary")
    return legal + [button(act, "", reason=problem) for act, problem in shown if problem]


def _keys(situation: Situation) -> list[str]:
    claim = "unclaim" if situation.is_mine else "claim"
    if situation.holder is not None and Right.MANAGE_STORE in situation.rights:
        claim = "take_over"
    return ["accept", "ship", "mark_paid", "complete", "hold", "release", "remark", claim, "close"]
