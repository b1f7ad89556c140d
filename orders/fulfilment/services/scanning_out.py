"""A parcel leaves: every order of its waybill ships, or none does."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.common.models import Job, Store, User
from orders.core.models import Order, OrderLine
from orders.core.services import OrderError, lock_order
from orders.core.statuses import EventSource
from orders.fulfilment.checking import facts_of_lines
from orders.fulfilment.couriers import Courier, TrackingError, find_courier, normalise_tracking
from orders.fulfilment.models import LineStock, Shipment, Sku, Waybill, WaybillLine
from orders.fulfilment.services.adopting import check_recipient, mark_shipped
from orders.fulfilment.services.errors import LabelError, ShipError
from orders.fulfilment.services.shipping import Parcel, check_number, check_pieces, ship_pieces
from orders.fulfilment.statuses import WaybillState

_MERGED = 2  # orders from which on a parcel is a merged one


@transaction.atomic
def ship_waybill(
    *,
    store: Store,
    number: str = "",
    waybill_id: int | None = None,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    has_right_label: bool = False,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> list[Shipment]:
    """Ship the parcel with this number, or of this id: one shipment for each of its orders.

    `has_right_label`: the person looked, and the label shows the address that the order has by now.

    Raises:
        Waybill.DoesNotExist: the store has none.
        LabelError: an address was changed after the label was made.
        ShipError: the parcel left already, is void, or one of its orders must not ship now: then none does.
        StockError: pieces of a counted sku are not there.
    """
    pk = waybill_id if waybill_id is not None else _find(store, number).pk
    orders = {order_id: lock_order(store=store, order_id=order_id) for order_id in _order_ids(store, pk)}
    waybill = Waybill.objects.for_store(store).select_for_update(of=("self",)).select_related("shipped_by").get(pk=pk)
    plan = _pieces_by_order(waybill)
    is_same = bool(plan) and list(orders) == sorted(plan) and version in {None, waybill.version}
    _check_waybill(waybill, is_changed=not is_same)
    parcels = {pk: _checked(order, waybill, plan[pk], has_right_label=has_right_label) for pk, order in orders.items()}
    with _naming(waybill):
        check_number(next(iter(orders.values())), waybill.number, waybill)
    _lock_stock(plan)  # after the number, as ship_order does: order, number, sku
    mark_shipped(waybill, actor=actor, at=at)
    parcel = Parcel(_courier(waybill), waybill.number, waybill, has_right_label)
    shipments = []
    for pk, pieces in parcels.items():
        with _naming(waybill):
            shipments.append(ship_pieces(orders[pk], pieces, parcel, actor=actor, at=at, source=source, job=job))
    return shipments


@contextmanager
def _naming(waybill: Waybill) -> Iterator[None]:
    """Say of a refusal within a merged parcel that the others stay as well."""
    try:
        yield
    except OrderError as error:
        if waybill.order_count < _MERGED:
            raise
        sentence = _("Parcel %(tracking)s was not shipped. %(reason)s")
        kind = LabelError if isinstance(error, LabelError) else ShipError
        raise kind(sentence % {"tracking": waybill.number, "reason": str(error)}, error.code) from error


def _find(store: Store, number: str) -> Waybill:
    waybills = Waybill.objects.for_store(store)
    try:
        plain = normalise_tracking(number)
    except TrackingError as error:
        raise ShipError(str(error), "field") from error
    # the one that may leave, before those of the same number that are void
    return waybills.filter(number=plain).exclude(state=WaybillState.VOID).first() or waybills.filter(
        number=plain
    ).latest("pk")


def _order_ids(store: Store, waybill_id: int) -> list[int]:
    lines = WaybillLine.objects.filter(waybill=waybill_id, waybill__store=store)
    return sorted(set(lines.values_list("order_id", flat=True)))


def _check_waybill(waybill: Waybill, *, is_changed: bool) -> None:
    values = {"tracking": waybill.number}
    if waybill.state == WaybillState.SHIPPED:
        raise ShipError(already_left(waybill))
    if waybill.state == WaybillState.VOID:
        raise ShipError(_("Waybill %(tracking)s is void: take its label off the parcel.") % values)
    if waybill.state == WaybillState.DRAFT:
        raise ShipError(_("This parcel has no tracking number yet: it cannot leave."))
    if is_changed:
        raise ShipError(_("Waybill %(tracking)s was changed a moment ago. Look at the parcel and scan again.") % values)


def already_left(waybill: Waybill) -> str:
    """Say who shipped the parcel and when."""
    return _("Parcel %(tracking)s was already shipped by %(who)s at %(time)s.") % {
        "tracking": waybill.number,
        "who": waybill.shipped_by or EventSource.SYSTEM.label,
        "time": f"{timezone.localtime(waybill.shipped_at):%m-%d %H:%M}",
    }


def _lock_stock(plan: Mapping[int, Mapping[int, int]]) -> None:
    """Lock the skus of all orders in one order: two merged parcels never wait for each other."""
    if len(plan) < _MERGED:
        return
    lines = list(OrderLine.objects.filter(pk__in=[pk for pieces in plan.values() for pk in pieces]).order_by("pk"))
    skus = {facts.sku.pk for facts in facts_of_lines(lines).values() if facts.sku}
    skus.update(LineStock.objects.filter(line__in=lines).values_list("sku_id", flat=True))
    list(Sku.objects.filter(pk__in=skus).select_for_update().order_by("pk").values_list("pk"))


def _pieces_by_order(waybill: Waybill) -> dict[int, dict[int, int]]:
    plan: dict[int, dict[int, int]] = {}
    for line in waybill.lines.order_by("pk"):
        plan.setdefault(line.order_id, {})[line.line_id] = line.quantity
    return plan


def _checked(
    order: Order, waybill: Waybill, lines: Mapping[int, int], *, has_right_label: bool
) -> dict[OrderLine, int]:
    with _naming(waybill):
        pieces = check_pieces(order, lines)
        if not (has_right_label and waybill.order_count < _MERGED):
            check_recipient(order, waybill)
    return pieces


def _courier(waybill: Waybill) -> Courier:
    courier = find_courier(waybill.courier) if waybill.courier else None
    if courier is None:
        raise ShipError(_("Waybill %(tracking)s names no courier.") % {"tracking": waybill.number}, "field")
    return courier
