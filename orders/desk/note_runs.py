"""How each act on the buyer's note is done: a call of its service, and what undoing it needs."""

from typing import Any

from django.db import transaction

from backoffice.common.models import User
from orders.desk.agreement_runs import keep_file
from orders.desk.calls import Call, Undo, Values
from orders.notes.models import BuyerNote
from orders.notes.services import (
    answer_note,
    ask_buyer,
    assign_note,
    attach_file,
    confirm_note,
    decline_note,
    fulfil_note,
    hand_over_note,
    negotiate_note,
    override_note,
    reopen_note,
    sort_note,
)


def confirm(call: Call, values: Values) -> Undo:
    confirm_note(**call.arguments(), outcome=values["outcome"], changes=values.get("changes"))
    return {}


def decline(call: Call, values: Values) -> Undo:
    decline_note(**call.arguments(), outcome=values["outcome"])
    return {}


def override(call: Call, values: Values) -> Undo:
    override_note(**call.arguments(), reason=values["reason"])
    return {}


def ask(call: Call, values: Values) -> Undo:
    ask_buyer(**call.arguments(), text=values["text"], channel=values["channel"])
    return {}


def answer(call: Call, values: Values) -> Undo:
    answer_note(**call.arguments(), contact_id=values["item"], answer=values["answer"])
    return {}


def sort(call: Call, values: Values) -> Undo:
    before = _before(call, "types")
    sort_note(**call.arguments(), types=values["types"])
    return {"types": before}


def take(call: Call, _values: Values) -> Undo:
    return _assign(call, call.actor)


def give_back(call: Call, _values: Values) -> Undo:
    return _assign(call, None)


def assign(call: Call, values: Values) -> Undo:
    return _assign(call, values["assignee"])


def assign_back(call: Call, undo: Values) -> Undo:
    return _assign(call, User.objects.filter(pk=undo["assignee"]).first())


def _assign(call: Call, assignee: User | None) -> Undo:
    before = _before(call, "assignee_id")
    assign_note(**call.arguments(), assignee=assignee)
    return {"assignee": before}


def _before(call: Call, column: str) -> Any:
    return BuyerNote.objects.for_store(call.store).filter(order_id=call.order_id).values_list(column, flat=True).first()


def hand_over(call: Call, values: Values) -> Undo:
    hand_over_note(**call.arguments(), reason=values["reason"])
    return {}


def negotiate(call: Call, values: Values) -> Undo:
    negotiate_note(**call.arguments(), negotiation=values["negotiation"], text=values["text"])
    return {}


def reopen(call: Call, values: Values) -> Undo:
    reopen_note(**call.arguments(), reason=values["reason"])
    return {}


def fulfil(call: Call, _values: Values) -> Undo:
    fulfil_note(**call.arguments())
    return {}


@transaction.atomic
def attach(call: Call, values: Values) -> Undo:
    attachment = keep_file(call, values["file"])
    if attachment is not None:
        attach_file(**call.arguments(), attachment=attachment)
    return {}
