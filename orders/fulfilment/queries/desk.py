"""The shipping desk: what is to be packed, numbered, printed and scanned out, and what left today.

A list reads its page by the index of its state and the time left, and what the rows say in one or two more statements.
Counts stop at COUNT_CAP.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from backoffice.common.models import Store, User
from backoffice.common.statements import fetch
from orders.core.models import Order
from orders.core.statuses import OPEN_STATUSES, Acceptance
from orders.fulfilment.models import Shipment, WaybillLine
from orders.fulfilment.queries.partial import LIVE, READY_PIECES, UNSHIPPED_LINES, WORDS
from orders.fulfilment.statuses import LIVE_WAYBILLS, WaybillState

PAGE = 50
COUNT_CAP = 1000
PACK, PART, DRAFT, NUMBERED, PRINTED, SHIPPED = "pack", "part", "number", "print", "scan", "shipped"
TABS = (PACK, DRAFT, NUMBERED, PRINTED, SHIPPED, PART)  # the steps, and what stands beside them
STATES = {DRAFT: WaybillState.DRAFT, NUMBERED: WaybillState.NUMBERED, PRINTED: WaybillState.PRINTED}
Place = tuple[datetime | None, int]


class DeskCursorError(ValueError):
    """A cursor that this list did not make."""


class DeskLine(NamedTuple):
    title: str
    spec: str
    quantity: int
    is_gift: bool


class DeskOrder(NamedTuple):
    """What a row says of an order, and whom it goes to."""

    pk: int
    number: str
    place: str
    wish_kinds: Sequence[str]
    hold_kinds: Sequence[str]
    recipient: str
    recipient_key: str


class DeskParcel(NamedTuple):
    """What a row says of a waybill."""

    pk: int
    state: str
    courier: str
    number: str
    problem: str
    print_count: int
    recipient_key: str


class DeskShipment(NamedTuple):
    """What a row says of a parcel that left."""

    courier: str
    number: str
    shipped_at: datetime
    who: str
    source: str


@dataclass(slots=True)
class DeskRow:
    """One order to pack, or one parcel."""

    pk: int
    orders: list[DeskOrder] = field(default_factory=list)
    lines: list[DeskLine] = field(default_factory=list)
    due: datetime | None = None
    waybill: DeskParcel | None = None
    shipment: DeskShipment | None = None
    is_part: bool = False  # the lines are not all that is to leave

    @property
    def pieces(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def is_moved(self) -> bool:
        """Whether an order goes elsewhere than the label that was made says."""
        key = self.waybill.recipient_key if self.waybill and self.waybill.number else ""
        return bool(key) and any(order.recipient_key != key for order in self.orders)


class DeskPage(NamedTuple):
    rows: list[DeskRow]
    next: str = ""


def desk_page(store: Store, tab: str, *, now: datetime, after: str = "", size: int = PAGE) -> DeskPage:
    """Return one page of a tab.

    Raises:
        DeskCursorError: `after` is no cursor of this list.
    """
    place = _read(after) if after else None
    if tab == SHIPPED:
        return _shipped_page(store, now, place, size)
    found = (_parcel_rows if tab in STATES else _order_rows)(store, tab, place, size + 1)
    shown = found[:size]
    return DeskPage(shown, _cursor(shown[-1].due, shown[-1].pk) if len(found) > size else "")


# Where the rows stand

_TO_PACK = f"""
SELECT o.id, o.ship_by FROM orders_order o WHERE o.store_id = %(store)s
    AND o.status IN ('pending_shipment', 'partially_shipped') AND o.acceptance = 'accepted' AND o.hold_kinds = '{{}}'
    AND NOT EXISTS (
        SELECT FROM fulfilment_waybillline p JOIN fulfilment_waybill w ON w.id = p.waybill_id
        WHERE p.order_id = o.id AND w.state IN {LIVE}
    )
"""  # noqa: S608 -- parts of this statement
# an order that left or was closed a moment ago is left out, until its mark is gone
_IN_PART = """
SELECT o.order_id AS id, o.ship_by FROM fulfilment_partialorder o WHERE o.store_id = %(store)s AND (
    SELECT i.status IN ('pending_shipment', 'partially_shipped') AND i.acceptance = 'accepted'
    FROM orders_order i WHERE i.id = o.order_id
)
"""
_PARCELS = f"""
SELECT o.id, o.ship_by FROM fulfilment_waybill o WHERE o.store_id = %(store)s AND o.state = %(state)s
    AND o.state IN {LIVE}
"""  # noqa: S608 -- parts of this statement
_LISTS = {PACK: (_TO_PACK, "o.id"), PART: (_IN_PART, "o.order_id")} | dict.fromkeys(STATES, (_PARCELS, "o.id"))


def _places(tab: str, place: Place | None) -> str:
    """Return the statement of the keys and deadlines of the next rows; those without a deadline come last."""
    rows, key = _LISTS[tab]
    dated = f"{rows} AND o.ship_by IS NOT NULL ORDER BY o.ship_by, {key} LIMIT %(size)s"
    undated = f"{rows} AND o.ship_by IS NULL AND {key} > %(least)s ORDER BY o.ship_by, {key} LIMIT %(size)s"
    if place and place[0] is None:
        return undated
    if place:
        dated = f"{rows} AND (o.ship_by, {key}) > (%(due)s, %(pk)s) ORDER BY o.ship_by, {key} LIMIT %(size)s"
    both = f"SELECT * FROM (({dated}) UNION ALL ({undated})) AS both_parts"  # noqa: S608 -- parts of this statement
    return f"{both} ORDER BY ship_by, id LIMIT %(size)s"


def _values(store: Store, tab: str, place: Place | None, size: int) -> dict[str, Any]:
    due, pk = place or (None, 0)
    return {
        "store": store.pk, "state": STATES.get(tab), "due": due, "pk": pk, "size": size,
        "least": pk if due is None else 0,
    }  # fmt: skip


def to_pack(store: Store) -> QuerySet[Order]:
    """Return the orders that may ship and have no parcel yet."""
    planned = WaybillLine.objects.filter(order=OuterRef("pk"), waybill__state__in=LIVE_WAYBILLS)
    ready = Order.objects.for_store(store).filter(
        status__in=OPEN_STATUSES, acceptance=Acceptance.ACCEPTED, hold_kinds=[]
    )
    return ready.filter(~Exists(planned))


def ids_of(store: Store, tab: str, *, limit: int) -> list[int]:
    """Return the keys of all rows of a tab, the most urgent first: for acts on all of them."""
    return [pk for pk, _due in fetch(_places(tab, None), _values(store, tab, None, limit))]


def count_shipped_by(store: Store, person: User, now: datetime) -> int:
    """Return how many parcels somebody shipped today; orders that shared one count once."""
    rows = Shipment.objects.for_store(store).filter(shipped_at__gte=_midnight(now), shipped_by=person)
    return rows.order_by().values("tracking_number").distinct().count()


def _midnight(now: datetime) -> datetime:
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


_COUNTS = f"""
SELECT
    (SELECT count(*) FROM ({_TO_PACK} ORDER BY o.ship_by, o.id LIMIT %(cap)s) AS pack),
    (SELECT count(*) FROM (SELECT FROM fulfilment_waybill WHERE store_id = %(store)s AND state = 'draft'
        AND state IN {LIVE} LIMIT %(cap)s) AS draft),
    (SELECT count(*) FROM (SELECT FROM fulfilment_waybill WHERE store_id = %(store)s AND state = 'numbered'
        AND state IN {LIVE} LIMIT %(cap)s) AS numbered),
    (SELECT count(*) FROM (SELECT FROM fulfilment_waybill WHERE store_id = %(store)s AND state = 'printed'
        AND state IN {LIVE} LIMIT %(cap)s) AS printed),
    (SELECT count(*) FROM (SELECT FROM fulfilment_shipment WHERE store_id = %(store)s AND shipped_at >= %(today)s
        LIMIT %(cap)s) AS shipped),
    (SELECT count(*) FROM (SELECT FROM fulfilment_partialorder WHERE store_id = %(store)s LIMIT %(cap)s) AS part)
"""  # noqa: S608 -- parts of this statement


def desk_counts(store: Store, now: datetime) -> dict[str, int]:
    """Return how many rows each tab has, at most COUNT_CAP + 1."""
    values = {"store": store.pk, "cap": COUNT_CAP + 1, "today": _midnight(now)}
    return dict(zip(TABS, fetch(_COUNTS, values)[0], strict=True))


# Rows

_ORDER = """
o.id, o.number, o.province, o.city, o.district, o.wish_kinds, o.hold_kinds,
r.masked_name, r.masked_phone, r.recipient_key
"""
_READY_LINES = f"""
SELECT l.order_id, {WORDS}, ready.count, l.is_gift
FROM ({READY_PIECES} AND l.order_id = ANY(%(ids)s)) AS ready(order_id, id, count)
JOIN orders_orderline l ON l.id = ready.id JOIN orders_producttitle t ON t.id = l.title_id
ORDER BY l.order_id, l.position
"""  # noqa: S608 -- parts of this statement
_PARCEL_LINES = f"""
SELECT p.waybill_id, {_ORDER}, {WORDS}, p.quantity, l.is_gift FROM fulfilment_waybillline p
JOIN orders_order o ON o.id = p.order_id JOIN orders_orderline l ON l.id = p.line_id
JOIN orders_producttitle t ON t.id = l.title_id LEFT JOIN orders_recipient r ON r.order_id = o.id
WHERE p.waybill_id = ANY(%(ids)s) ORDER BY p.waybill_id, p.order_id, l.position
"""  # noqa: S608 -- parts of this statement
_SHIPMENT_LINES = f"""
SELECT p.shipment_id, {WORDS}, p.quantity, l.is_gift FROM fulfilment_shipmentline p
JOIN orders_orderline l ON l.id = p.line_id JOIN orders_producttitle t ON t.id = l.title_id
WHERE p.shipment_id = ANY(%(ids)s) ORDER BY p.shipment_id, l.position
"""  # noqa: S608 -- parts of this statement


def _order_rows(store: Store, tab: str, place: Place | None, size: int) -> list[DeskRow]:
    text = f"""
    SELECT q.ship_by, {_ORDER} FROM ({_places(tab, place)}) AS q JOIN orders_order o ON o.id = q.id
    LEFT JOIN orders_recipient r ON r.order_id = o.id ORDER BY q.ship_by, q.id
    """  # noqa: S608 -- parts of this statement
    rows = {
        row[1]: DeskRow(row[1], [_order(row[1:])], due=row[0], is_part=tab == PART)
        for row in fetch(text, _values(store, tab, place, size))
    }
    _add_lines(rows, _READY_LINES if tab == PART else UNSHIPPED_LINES)
    return list(rows.values())


def _order(row: Sequence[Any]) -> DeskOrder:
    pk, number, province, city, district, wishes, holds, name, phone, key = row
    recipient = f"{name} {phone}" if key is not None else ""
    return DeskOrder(pk, number, f"{province} {city} {district}", wishes, holds, recipient, key or "")


def _add_lines(rows: Mapping[int, DeskRow], text: str) -> None:
    for pk, title, spec, quantity, is_gift in fetch(text, {"ids": list(rows)}):
        rows[pk].lines.append(DeskLine(title, spec, int(quantity), is_gift))


def _parcel_rows(store: Store, tab: str, place: Place | None, size: int) -> list[DeskRow]:
    text = f"""
    SELECT w.ship_by, w.id, w.state, w.courier, w.number, w.problem, w.print_count, w.recipient_key
    FROM ({_places(tab, place)}) AS q JOIN fulfilment_waybill w ON w.id = q.id ORDER BY q.ship_by, q.id
    """  # noqa: S608 -- parts of this statement
    found = fetch(text, _values(store, tab, place, size))
    rows = {row[1]: DeskRow(row[1], due=row[0], waybill=DeskParcel(*row[1:])) for row in found}
    for pk, *order, title, spec, quantity, is_gift in fetch(_PARCEL_LINES, {"ids": list(rows)}):
        row = rows[pk]
        row.lines.append(DeskLine(title, spec, quantity, is_gift))
        if not row.orders or row.orders[-1].pk != order[0]:
            row.orders.append(_order(order))
    return list(rows.values())


_SHIPPED = f"""
SELECT s.id, s.courier, s.tracking_number, s.shipped_at,
    coalesce(nullif(u.display_name, ''), u.username, ''), s.source, {_ORDER}
FROM (
    SELECT * FROM fulfilment_shipment s WHERE s.store_id = %(store)s AND s.shipped_at >= %(today)s
        AND (s.shipped_at, s.id) < (%(before)s, %(pk)s) ORDER BY s.shipped_at DESC, s.id DESC LIMIT %(size)s
) AS s JOIN orders_order o ON o.id = s.order_id LEFT JOIN orders_recipient r ON r.order_id = o.id
LEFT JOIN common_user u ON u.id = s.shipped_by_id ORDER BY s.shipped_at DESC, s.id DESC
"""  # noqa: S608 -- parts of this statement


def _shipped_page(store: Store, now: datetime, place: Place | None, size: int) -> DeskPage:
    before, pk = place if place and place[0] else (None, 0)
    values = {"store": store.pk, "today": _midnight(now), "before": before or "infinity", "pk": pk, "size": size + 1}
    found = {
        row[0]: DeskRow(row[0], [_order(row[6:])], shipment=DeskShipment(*row[1:6])) for row in fetch(_SHIPPED, values)
    }
    shown = dict(list(found.items())[:size])
    _add_lines(shown, _SHIPMENT_LINES)
    last = [*found.values()][size - 1].shipment if len(found) > size else None
    return DeskPage(list(shown.values()), _cursor(last.shipped_at, [*shown][-1]) if last else "")


def _cursor(due: datetime | None, pk: int) -> str:
    packed = json.dumps([due.isoformat() if due else "", pk]).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _read(text: str) -> Place:
    try:
        due, pk = json.loads(base64.urlsafe_b64decode(text[:200] + "=" * (-len(text) % 4)))
        moment = datetime.fromisoformat(due) if due else None
    except (ValueError, TypeError, binascii.Error) as error:
        raise DeskCursorError from error
    if not isinstance(pk, int) or not 0 <= pk < 2**63 or (moment is not None and moment.tzinfo is None):
        raise DeskCursorError
    return moment, pk
