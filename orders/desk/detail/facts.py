"""What is known of an order beside money and lines, and its parcels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from orders.core.models import Order, OrderEvent, OrderLine
from orders.core.statuses import ACCEPTED_ON_PAYMENT, Acceptance, EventKind, EventSource
from orders.desk.queues import PAYMENT_METHODS
from orders.fulfilment.couriers import find_courier
from orders.fulfilment.models import Shipment
from orders.fulfilment.queries.shipments import Pieces


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the order's facts: a text, or a moment."""

    label: str
    text: str = ""
    at: datetime | None = None


def facts(order: Order, events: Sequence[OrderEvent]) -> list[Fact]:
    """Return what is known beside money and lines; what is not known is left out."""
    appointed = f"{order.appointed_date:%Y-%m-%d} {order.appointed_slot}".strip() if order.appointed_date else ""
    known = [
        Fact(_("Placed"), at=order.placed_at),
        Fact(_("Paid at"), at=order.paid_at),
        Fact(_("Payment method"), str(PAYMENT_METHODS.get(order.payment_method, order.payment_method))),
        Fact(_("Review"), _review(order, events)),
        Fact(_("Shipped at"), at=order.shipped_at),
        Fact(_("Completed at"), at=order.completed_at),
        Fact(_("Close reason"), order.close_reason),
        Fact(_("Platform status"), order.platform_status),
        Fact(_("Appointed date"), appointed),
        Fact(_("Presale ships"), at=order.presale_ship_at),
        Fact(_("Buyer agreed to wait until"), at=order.extended_until),
        Fact(_("Printed"), _prints(order), order.printed_at),
        Fact(_("Invoice title"), order.invoice_title),
        Fact(_("Points used"), str(order.points_used or "")),
    ]
    return [fact for fact in known if fact.text or fact.at]


def _prints(order: Order) -> str:
    count = order.print_count
    return ngettext("%(count)s time", "%(count)s times", count) % {"count": count} if count else ""


def _review(order: Order, events: Sequence[OrderEvent]) -> str:
    if order.paid_at is None:
        return ""
    state = str(order.get_acceptance_display())
    if order.acceptance != Acceptance.ACCEPTED or not order.acceptance_rule:
        return state
    if order.acceptance_rule == ACCEPTED_ON_PAYMENT:
        return f"{state} · {_('on payment')}"
    return f"{state} · {_accepted_by(order, events)}"


def _accepted_by(order: Order, events: Sequence[OrderEvent]) -> str:
    accepted = next((event for event in events if event.kind == EventKind.ACCEPTED), None)
    if accepted is not None and accepted.source == EventSource.RULE:
        return _("by rule “%(rule)s”") % {"rule": order.acceptance_rule}
    return order.acceptance_rule


class Told(NamedTuple):
    """What the platform knows of a parcel."""

    state: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    shipment: Shipment
    courier: str
    pieces: list[tuple[OrderLine, int]]
    told: Told | None = None


def parcels(
    shipments: Sequence[Shipment], lines: Sequence[OrderLine], *, pieces: Pieces, told: Mapping[str, Told]
) -> list[Parcel]:
    """Return an order's parcels, whose lines are read already, with what is in them."""
    by_id = {line.pk: line for line in lines}
    return [
        Parcel(
            shipment=shipment,
            courier=courier_name(shipment.courier),
            pieces=[(by_id[line], count) for line, count in pieces.get(shipment.pk, ()) if line in by_id],
            told=told.get(shipment.tracking_number),
        )
        for shipment in shipments
    ]


def courier_name(code: str) -> str:
    """Return a courier's name in the person's language; an unknown code stands for itself."""
    found = find_courier(code) if code else None
    if found is None:
        return code
    return found.name if (get_language() or "").startswith("zh") else found.english
