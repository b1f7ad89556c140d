"""Planning of parcels: which pieces of which orders travel together. The orders are locked first, in pk order."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.common.models import Job, Store, User
from orders.core.models import Hold, Order, OrderLine, Recipient
from orders.core.services import OrderError, bump, lock_order, record_event
from orders.core.statuses import EventKind, EventSource
from orders.fulfilment.couriers import find_courier
from orders.fulfilment.models import CourierAccount, Waybill, WaybillLine
from orders.fulfilment.queries.partial import ready_pieces
from orders.fulfilment.services.partial import mark_partial
from orders.fulfilment.services.shipping import ship_problem
from orders.fulfilment.statuses import LIVE_WAYBILLS, WaybillState

MAX_MERGED = 50
Pieces = dict[OrderLine, int]


class WaybillError(OrderError):
    """A parcel that is not planned, numbered or changed so."""


@transaction.atomic
def plan_waybill(
    *,
    store: Store,
    order_ids: Sequence[int],
    courier: str = "",
    actor: User | None,
    at: datetime,
    lines: Mapping[int, int] | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Waybill:
    """Plan one parcel: `lines` as line id to quantity, or everything unshipped that no other parcel is to take.

    Several orders make a merged parcel, which goes to one recipient. Without a courier the store's usual one is taken.

    Raises:
        Order.DoesNotExist: the store has no such order.
        WaybillError: an order must not ship now, has nothing left, or goes to somebody else; it is named.
    """
    code = courier_code(store, courier)
    orders = lock_orders(store, order_ids)
    key = _common_recipient(orders)
    pieces = {order: _free_pieces(order, lines) for order in orders}
    _refuse_unknown(orders, pieces, lines)
    for order, taken in pieces.items():
        _refuse_blocked(order, taken)
    waybill = make_waybill(store, orders, pieces, courier=code, recipient_key=key, actor=actor, at=at)
    kind = EventKind.MERGED if len(orders) > 1 else EventKind.WAYBILL_MADE
    for order in orders:
        record_event(
            order, kind, actor=actor, at=at, source=source, after=facts_of(waybill, orders, pieces[order]), job=job
        )
        bump(order, at, actor=actor)
    mark_partial(orders)
    return waybill


@transaction.atomic
def plan_rest(
    *,
    store: Store,
    order_id: int,
    courier: str = "",
    actor: User | None,
    at: datetime,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Waybill:
    """Plan a parcel of what of the order may leave now: lines that are held and pieces of other parcels stay.

    Raises:
        Order.DoesNotExist: the store has no such order.
        WaybillError: nothing of it may leave, or the order as a whole is held.
    """
    order = lock_order(store=store, order_id=order_id)
    pieces = ready_pieces([order.pk]).get(order.pk)
    if not pieces:
        raise WaybillError(
            _("Order %(number)s has nothing that is ready and in no parcel yet.") % {"number": order.number}
        )
    return plan_waybill(
        store=store, order_ids=[order.pk], courier=courier, lines=pieces, actor=actor, at=at, source=source, job=job
    )


def lock_orders(store: Store, order_ids: Iterable[int]) -> list[Order]:
    """Lock the orders of one parcel, always in the same order, so that two people never wait for each other.

    Raises:
        WaybillError: none, or more than fit in one parcel.
    """
    wanted = sorted(set(order_ids))
    if not 1 <= len(wanted) <= MAX_MERGED:
        raise WaybillError(_("A parcel takes 1 to %(count)s orders.") % {"count": MAX_MERGED}, "field")
    return [lock_order(store=store, order_id=pk) for pk in wanted]


def lock_waybill(store: Store, waybill_id: int, version: int | None = None) -> tuple[Waybill, list[Order]]:
    """Lock a parcel's orders and then the parcel, as every other act does.

    Raises:
        Waybill.DoesNotExist: the store has no such parcel.
        WaybillError: it changed since the caller saw it.
    """
    known = Waybill.objects.for_store(store).get(pk=waybill_id)
    orders = lock_orders(store, orders_of(known))
    waybill = Waybill.objects.for_store(store).select_for_update(of=("self",)).get(pk=waybill_id)
    waybill.store = store
    stale = version is not None and version != waybill.version
    if stale or {order.pk for order in orders} != set(orders_of(waybill)):
        raise WaybillError(
            _("Somebody changed this parcel while you were working on it. Nothing was saved."), "version"
        )
    return waybill, orders


def orders_of(waybill: Waybill) -> list[int]:
    return list(waybill.lines.order_by("order_id").values_list("order_id", flat=True).distinct())


def take_recipient(waybill: Waybill, orders: Sequence[Order]) -> None:
    """Let a locked parcel go where its one order goes by now, as when its label is made; a merged one stays one's."""
    if len(orders) == 1 and (found := Recipient.objects.filter(order=orders[0]).first()) is not None:
        waybill.recipient_key = found.recipient_key


def bump_waybill(waybill: Waybill, *fields: str) -> None:
    """Save these columns of a locked parcel with the next version."""
    waybill.version += 1
    waybill.save(update_fields={*fields, "version"})


def courier_code(store: Store, courier: str) -> str:
    """Return the code of the courier named, or of the store's usual one; empty where it has none.

    Raises:
        WaybillError: the courier is not in the list.
    """
    if not courier.strip():
        accounts = CourierAccount.objects.filter(store=store, is_active=True).order_by("-is_default", "pk")
        found = list(accounts.values_list("courier", "is_default")[:2])
        return found[0][0] if found and (found[0][1] or len(found) == 1) else ""
    known = find_courier(courier)
    if known is None:
        raise WaybillError(
            _("Courier “%(courier)s” is not in the list of couriers.") % {"courier": courier.strip()[:60]}, "field"
        )
    return known.code


def planned_pieces(line_ids: Iterable[int]) -> dict[int, int]:
    """Return how many pieces of each line stand on live parcels already."""
    rows = WaybillLine.objects.filter(line__in=list(line_ids), waybill__state__in=LIVE_WAYBILLS)
    return dict(rows.order_by().values_list("line_id").annotate(Sum("quantity")))


def make_waybill(
    store: Store,
    orders: Sequence[Order],
    pieces: Mapping[Order, Pieces],
    *,
    courier: str,
    recipient_key: str,
    actor: User | None,
    at: datetime,
) -> Waybill:
    """Write a parcel and what is in it; the caller holds the orders' locks."""
    waybill = Waybill.objects.create(
        store=store,
        courier=courier,
        recipient_key=recipient_key,
        order_count=len(orders),
        ship_by=earliest(orders),
        created_by=actor,
        created_at=at,
    )
    WaybillLine.objects.bulk_create(
        WaybillLine(waybill=waybill, order=order, line=line, quantity=quantity)
        for order in orders
        for line, quantity in pieces[order].items()
    )
    return waybill


def earliest(orders: Iterable[Order]) -> datetime | None:
    return min((order.ship_by for order in orders if order.ship_by), default=None)


def facts_of(waybill: Waybill, orders: Sequence[Order], pieces: Pieces) -> dict[str, Any]:
    """Return what an order's history keeps of a parcel."""
    facts: dict[str, Any] = {
        "waybill": waybill.pk,
        "courier": waybill.courier,
        "lines": {str(line.position): quantity for line, quantity in pieces.items()},
    }
    return facts | ({"orders": [order.number for order in orders]} if len(orders) > 1 else {})


def _common_recipient(orders: Sequence[Order]) -> str:
    """Return whom the parcel goes to; orders to different people are never packed together."""
    keys = dict(Recipient.objects.filter(order__in=orders).values_list("order_id", "recipient_key"))
    first = keys.get(orders[0].pk, "")
    for order in orders[1:]:
        if not first or keys.get(order.pk, "") != first:
            raise WaybillError(
                _("Order %(number)s does not go to the same recipient as order %(other)s.")
                % {"number": order.number, "other": orders[0].number}
            )
    return first


def _free_pieces(order: Order, wanted: Mapping[int, int] | None) -> Pieces:
    """Return which pieces of the order the parcel takes: all that are free, or the wanted ones of its lines."""
    everything = [line for line in order.lines.order_by("position", "pk") if line.unshipped]
    planned = planned_pieces(line.pk for line in everything)
    free = {line: line.unshipped - planned.get(line.pk, 0) for line in everything}
    if wanted is None:
        taken = {line: count for line, count in free.items() if count > 0}
    else:
        taken = {line: wanted[line.pk] for line in everything if line.pk in wanted}
        for line, quantity in taken.items():
            _refuse_quantity(order, line, quantity, free[line])
    if not taken:
        raise WaybillError(_nothing_left(order, planned))
    return taken


def _refuse_quantity(order: Order, line: OrderLine, quantity: int, free: int) -> None:
    if not 1 <= quantity <= free:
        sentence = _("Line %(line)s of order %(number)s has %(count)s pieces without a parcel, not %(wanted)s.")
        values = {"line": line.position, "number": order.number, "count": max(free, 0), "wanted": quantity}
        raise WaybillError(sentence % values, "field")


def _nothing_left(order: Order, planned: Mapping[int, int]) -> str:
    if not planned:
        return ship_problem(order, lines=list(order.lines.all()), holds=[]) or _(
            "Order %(number)s has nothing left to ship."
        ) % {"number": order.number}
    rows = Waybill.objects.live().filter(lines__order=order).select_related("created_by").order_by("-pk")
    last = rows[0]
    return _("Everything in order %(number)s is planned already: %(who)s made waybill %(waybill)s at %(time)s.") % {
        "number": order.number,
        "who": last.created_by or EventSource.SYSTEM.label,
        "waybill": last.number or f"#{last.pk}",
        "time": f"{timezone.localtime(last.created_at):%m-%d %H:%M}",
    }


def _refuse_unknown(orders: Sequence[Order], pieces: Mapping[Order, Pieces], wanted: Mapping[int, int] | None) -> None:
    found = {line.pk for taken in pieces.values() for line in taken}
    if wanted is not None and set(wanted) - found:
        raise WaybillError(_("Order %(number)s has no such line left to ship.") % {"number": orders[0].number}, "field")


def _refuse_blocked(order: Order, pieces: Pieces) -> None:
    holds: list[Hold] = list(order.holds.filter(released_at__isnull=True).order_by("pk"))
    if problem := ship_problem(order, lines=list(pieces), holds=holds):
        raise WaybillError(problem, "hold")


def refuse_unless(waybill: Waybill, *states: WaybillState) -> None:
    """Refuse a change that the parcel's state does not allow any more.

    Raises:
        WaybillError: always, unless the parcel is in one of the states.
    """
    if waybill.state in states:
        return
    values = {"waybill": waybill.number or f"#{waybill.pk}", "state": waybill.get_state_display()}
    if waybill.state == WaybillState.PRINTED:
        raise WaybillError(_("Waybill %(waybill)s is on paper already: void it and plan anew.") % values)
    if waybill.state == WaybillState.SHIPPED:
        values["who"] = str(waybill.shipped_by or EventSource.SYSTEM.label)
        values["time"] = f"{timezone.localtime(waybill.shipped_at):%m-%d %H:%M}" if waybill.shipped_at else ""
        raise WaybillError(_("%(who)s shipped waybill %(waybill)s at %(time)s.") % values)
    raise WaybillError(_("Waybill %(waybill)s is “%(state)s”: this cannot be done to it now.") % values)
