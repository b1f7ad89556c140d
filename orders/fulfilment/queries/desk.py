"""The shipping desk: what is to be packed, numbered, printed and scanned out, and what left today.

A list reads its page by the index of its state and the time left; what the rows say is read for the page in three
more statements. Counts stop at COUNT_CAP.
"""

import base64
import binascii
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from backoffice.common.models import Store, User
from orders.core.models import Order, OrderLine, Recipient
from orders.core.statuses import OPEN_STATUSES, Acceptance
from orders.fulfilment.models import Shipment, ShipmentLine, Waybill, WaybillLine
from orders.fulfilment.statuses import LIVE_WAYBILLS, WaybillState

PAGE = 50
COUNT_CAP = 1000
PACK, DRAFT, NUMBERED, PRINTED, SHIPPED = "pack", "number", "print", "scan", "shipped"
TABS = (PACK, DRAFT, NUMBERED, PRINTED, SHIPPED)
STATES = {DRAFT: WaybillState.DRAFT, NUMBERED: WaybillState.NUMBERED, PRINTED: WaybillState.PRINTED}


class DeskCursorError(ValueError):
    """A cursor that this list did not make."""


class DeskLine(NamedTuple):
    title: str
    spec: str
    quantity: int
    is_gift: bool


@dataclass(slots=True)
class DeskRow:
    """One order to pack, or one parcel."""

    pk: int
    orders: list[Order] = field(default_factory=list)
    lines: list[DeskLine] = field(default_factory=list)
    recipient: Recipient | None = None
    due: datetime | None = None
    waybill: Waybill | None = None
    shipment: Shipment | None = None
    is_moved: bool = False  # the address was changed after the label was made

    @property
    def pieces(self) -> int:
        return sum(line.quantity for line in self.lines)


class DeskPage(NamedTuple):
    rows: list[DeskRow]
    next: str = ""


def desk_page(store: Store, tab: str, *, now: datetime, after: str = "", size: int = PAGE) -> DeskPage:
    """Return one page of a tab.

    Raises:
        DeskCursorError: `after` is no cursor of this list.
    """
    place = _read(after) if after else None
    if tab == PACK:
        orders = list(_after(to_pack(store), place).order_by("ship_by", "pk")[: size + 1])
        rows = _order_rows(orders[:size])
        return DeskPage(rows, _cursor(orders[size - 1].ship_by, orders[size - 1].pk) if len(orders) > size else "")
    if tab == SHIPPED:
        return _shipped_page(store, now, place, size)
    parcels = list(_after(_parcels(store, tab), place).order_by("ship_by", "pk")[: size + 1])
    rows = _parcel_rows(parcels[:size])
    return DeskPage(rows, _cursor(parcels[size - 1].ship_by, parcels[size - 1].pk) if len(parcels) > size else "")


def to_pack(store: Store) -> QuerySet[Order]:
    """Return the orders that may ship and have no parcel yet."""
    planned = WaybillLine.objects.filter(order=OuterRef("pk"), waybill__state__in=LIVE_WAYBILLS)
    ready = Order.objects.for_store(store).filter(
        status__in=OPEN_STATUSES, acceptance=Acceptance.ACCEPTED, hold_kinds=[]
    )
    return ready.filter(~Exists(planned))


def _parcels(store: Store, tab: str) -> QuerySet[Waybill]:
    return Waybill.objects.for_store(store).filter(state=STATES[tab], state__in=LIVE_WAYBILLS)


def ids_of(store: Store, tab: str, *, limit: int) -> list[int]:
    """Return the keys of all rows of a tab, the most urgent first: for acts on all of them."""
    rows: QuerySet[Any] = to_pack(store) if tab == PACK else _parcels(store, tab)
    return list(rows.order_by("ship_by", "pk").values_list("pk", flat=True)[:limit])


def _after(rows: QuerySet[Any], place: tuple[datetime | None, int] | None) -> QuerySet[Any]:
    """Leave out what comes before the place; those without a deadline come last."""
    if place is None:
        return rows
    due, pk = place
    if due is None:
        return rows.filter(ship_by__isnull=True, pk__gt=pk)
    return rows.filter(Q(ship_by__gt=due) | Q(ship_by=due, pk__gt=pk) | Q(ship_by__isnull=True))


def _shipped_page(store: Store, now: datetime, place: tuple[datetime | None, int] | None, size: int) -> DeskPage:
    rows = Shipment.objects.for_store(store).filter(shipped_at__gte=_midnight(now))
    if place is not None and place[0] is not None:
        rows = rows.filter(Q(shipped_at__lt=place[0]) | Q(shipped_at=place[0], pk__lt=place[1]))
    found = list(rows.select_related("shipped_by", "waybill").order_by("-shipped_at", "-pk")[: size + 1])
    shown = found[:size]
    return DeskPage(_shipment_rows(shown), _cursor(shown[-1].shipped_at, shown[-1].pk) if len(found) > size else "")


def _midnight(now: datetime) -> datetime:
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def count_shipped_by(store: Store, person: User, now: datetime) -> int:
    """Return how many parcels somebody shipped today; orders that shared one count once."""
    rows = Shipment.objects.for_store(store).filter(shipped_at__gte=_midnight(now), shipped_by=person)
    return rows.order_by().values("tracking_number").distinct().count()


_COUNTS = """
SELECT
    (SELECT count(*) FROM (
        SELECT FROM orders_order o WHERE o.store_id = %(store)s
            AND o.status IN ('pending_shipment', 'partially_shipped') AND o.acceptance = 'accepted'
            AND o.hold_kinds = '{}' AND NOT EXISTS (
                SELECT FROM fulfilment_waybillline l JOIN fulfilment_waybill w ON w.id = l.waybill_id
                WHERE l.order_id = o.id AND w.state IN ('draft', 'numbered', 'printed')
            ) ORDER BY o.ship_by, o.id LIMIT %(cap)s) AS pack),
    (SELECT count(*) FROM (SELECT FROM fulfilment_waybill WHERE store_id = %(store)s AND state = 'draft'
        AND state IN ('draft', 'numbered', 'printed') LIMIT %(cap)s) AS draft),
    (SELECT count(*) FROM (SELECT FROM fulfilment_waybill WHERE store_id = %(store)s AND state = 'numbered'
        AND state IN ('draft', 'numbered', 'printed') LIMIT %(cap)s) AS numbered),
    (SELECT count(*) FROM (SELECT FROM fulfilment_waybill WHERE store_id = %(store)s AND state = 'printed'
        AND state IN ('draft', 'numbered', 'printed') LIMIT %(cap)s) AS printed),
    (SELECT count(*) FROM (SELECT FROM fulfilment_shipment WHERE store_id = %(store)s AND shipped_at >= %(today)s
        LIMIT %(cap)s) AS shipped)
"""


def desk_counts(store: Store, now: datetime) -> dict[str, int]:
    """Return how many rows each tab has, at most COUNT_CAP + 1."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"store": store.pk, "cap": COUNT_CAP + 1, "today": _midnight(now)})
        return dict(zip(TABS, cursor.fetchone(), strict=True))


# Rows


def _order_rows(orders: Sequence[Order]) -> list[DeskRow]:
    ids = [order.pk for order in orders]
    lines, recipients = _lines_of(ids), _recipients(ids)
    return [DeskRow(order.pk, [order], lines[order.pk], recipients.get(order.pk), order.ship_by) for order in orders]


def _lines_of(order_ids: Sequence[int]) -> dict[int, list[DeskLine]]:
    found: dict[int, list[DeskLine]] = defaultdict(list)
    rows = OrderLine.objects.filter(order__in=order_ids).select_related("title").order_by("order_id", "position")
    for line in rows:
        if line.unshipped:
            found[line.order_id].append(_line(line, line.unshipped))
    return found


def _line(line: OrderLine, quantity: int) -> DeskLine:
    return DeskLine(line.title.text, line.shown_spec, quantity, line.is_gift)


def _recipients(order_ids: Iterable[int]) -> dict[int, Recipient]:
    rows = Recipient.objects.filter(order__in=list(order_ids)).only("masked_name", "masked_phone", "recipient_key")
    return {row.pk: row for row in rows.order_by()}


def _parcel_rows(waybills: Sequence[Waybill]) -> list[DeskRow]:
    rows = {waybill.pk: DeskRow(waybill.pk, due=waybill.ship_by, waybill=waybill) for waybill in waybills}
    parts = WaybillLine.objects.filter(waybill__in=list(rows)).select_related("order", "line__title")
    for part in parts.order_by("waybill_id", "order_id", "line__position"):
        row = rows[part.waybill_id]
        row.lines.append(_line(part.line, part.quantity))
        if part.order not in row.orders:
            row.orders.append(part.order)
    recipients = _recipients(order.pk for row in rows.values() for order in row.orders)
    for row in rows.values():
        row.recipient = recipients.get(row.orders[0].pk) if row.orders else None
        row.is_moved = any(_is_moved(row.waybill, recipients.get(order.pk)) for order in row.orders)
    return list(rows.values())


def _is_moved(waybill: Waybill | None, recipient: Recipient | None) -> bool:
    """Tell whether an order goes elsewhere than the label that was made says."""
    key = waybill.recipient_key if waybill and waybill.number else ""
    return bool(key) and key != (recipient.recipient_key if recipient else "")


def _shipment_rows(shipments: Sequence[Shipment]) -> list[DeskRow]:
    ids = [shipment.pk for shipment in shipments]
    lines: dict[int, list[DeskLine]] = defaultdict(list)
    parts = ShipmentLine.objects.filter(shipment__in=ids).select_related("line__title")
    for part in parts.order_by("shipment_id", "line__position"):
        lines[part.shipment_id].append(_line(part.line, part.quantity))
    orders = {order.pk: order for order in Order.objects.filter(pk__in={s.order_id for s in shipments}).order_by()}
    recipients = _recipients(orders)
    return [
        DeskRow(s.pk, [orders[s.order_id]], lines[s.pk], recipients.get(s.order_id), None, s.waybill, s)
        for s in shipments
    ]


def _cursor(due: datetime | None, pk: int) -> str:
    packed = json.dumps([due.isoformat() if due else "", pk]).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _read(text: str) -> tuple[datetime | None, int]:
    try:
        due, pk = json.loads(base64.urlsafe_b64decode(text[:200] + "=" * (-len(text) % 4)))
        moment = datetime.fromisoformat(due) if due else None
    except (ValueError, TypeError, binascii.Error) as error:
        raise DeskCursorError from error
    if not isinstance(pk, int) or not 0 <= pk < 2**63 or (moment is not None and moment.tzinfo is None):
        raise DeskCursorError
    return moment, pk
