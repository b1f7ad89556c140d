"""How each act on one order is done: one call of its service, and what undoing it needs."""

from django.db import transaction

from orders.core.models import Order
from orders.core.services import (
    accept_order,
    add_remark,
    claim_order,
    close_order,
    complete_order,
    lock_order,
    mark_paid,
    open_hold,
    release_claim,
    release_hold,
    reopen_unpaid,
    set_tags,
    unaccept_order,
)
from orders.desk.bulk_runs import hand_holds, hold_all_again
from orders.desk.calls import Call, Undo, Values
from orders.fulfilment.services import ship_order


def hold(call: Call, values: Values) -> Undo:
    open_hold(**call.arguments(), kind=values["kind"], reason=values["reason"], line_id=values.get("line"))
    return {"kind": values["kind"], "reason": values["reason"]}


@transaction.atomic
def release(call: Call, values: Values) -> Undo:
    """Release one kind of hold; with `accept` every one that people may release, and accept the order."""
    accepts = bool(values.get("accept"))
    undo = {"holds": hand_holds(call, "" if accepts else values["kind"]), "accepted": accepts}
    if accepts:
        accept_order(**call.arguments(), release_reason=values["reason"])
    else:
        release_hold(**call.arguments(), kind=values["kind"], reason=values["reason"])
    return undo


@transaction.atomic
def hold_again(call: Call, undo: Values) -> Undo:
    """Hold the order as it was held; the version that the person saw is checked once, before the first change."""
    lock_order(store=call.store, order_id=call.order_id, version=call.arguments().get("version"))
    # its own version from here on: what follows changes the order more than once
    call = Call(store=call.store, order_id=call.order_id, actor=call.actor, at=call.at, job=call.job)
    if undo["accepted"]:
        unaccept_order(**call.arguments())
    hold_all_again(call, undo["holds"])
    return {}


def remark(call: Call, values: Values) -> Undo:
    return {"item": add_remark(**call.arguments(), text=values["text"]).pk}


def tags(call: Call, values: Values) -> Undo:
    before = Order.objects.for_store(call.store).values_list("tags", flat=True).get(pk=call.order_id)
    set_tags(**call.arguments(), tags=values["tags"])
    return {"tags": before}


def take_over(call: Call, _values: Values) -> Undo:
    claim_order(**call.arguments(), take_over=True)
    return {}


def ship(call: Call, values: Values) -> Undo:
    ship_order(
        **call.arguments(),
        courier=values["courier"],
        tracking_number=values["tracking_number"],
        lines=values.get("lines"),
    )
    return {}


def unclaim(call: Call, _values: Values) -> Undo:
    release_claim(**call.arguments())
    return {"claimed": False}


def pay(call: Call, values: Values) -> Undo:
    mark_paid(**call.arguments(), method=values["method"])
    return {}


def close(call: Call, values: Values) -> Undo:
    order = close_order(**call.arguments(), reason=values["reason"])
    return {"reopened": True} if order.paid_at is None else {}


def reopen(call: Call, _undo: Values) -> Undo:
    reopen_unpaid(**call.arguments())
    return {}


def complete(call: Call, _values: Values) -> Undo:
    complete_order(**call.arguments())
    return {}
