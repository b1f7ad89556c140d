"""What the cards of merge suggestions say: their orders, what speaks against one parcel, what differs among them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.common.display import listed
from backoffice.common.models import Store
from backoffice.common.statements import fetch
from orders.core.statuses import Acceptance, Flag, HoldKind
from orders.fulfilment.couriers import find_courier
from orders.fulfilment.queries.partial import LIVE, UNSHIPPED_LINES

_MEMBER_CAP = 50  # orders of one group shown


class Reason(NamedTuple):
    """What speaks against packing an order with the others; a blocker keeps it out, a risk is for a person to weigh."""

    key: str
    text: str
    blocks: bool = False


class MergeOrder(NamedTuple):
    """What a card says of an order."""

    pk: int
    number: str
    ship_by: datetime | None
    acceptance: str
    hold_kinds: Sequence[str]
    has_open_refund: bool
    flag: int
    print_count: int
    presale_ship_at: datetime | None
    appointed_date: date | None
    buyer_id: int | None
    place: str
    recipient: str  # masked
    changed_at: datetime | None  # of the recipient
    is_wiped: bool


class MergeLine(NamedTuple):
    title: str
    spec: str
    quantity: int


@dataclass(slots=True)
class MergeMember:
    """One order of a group."""

    order: MergeOrder
    lines: list[MergeLine] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    parcel: str = ""  # the waybill that it is on, if any: its number or "#id"

    @property
    def is_blocked(self) -> bool:
        return any(reason.blocks for reason in self.reasons)


@dataclass(slots=True)
class MergeGroup:
    """Orders to one recipient, the most urgent first."""

    recipient_key: str
    members: list[MergeMember]
    ship_by: datetime | None
    reasons: list[Reason] = field(default_factory=list)  # of the group: what differs among its orders

    @property
    def free(self) -> list[MergeMember]:
        return [member for member in self.members if not member.is_blocked]

    @property
    def saved(self) -> int:
        """Return how many parcels packing together saves now."""
        return max(0, len(self.free) - 1)


def merge_cards(store: Store, found: Sequence[tuple[str, Sequence[int]]]) -> list[MergeGroup]:
    facts = _Facts(store, [pk for _key, ids in found for pk in ids[:_MEMBER_CAP]])
    groups = []
    for key, ids in found:
        members = [facts.member(pk) for pk in ids[:_MEMBER_CAP] if pk in facts.orders]
        if members:
            due = min((m.order.ship_by for m in members if m.order.ship_by), default=None)
            groups.append(MergeGroup(key, members, due, _differences(members, facts)))
    return groups


_ORDERS = """
SELECT o.id, o.number, o.ship_by, o.acceptance, o.hold_kinds, o.has_open_refund, o.flag, o.print_count,
    o.presale_ship_at, o.appointed_date, o.buyer_id, concat_ws(' ', o.province, o.city, o.district),
    concat_ws(' ', r.masked_name, r.masked_phone), r.changed_at, r.order_id IS NULL OR r.purged_at IS NOT NULL
FROM orders_order o LEFT JOIN orders_recipient r ON r.order_id = o.id
WHERE o.store_id = %(store)s AND o.id = ANY(%(ids)s)
"""


class _Facts:
    """What the cards of a page need, read in three statements."""

    def __init__(self, store: Store, ids: Sequence[int]) -> None:
        values = {"store": store.pk, "ids": list(ids)}
        self.orders = {row[0]: MergeOrder(*row) for row in fetch(_ORDERS, values)}
        self.lines: dict[int, list[MergeLine]] = defaultdict(list)
        for pk, title, spec, quantity, _is_gift in fetch(UNSHIPPED_LINES, values):
            self.lines[pk].append(MergeLine(title, spec, quantity))
        self.parcels, self.couriers = _parcels_and_couriers(ids)

    def member(self, pk: int) -> MergeMember:
        order, parcel, lines = self.orders[pk], self.parcels.get(pk, {}), self.lines[pk]
        reasons = [*_blockers(order, lines, parcel), *_risks(order)]
        return MergeMember(order, lines, reasons, parcel.get("name", ""))


_PARCELS_AND_WISHES = f"""
SELECT l.order_id, 'parcel', b.id, b.number, NULL FROM fulfilment_waybillline l
JOIN fulfilment_waybill b ON b.id = l.waybill_id
WHERE l.order_id = ANY(%(ids)s) AND b.state IN {LIVE}
UNION ALL
SELECT order_id, 'wish', -id, text, data ->> 'courier' FROM orders_wish
WHERE order_id = ANY(%(ids)s) AND kind = 'courier' AND done_at IS NULL AND withdrawn_at IS NULL
ORDER BY 2, 3 DESC
"""  # noqa: S608 -- parts of this statement


def _parcels_and_couriers(ids: Sequence[int]) -> tuple[dict[int, dict[str, str]], dict[int, str]]:
    """Return the parcel that each order is on, and the courier that was agreed for it; one statement."""
    parcels: dict[int, dict[str, str]] = {}
    couriers: dict[int, str] = {}
    for order_id, kind, pk, text, courier in fetch(_PARCELS_AND_WISHES, {"ids": list(ids)}):
        if kind == "parcel":
            parcels[order_id] = {"name": text or f"#{pk}", "number": text}
        else:
            couriers[order_id] = _courier_named(courier or text)
    return parcels, couriers


def _courier_named(named: str) -> str:
    courier = find_courier(named) if named else None
    return courier.name if courier else named[:30]


def _blockers(order: MergeOrder, lines: Sequence[MergeLine], parcel: Mapping[str, str]) -> list[Reason]:
    """Return why the order cannot leave with others now, each reason by its name."""
    found = [Reason(kind, str(HoldKind(kind).label), blocks=True) for kind in order.hold_kinds]
    if order.acceptance != Acceptance.ACCEPTED:
        found.append(Reason("unreviewed", _("not accepted yet"), blocks=True))
    if order.has_open_refund and HoldKind.REFUND_OPEN not in order.hold_kinds:
        found.append(Reason("refund_open", str(HoldKind.REFUND_OPEN.label), blocks=True))
    if not lines:
        found.append(Reason("empty", _("nothing left to ship"), blocks=True))
    if parcel.get("number"):
        text = _("has waybill %(waybill)s already: void it first") % {"waybill": parcel["number"]}
        found.append(Reason("numbered", text, blocks=True))
    if order.is_wiped:
        found.append(Reason("purged", _("the recipient was wiped"), blocks=True))
    return found


def _risks(order: MergeOrder) -> list[Reason]:
    found = []
    if order.flag == Flag.RED:
        found.append(Reason("flag", _("red flag")))
    if order.print_count:
        found.append(Reason("printed", _("its papers are printed already")))
    if order.presale_ship_at is not None:
        day = f"{timezone.localtime(order.presale_ship_at):%m-%d}"
        found.append(Reason("presale", _("presale, ships on %(day)s") % {"day": day}))
    if order.appointed_date is not None:
        found.append(Reason("appointed", _("appointed for %(day)s") % {"day": f"{order.appointed_date:%m-%d}"}))
    if order.changed_at is not None:
        day = f"{timezone.localtime(order.changed_at):%m-%d}"
        found.append(Reason("changed", _("recipient changed by staff on %(day)s") % {"day": day}))
    return found


def _differences(members: Sequence[MergeMember], facts: _Facts) -> list[Reason]:
    """Return what differs among orders that would share a parcel."""
    found = []
    couriers = {facts.couriers.get(member.order.pk, "") for member in members}
    if len(couriers) > 1:
        named = listed(sorted(filter(None, couriers)))
        found.append(Reason("courier", _("another courier was agreed for some: %(couriers)s") % {"couriers": named}))
    if len({member.order.buyer_id for member in members}) > 1:
        found.append(Reason("buyer", _("ordered by different buyers")))
    return found
