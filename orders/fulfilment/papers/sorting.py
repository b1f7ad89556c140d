"""In which order the papers of a batch lie: by ship-by time, along the shelves, by courier, or by order number."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from backoffice.common.models import Store
from orders.core.models import Order, OrderLine
from orders.fulfilment.models import PrintRecord, Waybill, WaybillLine
from orders.fulfilment.papers.reading import NO_SHELF, skus_of
from orders.fulfilment.statuses import LIVE_WAYBILLS

_NEVER = datetime.max.replace(tzinfo=UTC)
Sorted = tuple[str | datetime | int, ...]


class Item(NamedTuple):
    """One waybill or order of a batch, with the orders that its paper is about."""

    pk: int
    orders: list[tuple[int, str]]
    ship_by: datetime | None
    courier: str = ""

    @property
    def number(self) -> str:
        return self.orders[0][1] if self.orders else ""


def sorted_items(store: Store, paper: str, ids: Sequence[int], sort: str) -> list[Item]:
    """Return what is to be printed, sorted; what is gone by now is left out."""
    items = _waybills(store, ids) if paper == PrintRecord.Paper.WAYBILL else _orders(store, ids)
    shelves = _shelves(store, items) if sort == "shelf" else {}
    return sorted(items, key=lambda item: _key(item, sort, shelves))


def _key(item: Item, sort: str, shelves: Mapping[int, str]) -> Sorted:
    number: Sorted = (len(item.number), item.number, item.pk)
    if sort == "ship_by":
        return (item.ship_by or _NEVER, *number)
    if sort == "shelf":
        return (min((shelves.get(pk, NO_SHELF) for pk, _number in item.orders), default=NO_SHELF), *number)
    return (item.courier, *number) if sort == "courier" else number


def _orders(store: Store, ids: Sequence[int]) -> list[Item]:
    lines = WaybillLine.objects.filter(order__in=ids, waybill__state__in=LIVE_WAYBILLS).order_by("-waybill_id")
    couriers = dict(lines.values_list("order_id", "waybill__courier"))
    rows = Order.objects.for_store(store).filter(pk__in=ids).values_list("pk", "number", "ship_by")
    return [Item(pk, [(pk, number)], ship_by, couriers.get(pk, "")) for pk, number, ship_by in rows]


def _waybills(store: Store, ids: Sequence[int]) -> list[Item]:
    lines = WaybillLine.objects.filter(waybill__in=ids).order_by("order_id").distinct()
    orders: dict[int, list[tuple[int, str]]] = {}
    for waybill_id, pk, number in lines.values_list("waybill_id", "order_id", "order__number"):
        orders.setdefault(waybill_id, []).append((pk, number))
    rows = Waybill.objects.for_store(store).filter(pk__in=ids).values_list("pk", "ship_by", "courier")
    return [Item(pk, orders.get(pk, []), ship_by, courier) for pk, ship_by, courier in rows]


def _shelves(store: Store, items: Sequence[Item]) -> dict[int, str]:
    """Return the first shelf that each order needs."""
    ids = [pk for item in items for pk, _number in item.orders]
    lines = list(OrderLine.objects.filter(order__in=ids, store=store))
    skus = skus_of(store, lines)
    first: dict[int, str] = {}
    for line in lines:
        shelf = skus[line.pk].location if line.pk in skus else ""
        if shelf:
            first[line.order_id] = min(shelf, first.get(line.order_id, NO_SHELF))
    return first
