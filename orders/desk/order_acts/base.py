"""What an act on one order is, and why a person may not do it now."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from backoffice.common.access import RIGHT_LABELS, Right
from backoffice.common.models import Job
from backoffice.common.ui import Act
from orders.core.models import Order
from orders.core.statuses import EventSource
from orders.desk.calls import Call, Undo, Values
from orders.desk.situations import Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCall(Call):
    """Who acts on which order, when, having seen which version."""

    job: Job | None = None
    version: int | None = None
    source: str = EventSource.STAFF

    def arguments(self) -> dict[str, Any]:
        return {**Call.arguments(self), "version": self.version, "source": self.source}


class Row(NamedTuple):
    """One value of a conflict: what is saved now, and what was to be saved."""

    label: str
    theirs: str
    yours: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAct:
    """One act: `problem` says why it is not possible now, `rows` sets both values side by side after a conflict."""

    key: str
    label: Any
    icon: str
    right: Right
    problem: Callable[[Situation], str]
    run: Callable[[Call, Values], Undo]
    rows: Callable[[Order, Values], list[Row]]
    done: Any  # the sentence of the toast, with %(number)s
    undo: Callable[[Call, Values], Undo] | None = None
    shortcut: str = ""
    tone: str = ""
    needs_form: bool = False
    asks_when: Callable[[Situation], bool] | None = None  # needs its form only then
    is_decision: bool = False  # the queue goes on to the next order
    settles_note: bool = False  # the note desk goes on to the next note
    also: Right | None = None  # a second right that allows it

    @property
    def rights(self) -> frozenset[Right]:
        """Return the rights of which a person needs one."""
        return frozenset({self.right, self.also or self.right})

    def asks(self, situation: Situation) -> bool:
        """Return whether the act has something to ask before it is done to this order."""
        return self.asks_when(situation) if self.asks_when else self.needs_form


def problem_of(act: OrderAct, situation: Situation) -> str:
    """Return why this person may not do the act to this order now; empty: they may."""
    if not act.rights & situation.rights:
        return _("Your role does not include “%(right)s”.") % {"right": RIGHT_LABELS[act.right]}
    return act.problem(situation)


def button(act: OrderAct, url: str, *, asks: bool = False, reason: str = "", tone: str = "") -> Act:
    return Act(
        name=act.key, label=str(act.label), url=url, dialog="act-dialog" if asks else "", icon=act.icon,
        key=act.shortcut, reason=reason, tone=tone or act.tone,
    )  # fmt: skip
