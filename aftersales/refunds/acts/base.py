"""What an act on a case is, why a person may not do it now, and what follows when it is done."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.refunds.models import Refund, RefundPolicy
from aftersales.refunds.queries import PolicyFinding, silence_of
from aftersales.refunds.services import RefundError, deadline_of
from aftersales.refunds.statuses import MONEY_KINDS, MOVES, Act, RefundKind, RefundState
from backoffice.common.access import RIGHT_LABELS, Right
from backoffice.common.models import Store, User
from backoffice.common.ui import Act as Button

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A case with all that its acts depend on, and who looks at it."""

    refund: Refund
    policy: RefundPolicy
    finding: PolicyFinding | None  # None: it was not asked for, as no form needs it
    actor: User
    rights: frozenset[Right]
    now: datetime

    @property
    def store(self) -> Store:
        return self.refund.store

    def can(self, act: str) -> bool:
        """Tell whether the table has the act for this kind and state."""
        return (act, self.refund.status) in MOVES[RefundKind(self.refund.kind)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCall:
    """Who acts on which case, when, having seen which version."""

    store: Store
    refund_id: int
    actor: User
    at: datetime
    version: int | None

    def arguments(self) -> dict[str, Any]:
        return {
            "store": self.store, "refund_id": self.refund_id, "actor": self.actor, "at": self.at,
            "version": self.version,
        }  # fmt: skip


class Row(NamedTuple):
    """One value of a conflict: what is saved now, and what was to be saved."""

    label: str
    theirs: str
    yours: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAct:
    """One act: `problem` says why it is not possible now, `done` what a toast says of the case afterwards."""

    key: str
    label: Any
    icon: str
    rights: frozenset[Right]  # any one of them
    run: Callable[[CaseCall, Values], Refund | None]
    done: Callable[[Refund], str]
    problem: Callable[[Situation], str] = lambda _situation: ""
    move: str = ""  # of the table; empty: the case stays where it is
    rows: Callable[[Refund, Values], list[Row]] | None = None
    needs_form: bool = True
    shortcut: str = ""
    tone: str = ""
    is_told: bool = False  # the platform would have to know of it
    money_rights: frozenset[Right] = frozenset()  # any one of them instead, where money goes by it

    def rights_in(self, situation: Situation) -> frozenset[Right]:
        """Return the rights of which a person needs one, for this case."""
        is_money = bool(self.money_rights) and situation.refund.kind in MONEY_KINDS
        return self.money_rights if is_money else self.rights


def said(text: Any) -> Callable[[Refund], str]:
    """Return what a toast says, with the case's number in it."""
    return lambda refund: str(text) % {"number": refund.number}


def problem_of(act: CaseAct, situation: Situation) -> str:
    """Return why this person may not do the act now; empty: they may."""
    needed = act.rights_in(situation)
    if not needed & situation.rights:
        first = min(needed, key=list(Right).index)
        return _("Your role does not include “%(right)s”.") % {"right": RIGHT_LABELS[first]}
    return act.problem(situation)


def refusal(check: Callable[[], object]) -> str:
    """Return the sentence with which a service's check refuses; empty when it does not."""
    try:
        check()
    except RefundError as error:
        return str(error)
    return ""


def button(act: CaseAct, url: str, *, reason: str = "", tone: str = "") -> Button:
    return Button(
        name=act.key, label=str(act.label), url=url, dialog="act-dialog" if act.needs_form else "", icon=act.icon,
        key=act.shortcut, reason=reason, tone=tone or act.tone,
    )  # fmt: skip


# What follows


def silence_now(situation: Situation) -> str:
    """Say until when the case stands as it does, and what silence does then."""
    refund = situation.refund
    if refund.deadline is None:
        return ""
    until = _("Until %(time)s.") % {"time": f"{timezone.localtime(refund.deadline):%Y-%m-%d %H:%M}"}
    return f"{until} {silence_of(refund, situation.policy)}"


def consequence_of(situation: Situation, act: CaseAct) -> str:
    """Say where the act leads, until when, and what silence does there; empty when the case does not move."""
    refund = situation.refund
    move = MOVES[RefundKind(refund.kind)].get((Act(act.move), RefundState(refund.status))) if act.move else None
    if move is None:
        return ""
    later = copy.copy(refund)
    later.kind, later.status, later.status_since = move.kind, move.status, situation.now
    if not later.is_open:
        return _end_of(later)
    later.deadline = deadline_of(later, situation.policy)
    sentence = _("Then it is “%(status)s” until %(time)s.") % {
        "status": later.get_status_display(),
        "time": f"{timezone.localtime(later.deadline):%Y-%m-%d %H:%M}" if later.deadline else "—",
    }
    return f"{sentence} {silence_of(later, situation.policy)}"


def _end_of(refund: Refund) -> str:
    if refund.status == RefundState.CLOSED:
        return _("Then the case is closed, and nothing is given back by it.")
    if refund.kind in MONEY_KINDS:
        return _("Then the case has succeeded: the money counts as given back.")
    return _("Then the case has succeeded.")


def status_row(act_label: Any) -> Callable[[Refund, Values], list[Row]]:
    """Set the case's state beside what was to be done."""
    return lambda refund, _values: [Row(_("State"), refund.get_status_display(), str(act_label))]
