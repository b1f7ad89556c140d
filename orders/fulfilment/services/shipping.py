"""Shipping: one parcel per act, behind the gates of the order."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.common.display import listed
from backoffice.common.models import Job, Store, User
from orders.core.models import Hold, Order, OrderLine
from orders.core.services import bump, finish_wishes, lock_order, record_event
from orders.core.statuses import Acceptance, EventKind, EventSource, HoldKind, OrderStatus
from orders.fulfilment.checking import Check, check_problem, required_checks
from orders.fulfilment.couriers import Courier, TrackingError, find_courier, normalise_tracking
from orders.fulfilment.models import Shipment, ShipmentLine, Waybill
from orders.fulfilment.number_lock import lock_number
from orders.fulfilment.queries import shipments_numbered
from orders.fulfilment.services.adopting import adopt_waybill, check_recipient
from orders.fulfilment.services.errors import ShipError
from orders.fulfilment.services.partial import mark_partial
from orders.fulfilment.services.stock import take_stock
from orders.notes.services import fulfil_shipped

_LEFT = (OrderStatus.SHIPPED, OrderStatus.COMPLETED)


class Parcel(NamedTuple):
    """What the pieces travel under."""

    courier: Courier
    number: str
    waybill: Waybill | None = None
    has_right_label: bool = False  # a person said so, after the address was changed


@transaction.atomic
def ship_order(
    *,
    store: Store,
    order_id: int,
    courier: str,
    tracking_number: str,
    actor: User | None,
    at: datetime,
    lines: Mapping[int, int] | None = None,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Shipment:
    """Ship pieces of an order as one parcel: `lines` as line id to quantity, or everything unshipped.

    Raises:
        Order.DoesNotExist: the store has no such order.
        LabelError: the address was changed after the waybill with this number was made.
        ShipError: the parcel's courier or number will not do, or the order or a line must not ship now.
        StockError: pieces of a counted sku are not there.
        VersionConflict: the order changed since the caller saw it.
    """
    chosen, number = _check_parcel(courier, tracking_number)
    order = lock_order(store=store, order_id=order_id, version=version)
    pieces = check_pieces(order, lines)
    waybill = adopt_waybill(
        order, {line.pk: count for line, count in pieces.items()}, number=number, actor=actor, at=at
    )
    if waybill is not None:
        check_recipient(order, waybill)
    check_number(order, number, waybill)
    parcel = Parcel(chosen, number, waybill)
    return ship_pieces(order, pieces, parcel, actor=actor, at=at, source=source, job=job)


def check_pieces(order: Order, lines: Mapping[int, int] | None) -> dict[OrderLine, int]:
    """Return what of a locked order is to ship, when all of that may.

    Raises:
        ShipError: the order or a line must not ship now.
    """
    _check_state(order)
    prefetch_related_objects([order], "lines")  # read once, and counted down as they leave
    pieces = _pieces(order, sorted(order.lines.all(), key=_place), lines)
    _check_holds(order, pieces)
    if problem := check_problem(order, required_checks(order, list(pieces))):
        raise ShipError(problem, "hold")
    return pieces


def _place(line: OrderLine) -> tuple[int, int]:
    return line.position, line.pk


def ship_pieces(
    order: Order,
    pieces: Mapping[OrderLine, int],
    parcel: Parcel,
    *,
    actor: User | None,
    at: datetime,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Shipment:
    """Ship pieces of a locked order that were checked.

    Raises:
        StockError: pieces of a counted sku are not there.
    """
    take_stock(order, pieces, at=at, actor=actor, job=job)
    shipment = _pack(order, pieces, parcel, actor=actor, at=at, source=source)
    label = {"label": "confirmed"} if parcel.has_right_label else {}
    _leave(order, shipment, pieces, label, actor=actor, at=at, source=source, job=job)
    return shipment


def ship_problem(
    order: Order, *, lines: Sequence[OrderLine], holds: Sequence[Hold], checks: Sequence[Check] = ()
) -> str | None:
    """Return why nothing of the order may ship now, or None: what pages show beside the button.

    `checks` are those of orders.fulfilment.checking for these lines, read by whoever shows many orders for all at once.
    """
    try:
        _check_state(order)
        pieces = _pieces(order, lines, None)
        _refuse_holds(order, {line.pk for line in pieces}, holds)
    except ShipError as error:
        return str(error)
    return check_problem(order, [check for check in checks if check.line in pieces]) or None


def _check_parcel(courier: str, tracking_number: str) -> tuple[Courier, str]:
    found = find_courier(courier) if courier.strip() else None
    if found is None:
        raise ShipError(
            _("Courier “%(courier)s” is not in the list of couriers.") % {"courier": courier.strip()[:60]}, "field"
        )
    try:
        return found, normalise_tracking(tracking_number)
    except TrackingError as error:
        raise ShipError(str(error), "field") from error


def _check_state(order: Order) -> None:
    if order.status in _LEFT:
        raise ShipError(_already_shipped(order))
    values = {"number": order.number, "status": order.get_status_display()}
    if order.status == OrderStatus.CLOSED:
        raise ShipError(_("Order %(number)s is “%(status)s”: it does not ship.") % values)
    if order.status == OrderStatus.PENDING_PAYMENT or order.paid_at is None:
        raise ShipError(_("Order %(number)s is not paid.") % values, "hold")
    if order.acceptance != Acceptance.ACCEPTED:
        raise ShipError(_("Order %(number)s is not reviewed yet: accept it first.") % values, "hold")
    if order.refunded >= order.gross_paid > 0:
        raise ShipError(_("Order %(number)s was refunded in full: it does not ship.") % values, "hold")


def _already_shipped(order: Order) -> str:
    last = max(order.shipments.all(), key=lambda parcel: parcel.pk, default=None)  # a page has read them already
    if last is None:
        return _("Order %(number)s was already shipped.") % {"number": order.number}
    return _("Order %(number)s was already shipped by %(who)s at %(time)s, tracking number %(tracking)s.") % {
        "number": order.number,
        "who": last.shipped_by or EventSource(last.source).label,
        "time": f"{timezone.localtime(last.shipped_at):%m-%d %H:%M}",
        "tracking": last.tracking_number,
    }


def _pieces(order: Order, everything: Sequence[OrderLine], wanted: Mapping[int, int] | None) -> dict[OrderLine, int]:
    if wanted is None:
        pieces = {line: line.unshipped for line in everything if line.unshipped}
    else:
        by_id = {line.pk: line for line in everything}
        pieces = {_line(order, by_id, pk): quantity for pk, quantity in wanted.items()}
    if not pieces:
        raise ShipError(_("Order %(number)s has nothing left to ship.") % {"number": order.number})
    for line, quantity in pieces.items():
        _check_quantity(order, line, quantity)
    return pieces


def _line(order: Order, by_id: Mapping[int, OrderLine], pk: int) -> OrderLine:
    if pk not in by_id:
        raise ShipError(_("Order %(number)s has no such line.") % {"number": order.number}, "field")
    return by_id[pk]


def _check_quantity(order: Order, line: OrderLine, quantity: int) -> None:
    values = {"number": order.number, "line": line.position, "count": line.unshipped, "wanted": quantity}
    if line.is_closed or line.is_given_back:
        raise ShipError(
            _("Line %(line)s of order %(number)s is closed or refunded: it does not ship.") % values, "hold"
        )
    if not 1 <= quantity <= line.unshipped:
        sentence = _("Line %(line)s of order %(number)s has %(count)s pieces left to ship, not %(wanted)s.")
        raise ShipError(sentence % values, "field")


def _check_holds(order: Order, pieces: Mapping[OrderLine, int]) -> None:
    holds = list(order.holds.filter(released_at__isnull=True).order_by("pk"))
    _refuse_holds(order, {line.pk for line in pieces}, holds)


def _refuse_holds(order: Order, line_ids: set[int], holds: Sequence[Hold]) -> None:
    blocking = [hold for hold in holds if hold.line_id is None or hold.line_id in line_ids]
    if blocking:
        kinds = listed(dict.fromkeys(HoldKind(hold.kind).label for hold in blocking))
        raise ShipError(_("Order %(number)s is held: %(kinds)s.") % {"number": order.number, "kinds": kinds}, "hold")


def check_number(order: Order, number: str, waybill: Waybill | None) -> None:
    """Refuse a number that another parcel has; one check per number at a time, since no row can be locked yet.

    Raises:
        ShipError: it is another parcel's.
    """
    lock_number(order.store_id, number)
    other = _shipped_with(order, number, waybill)
    if other is None and waybill is None:  # of waybills with one number that are not void, the database takes one
        other = _planned_with(order, number)
    if other is not None:
        raise ShipError(_taken(order, number, other), "field")


def _shipped_with(order: Order, number: str, waybill: Waybill | None) -> Order | None:
    """Return the order that left under the number in another parcel; those of one waybill share its number."""
    others = shipments_numbered(order.store, number)
    if waybill is not None:
        others = others.exclude(waybill=waybill)
    found = others.first()
    return found.order if found else None


def _planned_with(order: Order, number: str) -> Order | None:
    found = Waybill.objects.for_store(order.store).live().filter(number=number).order_by("pk").first()
    line = found.lines.select_related("order").order_by("pk").first() if found else None
    return line.order if line else None


def _taken(order: Order, number: str, other: Order) -> str:
    values = {"tracking": number, "other": other.number}
    if other.pk != order.pk and _goes_to(order) and _goes_to(order) == _goes_to(other):
        return (
            _(
                "Tracking number %(tracking)s already belongs to order %(other)s, which goes to the same recipient: "
                "one parcel for both is made on the merge page."
            )
            % values
        )
    return _("Tracking number %(tracking)s already belongs to order %(other)s.") % values


def _goes_to(order: Order) -> str:
    recipient = getattr(order, "recipient", None)
    return recipient.recipient_key if recipient else ""


def _pack(
    order: Order, pieces: Mapping[OrderLine, int], parcel: Parcel, *, actor: User | None, at: datetime, source: str
) -> Shipment:
    shipment = Shipment.objects.create(
        store=order.store,
        order=order,
        courier=parcel.courier.code,
        tracking_number=parcel.number,
        waybill=parcel.waybill,
        shipped_at=at,
        shipped_by=actor,
        source=source,
        is_watched=order.store.parcels_watched_since is not None,
    )
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=shipment, line=line, quantity=quantity) for line, quantity in pieces.items()
    )
    for line, quantity in pieces.items():
        line.shipped_quantity += quantity
    OrderLine.objects.bulk_update(pieces, ["shipped_quantity"])
    return shipment


def _leave(
    order: Order,
    shipment: Shipment,
    pieces: Mapping[OrderLine, int],
    more: Mapping[str, str],
    *,
    actor: User | None,
    at: datetime,
    source: str,
    job: Job | None,
) -> None:
    """Move the order on: shipped when nothing is left, else partly."""
    is_whole = not any(line.unshipped for line in order.lines.all())
    status = OrderStatus.SHIPPED if is_whole else OrderStatus.PARTIALLY_SHIPPED
    after = {
        "status": status.value,
        "courier": shipment.courier,
        "tracking_number": shipment.tracking_number,
        "lines": {str(line.position): quantity for line, quantity in pieces.items()},
        **more,
    }
    before = {"status": str(order.status)}
    record_event(order, EventKind.SHIPPED, actor=actor, at=at, source=source, before=before, after=after, job=job)
    order.status = status
    if is_whole:
        order.shipped_at = at
        fulfil_shipped(order, actor=actor, at=at, source=source, job=job)
        if order.wish_kinds:
            finish_wishes(order, actor=actor, at=at, source=source, job=job)
    bump(order, at, "status", "shipped_at", "wish_kinds", actor=actor)
    if not is_whole or shipment.waybill_id is None:  # what leaves as a whole by its waybill had nothing without one
        mark_partial([order])
