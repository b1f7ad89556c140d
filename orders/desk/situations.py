"""An order with all that its acts depend on, and why an act is not possible now, in words for the person who looks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.common.access import Right
from backoffice.common.display import listed
from backoffice.common.models import User
from orders.core.models import Hold, Order, OrderLine
from orders.core.statuses import (
    FACT_HOLDS,
    MOVES,
    OPEN_STATUSES,
    SHIPPABLE_STATUSES,
    STOCK_RULE,
    Acceptance,
    HoldKind,
    OrderStatus,
)
from orders.fulfilment.checking import Check
from orders.fulfilment.services import ship_problem
from orders.notes.models import BuyerNote


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
    checks: Sequence[Check] = ()  # second looks before it ships

    @property
    def hand_holds(self) -> list[Hold]:
        """Return the open holds that people may release; one of a shortage ends with it."""
        return [hold for hold in self.holds if hold.kind not in FACT_HOLDS and hold.rule != STOCK_RULE]

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


def always(_situation: Situation) -> str:
    return ""


def accept_problem(situation: Situation) -> str:
    order = situation.order
    if order.status not in OPEN_STATUSES:
        return _("“%(status)s”: only orders that await shipment are accepted.") % {"status": order.get_status_display()}
    return _("It is accepted already.") if order.acceptance == Acceptance.ACCEPTED else ""


def ship_problem_now(situation: Situation) -> str:
    found = ship_problem(situation.order, lines=situation.loose_lines, holds=situation.holds, checks=situation.checks)
    return found or ""


def hold_problem(situation: Situation) -> str:
    if situation.order.status in SHIPPABLE_STATUSES:
        return ""
    return _("“%(status)s”: there is nothing left to hold.") % {"status": situation.order.get_status_display()}


def release_problem(situation: Situation) -> str:
    if not situation.holds:
        return _("Nothing holds this order.")
    if situation.hand_holds:
        return ""
    if any(hold.rule == STOCK_RULE for hold in situation.holds):
        return _("Short of stock: settle the shortage with the buyer, or wait for stock.")
    kinds = listed(dict.fromkeys(hold.get_kind_display() for hold in situation.holds))
    return _("Held by facts that end with their cause, not by hand: %(kinds)s.") % {"kinds": kinds}


def claim_problem(situation: Situation) -> str:
    if situation.holder is None or situation.order.claim_expires_at is None:
        return ""
    until = timezone.localtime(situation.order.claim_expires_at)
    return _("%(who)s works on it until %(time)s.") % {"who": situation.holder, "time": f"{until:%H:%M}"}


def move_problem(new: OrderStatus) -> Callable[[Situation], str]:
    def problem(situation: Situation) -> str:
        if new in MOVES[situation.order.status]:
            return ""
        values = {"status": situation.order.get_status_display(), "new": new.label}
        return _("“%(status)s” cannot become “%(new)s”.") % values

    return problem


def pay_problem(situation: Situation) -> str:
    if situation.order.status == OrderStatus.PENDING_PAYMENT:
        return ""
    return _("“%(status)s”: it does not await payment.") % {"status": situation.order.get_status_display()}


def complete_problem(situation: Situation) -> str:
    if situation.order.status == OrderStatus.SHIPPED and situation.order.has_open_refund:
        return _("A refund is open: settle it first.")
    return move_problem(OrderStatus.COMPLETED)(situation)


def extend_problem(situation: Situation) -> str:
    order = situation.order
    if not order.is_open:
        return _("“%(status)s”: no promise runs.") % {"status": order.get_status_display()}
    return "" if order.ship_by else _("It has no ship-by time to extend.")


def extension_problem(situation: Situation) -> str:
    if situation.order.extended_until is None:
        return _("No extension was agreed.")
    return extend_problem(situation)


def left_problem(situation: Situation) -> str:
    """Say that nothing of the order is left to ship."""
    if situation.order.status in SHIPPABLE_STATUSES:
        return ""
    return _("“%(status)s”: nothing is left to ship.") % {"status": situation.order.get_status_display()}


def recipient_problem(situation: Situation) -> str:
    recipient = getattr(situation.order, "recipient", None)
    if recipient is not None and recipient.purged_at is not None:
        return _("The recipient was wiped, as the store's rule asks.")
    return left_problem(situation)


def restore_problem(situation: Situation) -> str:
    recipient = getattr(situation.order, "recipient", None)
    if recipient is None or recipient.changed is None:
        return _("The recipient is the platform's.")
    return recipient_problem(situation)


def spec_problem(situation: Situation) -> str:
    return left_problem(situation) or (
        "" if any(line.unshipped for line in situation.lines) else _("All of it shipped.")
    )


def override_problem(situation: Situation) -> str:
    if any(hold.kind == HoldKind.NOTE_UNHANDLED for hold in situation.holds):
        return ""
    return _("No buyer note holds this order.")
