"""Both values of a conflict: what is saved now, and what was to be saved."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.common.display import listed
from backoffice.common.masking import mask_name, mask_phone, mask_text
from orders.core.models import Order
from orders.core.statuses import Acceptance, Flag, HoldKind, OrderStatus
from orders.desk.calls import Values
from orders.desk.order_acts.base import Row
from orders.fulfilment.couriers import find_courier
from orders.notes.statuses import Negotiation, NoteType


def acceptance_rows(order: Order, _values: Values) -> list[Row]:
    return [Row(_("Review"), order.get_acceptance_display(), str(Acceptance.ACCEPTED.label))]


def hold_rows(order: Order, values: Values) -> list[Row]:
    theirs = listed(HoldKind(kind).label for kind in order.hold_kinds) or _("none")
    return [Row(_("Holds"), theirs, f"{HoldKind(values['kind']).label}: {values['reason']}")]


def remark_rows(order: Order, values: Values) -> list[Row]:
    theirs = f"{order.latest_remark_by}: {order.latest_remark}" if order.latest_remark else _("none")
    return [Row(_("Latest remark"), theirs, values["text"])]


def flag_rows(order: Order, values: Values) -> list[Row]:
    return [Row(_("Flag"), str(Flag(order.flag).label), str(Flag(values["flag"]).label))]


def tag_rows(order: Order, values: Values) -> list[Row]:
    return [Row(_("Tags"), listed(order.tags) or _("none"), listed(values["tags"]) or _("none"))]


def claim_rows(yours: Any) -> Callable[[Order, Values], list[Row]]:
    return lambda order, _values: [Row(_("Claimed by"), str(order.claimed_by or _("nobody")), str(yours))]


def status_rows(new: OrderStatus, *fields: str) -> Callable[[Order, Values], list[Row]]:
    def rows(order: Order, values: Values) -> list[Row]:
        typed = " · ".join(str(values[name]) for name in fields if values.get(name))
        return [Row(_("Status"), order.get_status_display(), f"{new.label} {typed}".strip())]

    return rows


def ship_rows(order: Order, values: Values) -> list[Row]:
    courier = find_courier(values["courier"])
    typed = f"{courier.name if courier else values['courier']} {values['tracking_number']}"
    return [
        Row(_("Status"), order.get_status_display(), str(OrderStatus.SHIPPED.label)),
        Row(_("Parcel"), listed(order.shipments.values_list("tracking_number", flat=True)) or _("none"), typed),
    ]


def note_rows(field: str) -> Callable[[Order, Values], list[Row]]:
    def rows(order: Order, values: Values) -> list[Row]:
        note = getattr(order, "note", None)
        theirs = note.get_state_display() if note else order.get_note_state_display()
        return [Row(_("Buyer note"), theirs, mask_text(str(values.get(field) or "")))]

    return rows


def note_type_rows(order: Order, values: Values) -> list[Row]:
    note = getattr(order, "note", None)
    words = [
        listed(NoteType(kind).label for kind in kinds) or _("none")
        for kinds in (note.types if note else [], values["types"])
    ]
    return [Row(_("Types"), *words)]


def negotiation_rows(order: Order, values: Values) -> list[Row]:
    note = getattr(order, "note", None)
    yours = f"{Negotiation(values['negotiation']).label}: {mask_text(values['text'])}"
    return [Row(_("Negotiation"), note.get_negotiation_display() if note else _("none"), yours)]


def assignee_rows(order: Order, values: Values) -> list[Row]:
    note = getattr(order, "note", None)
    theirs = str(note.assignee) if note and note.assignee else _("nobody")
    return [Row(_("Who handles the note"), theirs, str(values.get("assignee") or _("you, or nobody")))]


# Agreements


def promise_rows(order: Order, values: Values) -> list[Row]:
    theirs = f"{timezone.localtime(order.ship_by):%m-%d %H:%M}" if order.ship_by else _("none")
    until = values.get("until")
    return [
        Row(_("Ship by"), theirs, f"{timezone.localtime(until):%m-%d %H:%M}" if until else values.get("reason", ""))
    ]


def appointment_rows(order: Order, values: Values) -> list[Row]:
    theirs = f"{order.appointed_date or ''} {order.appointed_slot}".strip() or _("none")
    return [Row(_("Appointed date"), theirs, f"{values['day'] or ''} {values['slot']}".strip() or _("none"))]


def recipient_rows(order: Order, values: Values) -> list[Row]:
    """Set masked values side by side: what was typed stands in the form itself."""
    recipient = getattr(order, "recipient", None)
    theirs = f"{recipient.masked_name} {recipient.masked_phone}" if recipient else _("none")
    yours = (mask_name(values.get("name") or ""), mask_phone(values.get("mobile") or ""))
    return [Row(_("Recipient"), theirs, " ".join(filter(None, yours)) or _("as it is"))]


def spec_rows(order: Order, values: Values) -> list[Row]:
    line = order.lines.filter(pk=values["item"]).first()
    return [Row(_("Spec"), line.shown_spec if line else _("none"), values["spec"] or _("as ordered"))]


def contact_rows(order: Order, values: Values) -> list[Row]:
    last = order.contacts.order_by("-at", "-pk").first()
    return [Row(_("Latest contact"), last.text if last else _("none"), mask_text(values["text"]))]


def answer_rows(order: Order, values: Values) -> list[Row]:
    asked = order.contacts.filter(pk=values["item"]).first()
    return [Row(_("Answer"), (asked.answer if asked else "") or _("none"), mask_text(values["answer"]))]


def wish_rows(order: Order, values: Values) -> list[Row]:
    wish = order.wishes.filter(pk=values["item"]).first()
    theirs = _("withdrawn") if wish and wish.withdrawn_at else _("fulfilled") if wish and wish.done_at else _("open")
    return [Row(str(wish.get_kind_display()) if wish else _("Wish"), theirs, values.get("reason") or _("fulfilled"))]


def withdrawn_remark_rows(order: Order, _values: Values) -> list[Row]:
    return [Row(_("Latest remark"), f"{order.latest_remark_by}: {order.latest_remark}", _("taken back"))]
