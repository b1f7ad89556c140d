"""How each act on an agreement with the buyer is done: a call of its service, and what undoing it needs."""

from datetime import date
from typing import Any

from django.db import transaction

from backoffice.common.models import Attachment
from backoffice.common.services.attachments import AttachmentError, add_attachment
from orders.core.models import Order, OrderLine, Recipient
from orders.core.services import (
    OrderError,
    agree_spec,
    answer_contact,
    appoint_date,
    change_recipient,
    extend_promise,
    finish_wish,
    log_contact,
    restore_recipient,
    withdraw_extension,
    withdraw_remark,
    withdraw_wish,
)
from orders.desk.calls import Call, Undo, Values
from orders.desk.stored_words import UNDONE


def keep_file(call: Call, upload: Any) -> Attachment | None:
    """Keep an uploaded file as evidence; what is no picture or voice is refused as any bad field."""
    if upload is None:
        return None
    try:
        return add_attachment(store=call.store, upload=upload, actor=call.actor, at=call.at)
    except AttachmentError as error:
        raise OrderError(str(error), "field") from error


# The promise


@transaction.atomic
def extend(call: Call, values: Values) -> Undo:
    image = keep_file(call, values.get("image"))
    extend_promise(**call.arguments(), until=values["until"], agreement=values["agreement"], image=image)
    return {"extended": True}


def unextend(call: Call, _undo: Values) -> Undo:
    withdraw_extension(**call.arguments(), reason=UNDONE)
    return {}


def withdraw(call: Call, values: Values) -> Undo:
    withdraw_extension(**call.arguments(), reason=values["reason"])
    return {}


def appoint(call: Call, values: Values) -> Undo:
    before = Order.objects.for_store(call.store).get(pk=call.order_id)
    appoint_date(**call.arguments(), day=_day(values["day"]), slot=values["slot"])
    if before.extended_until is not None:
        return {}  # the new day ended an extension, which does not come back
    return {"day": before.appointed_date and before.appointed_date.isoformat(), "slot": before.appointed_slot}


def _day(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


# Recipient and spec


def change(call: Call, values: Values) -> Undo:
    was_changed = Recipient.objects.filter(order_id=call.order_id, store=call.store, changed__isnull=False).exists()
    change_recipient(**call.arguments(), fields=values)
    return {} if was_changed else {"restored": True}


def restore(call: Call, _values: Values) -> Undo:
    restore_recipient(**call.arguments())
    return {}


def spec(call: Call, values: Values) -> Undo:
    lines = OrderLine.objects.filter(order_id=call.order_id, store=call.store, pk=values["item"])
    before = lines.values("agreed_spec", "agreed_sku_code").first() or {"agreed_spec": "", "agreed_sku_code": ""}
    agree_spec(**call.arguments(), line_id=values["item"], spec=values["spec"], sku_code=values["sku_code"])
    return {"item": values["item"], "spec": before["agreed_spec"], "sku_code": before["agreed_sku_code"]}


# Contacts, wishes, remarks


def contact(call: Call, values: Values) -> Undo:
    log_contact(**call.arguments(), channel=values["channel"], text=values["text"], answer=values["answer"])
    return {}


def answer(call: Call, values: Values) -> Undo:
    answer_contact(**call.arguments(), contact_id=values["item"], answer=values["answer"])
    return {}


def finish(call: Call, values: Values) -> Undo:
    finish_wish(**call.arguments(), wish_id=values["item"])
    return {}


def drop(call: Call, values: Values) -> Undo:
    withdraw_wish(**call.arguments(), wish_id=values["item"], reason=values["reason"])
    return {}


def unremark(call: Call, values: Values) -> Undo:
    withdraw_remark(**call.arguments(), remark_id=values["item"])
    return {}
