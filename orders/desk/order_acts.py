"""What may be done to one order: which acts are legal for this order and this person, and how each is done and undone.

The page, the pane and the API share this list. The reasons are for people who look at a button; services check again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from backoffice.common.access import RIGHT_LABELS, Right
from backoffice.common.display import listed
from backoffice.common.models import Job
from backoffice.common.ui import Act
from orders.core.models import Order
from orders.core.statuses import Acceptance, EventSource, Flag, HoldKind, OrderStatus
from orders.desk import act_runs as runs
from orders.desk import situations
from orders.desk.acts import ACTS, Call, Undo, Values
from orders.desk.situations import Situation
from orders.fulfilment.couriers import find_courier
from orders.notes.statuses import BuyerNoteState

__all__ = ["ORDER_ACTS", "OrderAct", "OrderCall", "Row", "Situation", "list_acts", "problem_of"]


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
    is_decision: bool = False  # the queue goes on to the next order


def problem_of(act: OrderAct, situation: Situation) -> str:
    """Return why this person may not do the act to this order now; empty: they may."""
    if act.right not in situation.rights:
        return _("Your role does not include “%(right)s”.") % {"right": RIGHT_LABELS[act.right]}
    return act.problem(situation)


def list_acts(situation: Situation, url_of: Callable[[OrderAct], str]) -> list[Act]:
    """Return the buttons of an order: the legal ones in order of likelihood, then the others with their reasons."""
    shown = [(ORDER_ACTS[key], problem_of(ORDER_ACTS[key], situation)) for key in _keys(situation)]
    legal = [button(act, url_of(act)) for act, problem in shown if not problem]
    if legal and legal[0].name in _LEADING:
        legal[0] = button(ORDER_ACTS[legal[0].name], legal[0].url, tone="primary")
    return legal + [button(act, "", reason=problem) for act, problem in shown if problem]


def button(act: OrderAct, url: str, *, reason: str = "", tone: str = "") -> Act:
    return Act(
        name=act.key, label=str(act.label), url=url, dialog="act-dialog" if act.needs_form else "", icon=act.icon,
        key=act.shortcut, reason=reason, tone=tone or act.tone,
    )  # fmt: skip


_LEADING = {"accept", "ship", "mark_paid", "complete"}


def _keys(situation: Situation) -> list[str]:
    claim = "unclaim" if situation.is_mine else "claim"
    if situation.holder is not None and Right.MANAGE_STORE in situation.rights:
        claim = "take_over"
    return ["accept", "ship", "mark_paid", "complete", "hold", "release", "remark", claim, "close"]


# Both values


def _acceptance_rows(order: Order, _values: Values) -> list[Row]:
    return [Row(_("Review"), order.get_acceptance_display(), str(Acceptance.ACCEPTED.label))]


def _hold_rows(order: Order, values: Values) -> list[Row]:
    theirs = listed(HoldKind(kind).label for kind in order.hold_kinds) or _("none")
    return [Row(_("Holds"), theirs, f"{HoldKind(values['kind']).label}: {values['reason']}")]


def _remark_rows(order: Order, values: Values) -> list[Row]:
    theirs = f"{order.latest_remark_by}: {order.latest_remark}" if order.latest_remark else _("none")
    return [Row(_("Latest remark"), theirs, values["text"])]


def _flag_rows(order: Order, values: Values) -> list[Row]:
    return [Row(_("Flag"), str(Flag(order.flag).label), str(Flag(values["flag"]).label))]


def _tag_rows(order: Order, values: Values) -> list[Row]:
    return [Row(_("Tags"), listed(order.tags) or _("none"), listed(values["tags"]) or _("none"))]


def _claim_rows(yours: Any) -> Callable[[Order, Values], list[Row]]:
    return lambda order, _values: [Row(_("Claimed by"), str(order.claimed_by or _("nobody")), str(yours))]


def _status_rows(new: OrderStatus, *fields: str) -> Callable[[Order, Values], list[Row]]:
    def rows(order: Order, values: Values) -> list[Row]:
        typed = " · ".join(str(values[name]) for name in fields if values.get(name))
        return [Row(_("Status"), order.get_status_display(), f"{new.label} {typed}".strip())]

    return rows


def _ship_rows(order: Order, values: Values) -> list[Row]:
    courier = find_courier(values["courier"])
    typed = f"{courier.name if courier else values['courier']} {values['tracking_number']}"
    return [
        Row(_("Status"), order.get_status_display(), str(OrderStatus.SHIPPED.label)),
        Row(_("Parcel"), listed(order.shipments.values_list("tracking_number", flat=True)) or _("none"), typed),
    ]


def _note_rows(field: str) -> Callable[[Order, Values], list[Row]]:
    return lambda order, values: [Row(_("Buyer note"), order.get_note_state_display(), values[field])]


_WORK = Right.WORK_ORDERS
_REGISTRY = (
    OrderAct(
        key="accept",
        label=ACTS["accept"].label,
        icon="check",
        right=_WORK,
        problem=situations.accept_problem,
        run=ACTS["accept"].run,
        undo=ACTS["accept"].undo,
        rows=_acceptance_rows,
        shortcut="a",
        is_decision=True,
        done=gettext_lazy("Order %(number)s was accepted."),
    ),
    OrderAct(
        key="ship",
        label=ACTS["ship"].label,
        icon="truck-delivery",
        right=Right.SHIP,
        problem=situations.ship_problem_now,
        run=runs.ship,
        rows=_ship_rows,
        shortcut="s",
        needs_form=True,
        is_decision=True,
        done=gettext_lazy("Order %(number)s was shipped."),
    ),
    OrderAct(
        key="mark_paid",
        label=gettext_lazy("Mark as paid"),
        icon="coin",
        right=Right.CLOSE_ORDERS,
        problem=situations.pay_problem,
        run=runs.pay,
        rows=_status_rows(OrderStatus.PENDING_SHIPMENT, "method"),
        needs_form=True,
        is_decision=True,
        done=gettext_lazy("Order %(number)s was marked as paid."),
    ),
    OrderAct(
        key="complete",
        label=gettext_lazy("Complete"),
        icon="circle-check",
        right=Right.CLOSE_ORDERS,
        problem=situations.complete_problem,
        run=runs.complete,
        rows=_status_rows(OrderStatus.COMPLETED),
        needs_form=True,
        is_decision=True,
        done=gettext_lazy("Order %(number)s was completed."),
    ),
    OrderAct(
        key="hold",
        label=ACTS["hold"].label,
        icon="hand-stop",
        right=_WORK,
        problem=situations.hold_problem,
        run=runs.hold,
        undo=ACTS["hold"].undo,
        rows=_hold_rows,
        shortcut="h",
        needs_form=True,
        is_decision=True,
        done=gettext_lazy("Order %(number)s is held."),
    ),
    OrderAct(
        key="release",
        label=ACTS["release"].label,
        icon="player-play",
        right=_WORK,
        problem=situations.release_problem,
        run=runs.release,
        undo=runs.hold_again,
        rows=_hold_rows,
        needs_form=True,
        done=gettext_lazy("The hold of order %(number)s was released."),
    ),
    OrderAct(
        key="remark",
        label=ACTS["remark"].label,
        icon="message-2",
        right=Right.REMARK,
        problem=situations.always,
        run=runs.remark,
        rows=_remark_rows,
        shortcut="m",
        needs_form=True,
        done=gettext_lazy("The remark on order %(number)s was saved."),
    ),
    OrderAct(
        key="flag",
        label=ACTS["flag"].label,
        icon="flag",
        right=_WORK,
        problem=situations.always,
        run=ACTS["flag"].run,
        undo=ACTS["flag"].undo,
        rows=_flag_rows,
        done=gettext_lazy("Order %(number)s has a new flag."),
    ),
    OrderAct(
        key="tags",
        label=ACTS["tags"].label,
        icon="tag",
        right=_WORK,
        problem=situations.always,
        run=runs.tags,
        undo=ACTS["tags"].undo,
        rows=_tag_rows,
        needs_form=True,
        done=gettext_lazy("Order %(number)s has new tags."),
    ),
    OrderAct(
        key="claim",
        label=ACTS["claim"].label,
        icon="user-check",
        right=_WORK,
        problem=situations.claim_problem,
        run=ACTS["claim"].run,
        undo=ACTS["claim"].undo,
        rows=_claim_rows(gettext_lazy("you")),
        shortcut="c",
        done=gettext_lazy("Order %(number)s is yours for 20 minutes, and longer while you work on it."),
    ),
    OrderAct(
        key="unclaim",
        label=ACTS["unclaim"].label,
        icon="user",
        right=_WORK,
        problem=situations.claim_problem,
        run=runs.unclaim,
        undo=ACTS["unclaim"].undo,
        rows=_claim_rows(gettext_lazy("nobody")),
        shortcut="c",
        done=gettext_lazy("Order %(number)s is free for colleagues."),
    ),
    OrderAct(
        key="take_over",
        label=pgettext_lazy("act", "Take over"),
        icon="user-check",
        right=Right.MANAGE_STORE,
        problem=situations.always,
        run=runs.take_over,
        rows=_claim_rows(gettext_lazy("you")),
        shortcut="c",
        done=gettext_lazy("Order %(number)s was taken over; the history says from whom."),
    ),
    OrderAct(
        key="close",
        label=pgettext_lazy("act", "Close order"),
        icon="x",
        right=Right.CLOSE_ORDERS,
        problem=situations.move_problem(OrderStatus.CLOSED),
        run=runs.close,
        rows=_status_rows(OrderStatus.CLOSED, "reason"),
        needs_form=True,
        is_decision=True,
        tone="danger",
        done=gettext_lazy("Order %(number)s was closed."),
    ),
    OrderAct(
        key="confirm_note",
        label=gettext_lazy("Confirm note"),
        icon="check",
        right=_WORK,
        problem=situations.note_problem(BuyerNoteState.CONFIRMED),
        run=runs.confirm,
        rows=_note_rows("outcome"),
        needs_form=True,
        done=gettext_lazy("The note of order %(number)s is confirmed."),
    ),
    OrderAct(
        key="decline_note",
        label=gettext_lazy("Decline note"),
        icon="x",
        right=_WORK,
        problem=situations.note_problem(BuyerNoteState.DECLINED),
        run=runs.decline,
        rows=_note_rows("outcome"),
        needs_form=True,
        done=gettext_lazy("The note of order %(number)s is declined."),
    ),
    OrderAct(
        key="override_note",
        label=gettext_lazy("Ship without handling the note"),
        icon="player-play",
        right=Right.OVERRIDE_NOTE,
        problem=situations.override_problem,
        run=runs.override,
        rows=_note_rows("reason"),
        needs_form=True,
        done=gettext_lazy("Order %(number)s may ship with its note open; the history says why."),
    ),
)
ORDER_ACTS: Mapping[str, OrderAct] = {act.key: act for act in _REGISTRY}
