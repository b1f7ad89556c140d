"""Changes of planned parcels: another courier, fewer pieces, one order each, or none at all."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.models import Store, User
from orders.core.models import Order
from orders.core.services import bump, clean_reason, record_event
from orders.core.statuses import EventKind, EventSource
from orders.fulfilment.models import Waybill, WaybillLine
from orders.fulfilment.services.partial import mark_partial
from orders.fulfilment.services.waybill_numbers import release_number
from orders.fulfilment.services.waybills import (
    Pieces,
    WaybillError,
    bump_waybill,
    courier_code,
    earliest,
    facts_of,
    lock_waybill,
    make_waybill,
    refuse_unless,
)
from orders.fulfilment.statuses import WaybillState

_CHANGEABLE = (WaybillState.DRAFT, WaybillState.NUMBERED)


@transaction.atomic
def void_waybill(
    *,
    store: Store,
    waybill_id: int,
    reason: str,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
) -> Waybill:
    """Void a parcel: its pieces may be planned again, its number never travels.

    Raises:
        Waybill.DoesNotExist: the store has no such parcel.
        WaybillError: it has left or was voided already, or no reason is given.
    """
    text = clean_reason(reason, longest=200)
    waybill, orders = lock_waybill(store, waybill_id, version)
    refuse_unless(waybill, *_CHANGEABLE, WaybillState.PRINTED)
    release_number(waybill, at)
    waybill.state, waybill.voided_at, waybill.void_reason = WaybillState.VOID, at, text
    bump_waybill(waybill, "state", "voided_at", "void_reason")
    before = {"waybill": waybill.pk, "courier": waybill.courier, "tracking_number": waybill.number}
    _tell(orders, EventKind.WAYBILL_VOIDED, before=before, after={"reason": text}, actor=actor, at=at, source=source)
    mark_partial(orders)
    return waybill


@transaction.atomic
def choose_courier(
    *, store: Store, waybill_id: int, courier: str, actor: User | None, at: datetime, version: int | None = None
) -> Waybill:
    """Let another courier take a parcel that has no number yet.

    Raises:
        Waybill.DoesNotExist: the store has no such parcel.
        WaybillError: it has a number, or the courier is not in the list.
    """
    code = courier_code(store, courier)
    waybill, orders = lock_waybill(store, waybill_id, version)
    refuse_unless(waybill, WaybillState.DRAFT)
    if code == waybill.courier:
        return waybill
    before, after = {"courier": waybill.courier}, {"waybill": waybill.pk, "courier": code}
    waybill.courier, waybill.problem = code, ""
    bump_waybill(waybill, "courier", "problem")
    _tell(orders, EventKind.WAYBILL_MADE, before=before, after=after, actor=actor, at=at)
    return waybill


@transaction.atomic
def split_waybill(
    *,
    store: Store,
    waybill_id: int,
    lines: Mapping[int, int],
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
) -> Waybill:
    """Take pieces (line id to quantity) out of a parcel into a new one, which is returned; the first keeps its number.

    Raises:
        Waybill.DoesNotExist: the store has no such parcel.
        WaybillError: it is printed or gone, or one of the two would be empty.
    """
    waybill, orders = lock_waybill(store, waybill_id, version)
    refuse_unless(waybill, *_CHANGEABLE)
    rows = {row.line_id: row for row in waybill.lines.select_related("line", "order").order_by("pk")}
    _check_split(rows, lines)
    taken = _pieces_by_order(orders, {rows[pk]: quantity for pk, quantity in lines.items()})
    for pk, quantity in lines.items():
        _take(rows[pk], quantity)
    moved = [order for order in orders if taken[order]]
    new = make_waybill(
        store, moved, taken, courier=waybill.courier, recipient_key=waybill.recipient_key, actor=actor, at=at
    )
    _refresh(waybill, orders)
    for order in moved:
        after = facts_of(new, moved, taken[order])
        record_event(
            order, EventKind.SPLIT, actor=actor, at=at, source=source, before={"waybill": waybill.pk}, after=after
        )
        bump(order, at, actor=actor)
    return new


@transaction.atomic
def unmerge_waybill(
    *,
    store: Store,
    waybill_id: int,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
) -> list[Waybill]:
    """Give each order of a merged parcel one of its own; the first order keeps this one and its number.

    Raises:
        Waybill.DoesNotExist: the store has no such parcel.
        WaybillError: it is printed or gone, or holds one order only.
    """
    waybill, orders = lock_waybill(store, waybill_id, version)
    refuse_unless(waybill, *_CHANGEABLE)
    if len(orders) < 2:  # noqa: PLR2004
        raise WaybillError(_("This parcel holds one order only."))
    rows = list(waybill.lines.select_related("line"))
    taken = _pieces_by_order(orders, {row: row.quantity for row in rows})
    waybill.lines.exclude(order=orders[0]).delete()
    made = [
        make_waybill(
            store, [order], taken, courier=waybill.courier, recipient_key=waybill.recipient_key, actor=actor, at=at
        )
        for order in orders[1:]
    ]
    _refresh(waybill, orders)
    before = {"waybill": waybill.pk, "orders": [order.number for order in orders]}
    for order, parcel in zip(orders, [waybill, *made], strict=True):
        after = facts_of(parcel, [order], taken[order])
        _tell([order], EventKind.UNMERGED, before=before, after=after, actor=actor, at=at, source=source)
    return [waybill, *made]


def _check_split(rows: Mapping[int, WaybillLine], lines: Mapping[int, int]) -> None:
    for pk, quantity in lines.items():
        if pk not in rows or not 1 <= quantity <= rows[pk].quantity:
            raise WaybillError(_("This parcel does not hold so many pieces of that line."), "field")
    total = sum(row.quantity for row in rows.values())
    if not 0 < sum(lines.values()) < total:
        raise WaybillError(_("Take at least one piece out, and leave at least one."), "field")


def _pieces_by_order(orders: Sequence[Order], quantities: Mapping[WaybillLine, int]) -> dict[Order, Pieces]:
    pieces: dict[Order, Pieces] = {order: {} for order in orders}
    by_id = {order.pk: order for order in orders}
    for row, quantity in quantities.items():
        pieces[by_id[row.order_id]][row.line] = quantity
    return pieces


def _take(row: WaybillLine, quantity: int) -> None:
    if quantity == row.quantity:
        row.delete()
        return
    row.quantity -= quantity
    row.save(update_fields=["quantity"])


def _refresh(waybill: Waybill, orders: Sequence[Order]) -> None:
    """Bring what a parcel repeats of its orders in line with what is left in it."""
    kept = set(waybill.lines.values_list("order_id", flat=True))
    left = [order for order in orders if order.pk in kept]
    waybill.order_count, waybill.ship_by = len(left), earliest(left)
    bump_waybill(waybill, "order_count", "ship_by")


def _tell(
    orders: Sequence[Order],
    kind: EventKind,
    *,
    before: Mapping[str, object],
    after: Mapping[str, object],
    actor: User | None,
    at: datetime,
    source: str = EventSource.STAFF,
) -> None:
    for order in orders:
        record_event(order, kind, actor=actor, at=at, source=source, before=before, after=after)
        bump(order, at, actor=actor)
