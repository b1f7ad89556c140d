"""How each act on one order is done: one call of its service, and what undoing it needs."""

from orders.core.models import Order
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
from orders.desk.acts import Call, Undo, Values
from orders.fulfilment.services import ship_order
from orders.notes.services import confirm_note, decline_note, override_note


def hold(call: Call, values: Values) -> Undo:
    open_hold(**call.arguments(), kind=values["kind"], reason=values["reason"], line_id=values.get("line"))
    return {"kind": values["kind"], "reason": values["reason"]}


def release(call: Call, values: Values) -> Undo:
    release_hold(**call.arguments(), kind=values["kind"], reason=values["reason"])
    return {"kind": values["kind"], "reason": values["reason"]}


def hold_again(call: Call, undo: Values) -> Undo:
    open_hold(**call.arguments(), kind=undo["kind"], reason=undo["reason"])
    return {}


def remark(call: Call, values: Values) -> Undo:
    add_remark(**call.arguments(), text=values["text"])
    return {}


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
    close_order(**call.arguments(), reason=values["reason"])
    return {}


def complete(call: Call, _values: Values) -> Undo:
    complete_order(**call.arguments())
    return {}


def confirm(call: Call, values: Values) -> Undo:
    confirm_note(**call.arguments(), outcome=values["outcome"])
    return {}


def decline(call: Call, values: Values) -> Undo:
    decline_note(**call.arguments(), outcome=values["outcome"])
    return {}


def override(call: Call, values: Values) -> Undo:
    override_note(**call.arguments(), reason=values["reason"])
    return {}
