"""How a bulk act is done to one order, and how that is taken back."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.common.models import User
from orders.core.models import Hold, Order
from orders.core.services import (
    OrderError,
    accept_order,
    add_remark,
    bump,
    claim_order,
    close_order,
    lock_order,
    open_hold,
    record_event,
    release_claim,
    release_hold,
    reopen_unpaid,
    set_flag,
    set_tags,
    unaccept_order,
    withdraw_remark,
)
from orders.core.statuses import STOCK_RULE, Acceptance, EventKind, HoldKind
from orders.desk.bulk_checks import releasable
from orders.desk.calls import Call, Undo, Values
from orders.desk.claims import assign_order, holder_of
from orders.desk.stored_words import HELD_AGAIN, UNDONE
from orders.fulfilment.services import ship_order


def _order(call: Call, *fields: str) -> dict[str, Any]:
    """Read columns of the order; the service locks and checks it again."""
    return Order.objects.for_store(call.store).values(*fields).get(pk=call.order_id)


def _refuse_changed(call: Call) -> None:
    """Refuse to overwrite what somebody did since.

    Raises:
        OrderError: always; it names who.
    """
    order = Order.objects.for_store(call.store).get(pk=call.order_id)
    last = order.events.order_by("-pk").first()
    values = {"number": order.number, "who": last.actor_name if last else ""}
    if values["who"]:
        raise OrderError(_("%(who)s changed order %(number)s since: it stays as it is.") % values)
    raise OrderError(_("Order %(number)s changed since: it stays as it is.") % values)


def _refuse_printed(call: Call) -> None:
    """Refuse to take back a decision whose papers are out.

    Raises:
        OrderError: the order was printed after the batch.
    """
    order = _order(call, "number", "printed_at")
    since = call.job.created_at if call.job else None
    if since and order["printed_at"] and order["printed_at"] >= since:
        time = f"{timezone.localtime(order['printed_at']):%H:%M}"
        raise OrderError(
            _("Order %(number)s was printed at %(time)s already: hold it, and tell the warehouse.")
            % {"number": order["number"], "time": time}
        )


# Flag and tags


def flag(call: Call, values: Values) -> Undo:
    before = _order(call, "flag")["flag"]
    set_flag(**call.arguments(), flag=values["flag"])
    return {"flag": before, "made": values["flag"]}


def unflag(call: Call, undo: Values) -> Undo:
    if "made" in undo and _order(call, "flag")["flag"] != undo["made"]:
        _refuse_changed(call)
    set_flag(**call.arguments(), flag=undo["flag"])
    return {}


def tag(call: Call, values: Values) -> Undo:
    before = _order(call, "tags")["tags"]
    kept = [tag for tag in before if tag not in values["remove_tags"]]
    made = set_tags(**call.arguments(), tags=[*kept, *values["add_tags"]]).tags
    return {"tags": before, "made": made}


def untag(call: Call, undo: Values) -> Undo:
    if "made" in undo and _order(call, "tags")["tags"] != undo["made"]:
        _refuse_changed(call)
    set_tags(**call.arguments(), tags=undo["tags"])
    return {}


# Remark


def remark(call: Call, values: Values) -> Undo:
    return {"remark": add_remark(**call.arguments(), text=values["text"]).pk}


def unremark(call: Call, undo: Values) -> Undo:
    withdraw_remark(**call.arguments(), remark_id=undo["remark"])
    return {}


# Accept


def accept(call: Call, values: Values) -> Undo:
    reason = values.get("release_reason") or ""
    released = hand_holds(call) if reason else []
    accept_order(**call.arguments(), release_reason=reason)
    return {"accepted": True, "holds": released}


def unaccept(call: Call, undo: Values) -> Undo:
    _refuse_printed(call)
    unaccept_order(**call.arguments())
    hold_all_again(call, undo.get("holds", []))
    return {}


# Hold and release


def hold(call: Call, values: Values) -> Undo:
    order = lock_order(store=call.store, order_id=call.order_id)
    before = set(order.holds.filter(released_at__isnull=True).values_list("pk", flat=True))
    made = open_hold(**call.arguments(), kind=values["kind"], reason=values["reason"])
    if made.pk in before:  # held for the same already: that hold is not this batch's to release
        return {}
    return {"kind": values["kind"], "reason": values["reason"], "hold": made.pk}


def unhold(call: Call, undo: Values) -> Undo:
    if "hold" in undo:
        _release_one(call, undo["kind"], undo["hold"])
    else:  # of batches before this version
        release_hold(**call.arguments(), kind=undo["kind"], reason=UNDONE)
    return {}


def _release_one(call: Call, kind: str, hold_id: int) -> None:
    """Release the hold that the batch opened; others of its kind, on lines or opened since, stay.

    Raises:
        OrderError: it is not open any more.
    """
    order = lock_order(store=call.store, order_id=call.order_id)
    still_open = order.holds.filter(released_at__isnull=True)
    reason = UNDONE
    if not still_open.filter(pk=hold_id).update(released_at=call.at, released_by=call.actor, release_reason=reason):
        values = {"number": order.number, "kind": HoldKind(kind).label}
        raise OrderError(_("Order %(number)s has no open hold “%(kind)s”.") % values)
    order.hold_kinds = sorted(set(still_open.values_list("kind", flat=True)))
    before, after = {"hold": kind, "line": None}, {"reason": reason}
    record_event(order, EventKind.HOLD_RELEASED, actor=call.actor, at=call.at, before=before, after=after, job=call.job)
    bump(order, call.at, "hold_kinds", actor=call.actor)


def hand_holds(call: Call, only: str = "") -> list[list[Any]]:
    """Return the open holds that people may release, with what opening them again takes."""
    holds = Hold.objects.filter(order_id=call.order_id, store=call.store, released_at__isnull=True)
    rows = holds.exclude(rule=STOCK_RULE).order_by("pk").values_list("kind", "reason", "line_id", "rule")
    return [list(row) for row in rows if releasable([row[0]], only)]


def hold_all_again(call: Call, holds: list[list[Any]]) -> None:
    """Open these holds once more, each with its own reason, line and rule."""
    for kind, reason, line_id, rule in holds:
        open_hold(**call.arguments(), kind=kind, reason=reason or HELD_AGAIN, line_id=line_id, rule=rule)


def release(call: Call, values: Values) -> Undo:
    released = hand_holds(call, values.get("only", ""))
    if not released:
        raise _nothing_to_release(call)
    for kind in dict.fromkeys(row[0] for row in released):
        release_hold(**call.arguments(), kind=kind, reason=values["reason"])
    order = _order(call, "acceptance", "hold_kinds")
    accepts = bool(values.get("accept_too")) and order["acceptance"] == Acceptance.UNREVIEWED
    if accepts:
        accept_order(**call.arguments())
    return {"holds": released, "accepted": accepts}


def _nothing_to_release(call: Call) -> OrderError:
    holds = Hold.objects.filter(order_id=call.order_id, store=call.store, released_at__isnull=True, rule=STOCK_RULE)
    if holds.exists():
        return OrderError(_("short of stock: settle the shortage with the buyer, or wait for stock"), "hold")
    return OrderError(_("No hold of this order can be released by hand."), "hold")


def unrelease(call: Call, undo: Values) -> Undo:
    _refuse_printed(call)
    if undo.get("accepted"):
        unaccept_order(**call.arguments())
    old = [[kind, undo["reason"], None, ""] for kind in undo.get("kinds", ())]  # of batches before this version
    hold_all_again(call, undo.get("holds", old))
    return {}


# Claim


def claim(call: Call, _values: Values) -> Undo:
    order = lock_order(store=call.store, order_id=call.order_id)
    is_theirs = order.claimed_by_id == call.actor.pk and order.is_claimed(call.at)
    claim_order(**call.arguments())
    return {} if is_theirs else {"claimed": True}  # what they held before stays theirs


def unclaim(call: Call, _values: Values) -> Undo:
    release_claim(**call.arguments())
    return {"claimed": False}


def reclaim(call: Call, _undo: Values) -> Undo:
    claim_order(**call.arguments())
    return {}


def giveback(call: Call, _undo: Values) -> Undo:
    release_claim(**call.arguments())
    return {}


def assign(call: Call, values: Values) -> Undo:
    before = holder_of(call.store, call.order_id, call.at)
    person = User.objects.get(pk=values["person"]) if values["person"] else None  # None: to nobody
    assign_order(**call.arguments(), person=person)
    return {**before, "given": values["person"]}


def unassign(call: Call, undo: Values) -> Undo:
    """Give the order back to who had it, or to nobody; not when somebody took it over since."""
    if holder_of(call.store, call.order_id, call.at)["person"] not in {None, undo["given"]}:
        _refuse_changed(call)
    person = User.objects.get(pk=undo["person"]) if undo["person"] else None
    assign_order(**call.arguments(), person=person)
    return {}


# What leaves the page: parcels, papers, closed orders


def ship(call: Call, values: Values) -> Undo:
    ship_order(**call.arguments(), courier=values["courier"], tracking_number=values["tracking_number"])
    return {}


def close_unpaid(call: Call, values: Values) -> Undo:
    close_order(**call.arguments(), reason=values["reason"])
    return {"closed": True}


def reopen(call: Call, _undo: Values) -> Undo:
    reopen_unpaid(**call.arguments())
    return {}
