"""What may be done to one order: which acts are legal for this order and this person, and how each is done and undone.

The page, the pane and the API share this list. The reasons are for people who look at a button; services check again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from backoffice.common.access import RIGHT_LABELS, Right
from backoffice.common.models import Job, User
from backoffice.common.ui import Act
from orders.core.models import Hold, Order, OrderLine
from orders.core.services import (
    add_remark,
    claim_order,
    close_order,
    complete_order,
    mark_paid,
    open_hold,
    release_claim,
    release_hold,
    set_tags,
)
from orders.core.statuses import (
    FACT_HOLDS,
    MOVES,
    OPEN_STATUSES,
    SHIPPABLE_STATUSES,
    Acceptance,
    EventSource,
    Flag,
    HoldKind,
    OrderStatus,
)
from orders.desk.acts import ACTS, Call, Undo, Values
from orders.fulfilment.couriers import find_courier
from orders.fulfilment.services import ship_order, ship_problem
from orders.notes.models import BuyerNote
from orders.notes.services import confirm_note, decline_note, override_note
from orders.notes.statuses import MOVES as NOTE_MOVES
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """An order with what its acts depend on, and who looks at it."""

    order: Order
    lines: Sequence[OrderLine]
    holds: Sequence[Hold]  # the open ones
    note: BuyerNote | None
    actor: User
    rights: frozenset[Right]
    now: datetime

    @property
    def hand_holds(self) -> list[Hold]:
        """Return the open holds that people may release."""
        return [hold for hold in self.holds if hold.kind not in FACT_HOLDS]

    @property
    def is_mine(self) -> bool:
        return self.order.is_claimed(self.now) and self.order.claimed_by_id == self.actor.pk

    @property
    def holder(self) -> User | None:
        """Return the colleague who works on the order now."""
        return None if self.is_mine or not self.order.is_claimed(self.now) else self.order.claimed_by

    @property
    def loose_lines(self) -> list[OrderLine]:
        """Return the lines that no hold of their own keeps back; all of them when each has one."""
        kept = {hold.line_id for hold in self.holds if hold.line_id}
        return [line for line in self.lines if line.pk not in kept] or list(self.lines)


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


# Why not


def _always(_situation: Situation) -> str:
    return ""


def _accept_problem(situation: Situation) -> str:
    order = situation.order
    if order.status not in OPEN_STATUSES:
        return _("“%(status)s”: only orders that await shipment are accepted.") % {"status": order.get_status_display()}
    return _("It is accepted already.") if order.acceptance == Acceptance.ACCEPTED else ""


def _ship_problem(situation: Situation) -> str:
    return ship_problem(situation.order, lines=situation.loose_lines, holds=situation.holds) or ""


def _hold_problem(situation: Situation) -> str:
    if situation.order.status in SHIPPABLE_STATUSES:
        return ""
    return _("“%(status)s”: there is nothing left to hold.") % {"status": situation.order.get_status_display()}


def _release_problem(situation: Situation) -> str:
    if not situation.holds:
        return _("Nothing holds this order.")
    if situation.hand_holds:
        return ""
    kinds = "、".join(dict.fromkeys(str(hold.get_kind_display()) for hold in situation.holds))
    return _("Held by facts that end with their cause, not by hand: %(kinds)s.") % {"kinds": kinds}


def _claim_problem(situation: Situation) -> str:
    if situation.holder is None or situation.order.claim_expires_at is None:
        return ""
    until = timezone.localtime(situation.order.claim_expires_at)
    return _("%(who)s works on it until %(time)s.") % {"who": situation.holder, "time": f"{until:%H:%M}"}


def _move_problem(new: OrderStatus) -> Callable[[Situation], str]:
    def problem(situation: Situation) -> str:
        if new in MOVES[situation.order.status]:
            return ""
        values = {"status": situation.order.get_status_display(), "new": new.label}
        return _("“%(status)s” cannot become “%(new)s”.") % values

    return problem


def _pay_problem(situation: Situation) -> str:
    if situation.order.status == OrderStatus.PENDING_PAYMENT:
        return ""
    return _("“%(status)s”: it does not await payment.") % {"status": situation.order.get_status_display()}


def _complete_problem(situation: Situation) -> str:
    if situation.order.status == OrderStatus.SHIPPED and situation.order.has_open_refund:
        return _("A refund is open: settle it first.")
    return _move_problem(OrderStatus.COMPLETED)(situation)


def _note_problem(new: BuyerNoteState) -> Callable[[Situation], str]:
    def problem(situation: Situation) -> str:
        if situation.note is None:
            return _("The buyer left no note.")
        if new in NOTE_MOVES[situation.note.state]:
            return ""
        return _("The note is “%(state)s”.") % {"state": situation.note.get_state_display()}

    return problem


def _override_problem(situation: Situation) -> str:
    if any(hold.kind == HoldKind.NOTE_UNHANDLED for hold in situation.holds):
        return ""
    return _("No buyer note holds this order.")


# How


def _hold(call: Call, values: Values) -> Undo:
    open_hold(**call.arguments(), kind=values["kind"], reason=values["reason"], line_id=values.get("line"))
    return {"kind": values["kind"], "reason": values["reason"]}


def _release(call: Call, values: Values) -> Undo:
    release_hold(**call.arguments(), kind=values["kind"], reason=values["reason"])
    return {"kind": values["kind"], "reason": values["reason"]}


def _hold_again(call: Call, undo: Values) -> Undo:
    open_hold(**call.arguments(), kind=undo["kind"], reason=undo["reason"])
    return {}


def _remark(call: Call, values: Values) -> Undo:
    add_remark(**call.arguments(), text=values["text"])
    return {}


def _tags(call: Call, values: Values) -> Undo:
    before = Order.objects.for_store(call.store).values_list("tags", flat=True).get(pk=call.order_id)
    set_tags(**call.arguments(), tags=values["tags"])
    return {"tags": before}


def _take_over(call: Call, _values: Values) -> Undo:
    claim_order(**call.arguments(), take_over=True)
    return {}


def _ship(call: Call, values: Values) -> Undo:
    ship_order(
        **call.arguments(),
        courier=values["courier"],
        tracking_number=values["tracking_number"],
        lines=values.get("lines"),
    )
    return {}


def _unclaim(call: Call, _values: Values) -> Undo:
    release_claim(**call.arguments())
    return {"claimed": False}


def _mark_paid(call: Call, values: Values) -> Undo:
    mark_paid(**call.arguments(), method=values["method"])
    return {}


def _close(call: Call, values: Values) -> Undo:
    close_order(**call.arguments(), reason=values["reason"])
    return {}


def _complete(call: Call, _values: Values) -> Undo:
    complete_order(**call.arguments())
    return {}


def _confirm(call: Call, values: Values) -> Undo:
    confirm_note(**call.arguments(), outcome=values["outcome"])
    return {}


def _decline(call: Call, values: Values) -> Undo:
    decline_note(**call.arguments(), outcome=values["outcome"])
    return {}


def _override(call: Call, values: Values) -> Undo:
    override_note(**call.arguments(), reason=values["reason"])
    return {}


# Both values


def _acceptance_rows(order: Order, _values: Values) -> list[Row]:
    return [Row(_("Review"), order.get_acceptance_display(), Acceptance.ACCEPTED.label)]


def _hold_rows(order: Order, values: Values) -> list[Row]:
    theirs = "、".join(str(HoldKind(kind).label) for kind in order.hold_kinds) or _("none")
    return [Row(_("Holds"), theirs, f"{HoldKind(values['kind']).label}: {values['reason']}")]


def _remark_rows(order: Order, values: Values) -> list[Row]:
    theirs = f"{order.latest_remark_by}: {order.latest_remark}" if order.latest_remark else _("none")
    return [Row(_("Latest remark"), theirs, values["text"])]


def _flag_rows(order: Order, values: Values) -> list[Row]:
    return [Row(_("Flag"), str(Flag(order.flag).label), str(Flag(values["flag"]).label))]


def _tag_rows(order: Order, values: Values) -> list[Row]:
    return [Row(_("Tags"), ", ".join(order.tags) or _("none"), ", ".join(values["tags"]) or _("none"))]


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
        Row(_("Status"), order.get_status_display(), OrderStatus.SHIPPED.label),
        Row(_("Parcel"), "、".join(order.shipments.values_list("tracking_number", flat=True)) or _("none"), typed),
    ]


def _note_rows(field: str) -> Callable[[Order, Values], list[Row]]:
    return lambda order, values: [Row(_("Buyer note"), order.get_note_state_display(), values[field])]


_WORK = Right.WORK_ORDERS
_REGISTRY = (
    OrderAct(key="accept", label=ACTS["accept"].label, icon="check", right=_WORK, problem=_accept_problem,
             run=ACTS["accept"].run, undo=ACTS["accept"].undo, rows=_acceptance_rows, shortcut="a", is_decision=True,
             done=gettext_lazy("Order %(number)s was accepted.")),
    OrderAct(key="ship", label=ACTS["ship"].label, icon="truck-delivery", right=Right.SHIP, problem=_ship_problem, run=_ship,
             rows=_ship_rows, shortcut="s", needs_form=True, is_decision=True,
             done=gettext_lazy("Order %(number)s was shipped.")),
    OrderAct(key="mark_paid", label=gettext_lazy("Mark as paid"), icon="coin", right=Right.CLOSE_ORDERS, problem=_pay_problem,
             run=_mark_paid, rows=_status_rows(OrderStatus.PENDING_SHIPMENT, "method"), needs_form=True, is_decision=True,
             done=gettext_lazy("Order %(number)s was marked as paid.")),
    OrderAct(key="complete", label=gettext_lazy("Complete"), icon="circle-check", right=Right.CLOSE_ORDERS,
             problem=_complete_problem, run=_complete, rows=_status_rows(OrderStatus.COMPLETED), needs_form=True,
             is_decision=True, done=gettext_lazy("Order %(number)s was completed.")),
    OrderAct(key="hold", label=ACTS["hold"].label, icon="hand-stop", right=_WORK, problem=_hold_problem, run=_hold,
             undo=ACTS["hold"].undo, rows=_hold_rows, shortcut="h", needs_form=True, is_decision=True,
             done=gettext_lazy("Order %(number)s is held.")),
    OrderAct(key="release", label=ACTS["release"].label, icon="player-play", right=_WORK, problem=_release_problem,
             run=_release, undo=_hold_again, rows=_hold_rows, needs_form=True,
             done=gettext_lazy("The hold of order %(number)s was released.")),
    OrderAct(key="remark", label=ACTS["remark"].label, icon="message-2", right=Right.REMARK, problem=_always, run=_remark,
             rows=_remark_rows, shortcut="m", needs_form=True, done=gettext_lazy("The remark on order %(number)s was saved.")),
    OrderAct(key="flag", label=ACTS["flag"].label, icon="flag", right=_WORK, problem=_always, run=ACTS["flag"].run,
             undo=ACTS["flag"].undo, rows=_flag_rows, done=gettext_lazy("Order %(number)s has a new flag.")),
    OrderAct(key="tags", label=ACTS["tags"].label, icon="tag", right=_WORK, problem=_always, run=_tags,
             undo=ACTS["tags"].undo, rows=_tag_rows, needs_form=True, done=gettext_lazy("Order %(number)s has new tags.")),
    OrderAct(key="claim", label=ACTS["claim"].label, icon="user-check", right=_WORK, problem=_claim_problem,
             run=ACTS["claim"].run, undo=ACTS["claim"].undo, rows=_claim_rows(gettext_lazy("you")), shortcut="c",
             done=gettext_lazy("Order %(number)s is yours for 20 minutes, and longer while you work on it.")),
    OrderAct(key="unclaim", label=ACTS["unclaim"].label, icon="user", right=_WORK, problem=_claim_problem, run=_unclaim,
             undo=ACTS["unclaim"].undo, rows=_claim_rows(gettext_lazy("nobody")), shortcut="c",
             done=gettext_lazy("Order %(number)s is free for colleagues.")),
    OrderAct(key="take_over", label=pgettext_lazy("act", "Take over"), icon="user-check", right=Right.MANAGE_STORE,
             problem=_always, run=_take_over, rows=_claim_rows(gettext_lazy("you")), shortcut="c",
             done=gettext_lazy("Order %(number)s was taken over; the history says from whom.")),
    OrderAct(key="close", label=pgettext_lazy("act", "Close order"), icon="x", right=Right.CLOSE_ORDERS,
             problem=_move_problem(OrderStatus.CLOSED), run=_close, rows=_status_rows(OrderStatus.CLOSED, "reason"),
             needs_form=True, is_decision=True, tone="danger", done=gettext_lazy("Order %(number)s was closed.")),
    OrderAct(key="confirm_note", label=gettext_lazy("Confirm note"), icon="check", right=_WORK,
             problem=_note_problem(BuyerNoteState.CONFIRMED), run=_confirm, rows=_note_rows("outcome"), needs_form=True,
             done=gettext_lazy("The note of order %(number)s is confirmed.")),
    OrderAct(key="decline_note", label=gettext_lazy("Decline note"), icon="x", right=_WORK,
             problem=_note_problem(BuyerNoteState.DECLINED), run=_decline, rows=_note_rows("outcome"), needs_form=True,
             done=gettext_lazy("The note of order %(number)s is declined.")),
    OrderAct(key="override_note", label=gettext_lazy("Ship without handling the note"), icon="player-play",
             right=Right.OVERRIDE_NOTE, problem=_override_problem, run=_override, rows=_note_rows("reason"), needs_form=True,
             done=gettext_lazy("Order %(number)s may ship although its note is not handled; the history says why.")),
)  # fmt: skip
ORDER_ACTS: Mapping[str, OrderAct] = {act.key: act for act in _REGISTRY}
