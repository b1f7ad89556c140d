"""Parcels that were planned for an order which left otherwise, was closed, or wants fewer pieces by now."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from orders.core.models import Order
from orders.core.services import bump, record_event
from orders.core.statuses import EventKind, EventSource
from orders.fulfilment.models import Shipment, Waybill, WaybillLine
from orders.fulfilment.services.adopting import mark_shipped
from orders.fulfilment.services.partial import mark_partial
from orders.fulfilment.services.waiting import claims_stock
from orders.fulfilment.services.waybill_numbers import release_number
from orders.fulfilment.services.waybills import bump_waybill, earliest
from orders.fulfilment.statuses import LIVE_WAYBILLS, WaybillState

_UNTOUCHED = 1  # the version of an order that nobody did anything to: it has no parcel, and is in no tab but one


def follow_waybills(order: Order, *, at: datetime) -> None:
    """Bring the parcels planned for a locked order in line with what of it still is to leave; again: no change.

    What has left with its number has left. A parcel of which nothing is to leave is voided, on paper or not, so that
    nobody scans it out. Pieces are taken out of one that is not on paper; one that is says what must not leave with it.
    """
    if order.version == _UNTOUCHED and not order.hold_kinds:
        return
    planned = WaybillLine.objects.filter(order=order, waybill__state__in=LIVE_WAYBILLS).values("waybill")
    waybills = Waybill.objects.filter(pk__in=planned, state__in=LIVE_WAYBILLS).select_for_update().order_by("pk")
    for waybill in waybills:
        waybill.store = order.store
        _follow(order, waybill, at)
    mark_partial([order])


def _follow(order: Order, waybill: Waybill, at: datetime) -> None:
    rows = list(waybill.lines.select_related("order", "line").order_by("pk"))
    own = [row for row in rows if row.order_id == order.pk]
    too_many = [row for row in own if row.quantity > _wanted(row, order)]
    if not too_many:
        return
    if not any(_wanted(row, order) for row in rows):
        if not _has_left(waybill, rows, at):
            _void(order, waybill, at)
    elif waybill.state == WaybillState.PRINTED:
        _warn(order, waybill)
    else:
        _take_out(order, waybill, too_many, at)


def _wanted(row: WaybillLine, order: Order) -> int:
    order = order if row.order_id == order.pk else row.order  # as it is locked, not as it was read
    return max(0, row.line.unshipped) if claims_stock(order) else 0


def _has_left(waybill: Waybill, rows: Sequence[WaybillLine], at: datetime) -> bool:
    """Mark the parcel as shipped if the platform names its number for every order in it."""
    if not waybill.number:
        return False
    orders = {row.order_id for row in rows}
    parcels = Shipment.objects.filter(order__in=orders, tracking_number=waybill.number)
    shipped_at = dict(parcels.values_list("order_id", "shipped_at"))
    if set(shipped_at) != orders:
        return False
    mark_shipped(waybill, actor=None, at=max(shipped_at.values(), default=at))
    parcels.filter(waybill__isnull=True).update(waybill=waybill)
    return True


def _void(order: Order, waybill: Waybill, at: datetime) -> None:
    release_number(waybill, at)
    waybill.state, waybill.voided_at = WaybillState.VOID, at
    waybill.void_reason = _("Nothing of it is to leave any more.")
    bump_waybill(waybill, "state", "voided_at", "void_reason")
    _tell(order, waybill, waybill.void_reason, at)


def _warn(order: Order, waybill: Waybill) -> None:
    problem = _("Order %(number)s in it must not leave like this any more: void this waybill.")
    text = (problem % {"number": order.number})[:200]
    if waybill.problem != text:
        waybill.problem = text
        bump_waybill(waybill, "problem")


def _take_out(order: Order, waybill: Waybill, rows: Sequence[WaybillLine], at: datetime) -> None:
    for row in rows:
        row.quantity = _wanted(row, order)
    WaybillLine.objects.filter(pk__in=[row.pk for row in rows if not row.quantity]).delete()
    WaybillLine.objects.bulk_update([row for row in rows if row.quantity], ["quantity"])
    left = list(Order.objects.filter(waybill_lines__waybill=waybill).distinct())
    waybill.order_count, waybill.ship_by = len(left), earliest(left)
    bump_waybill(waybill, "order_count", "ship_by")
    _tell(order, waybill, _("Pieces were taken out that are not to leave any more."), at)


def _tell(order: Order, waybill: Waybill, reason: str, at: datetime) -> None:
    before = {"waybill": waybill.pk, "courier": waybill.courier, "tracking_number": waybill.number}
    record_event(
        order, EventKind.WAYBILL_VOIDED, actor=None, at=at, source=EventSource.SYSTEM, before=before,
        after={"reason": reason},
    )  # fmt: skip
    bump(order, at)
