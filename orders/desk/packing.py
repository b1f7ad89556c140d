"""Parcels of an order that have not left yet, and who else waits for one: for the order's page and its ship act."""

from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext as _

from backoffice.common.statements import fetch
from orders.core.models import Order
from orders.fulfilment.models import Waybill, WaybillLine
from orders.fulfilment.statuses import LIVE_WAYBILLS, WaybillState

_SHOWN = 20  # parcels, and others to the same recipient
# who said that orders are to go apart hears no more of it
_FACTS = """
SELECT
    (SELECT coalesce(json_agg(json_build_array(w.id, w.number, w.state, w.courier, w.order_count, w.print_count,
            w.problem, w.pieces) ORDER BY w.id), '[]') FROM (
        SELECT w.id, w.number, w.state, w.courier, w.order_count, w.print_count, w.problem, sum(l.quantity) AS pieces
        FROM fulfilment_waybillline l JOIN fulfilment_waybill w ON w.id = l.waybill_id
        WHERE l.order_id = %(order)s AND w.state IN ('draft', 'numbered', 'printed') GROUP BY w.id LIMIT %(cap)s) AS w),
    (SELECT count(*) FROM (
        SELECT FROM fulfilment_mergecandidate c JOIN fulfilment_mergecandidate o
            ON o.store_id = c.store_id AND o.recipient_key = c.recipient_key AND o.order_id <> c.order_id
        WHERE c.order_id = %(order)s AND NOT EXISTS (
            SELECT FROM fulfilment_mergerefusal r WHERE r.store_id = c.store_id AND r.recipient_key = c.recipient_key
                AND (r.order_ids = '{}' OR r.order_ids @> ARRAY[c.order_id, o.order_id])
        ) LIMIT %(cap)s) AS others),
    EXISTS (SELECT FROM platforms_platformconnection WHERE store_id = %(store)s AND is_active AND sends_acts)
"""


class LiveWaybill(NamedTuple):
    """A parcel that is planned, numbered or printed."""

    pk: int
    number: str
    state: str
    courier: str
    order_count: int
    print_count: int
    problem: str
    pieces: int

    @property
    def state_label(self) -> str:
        return str(WaybillState(self.state).label)


@dataclass(frozen=True, slots=True)
class Packing:
    """What is planned of an order, and what shipping it will tell the platform."""

    waybills: list[LiveWaybill]
    others: int  # that wait for a parcel to the same recipient
    is_told: bool  # the platform hears of what ships

    @property
    def mergeable(self) -> int:
        """Return how many orders could go along; those packed together already are no suggestion."""
        return 0 if any(waybill.order_count > 1 for waybill in self.waybills) else self.others

    @property
    def outbox_words(self) -> str:
        if self.is_told:
            return _("Shipping is told to the platform.")
        return _("Shipping is recorded here; not sent to the platform.")


def packing_of(order: Order) -> Packing | None:
    """Return it of an order that waits for shipment, in one statement; None: nothing is left to pack."""
    if not order.is_open:
        return None
    values = {"order": order.pk, "store": order.store_id, "cap": _SHOWN}
    waybills, others, is_told = fetch(_FACTS, values)[0]
    return Packing([LiveWaybill(*row) for row in waybills], others, is_told)


def numbered_waybill(order: Order) -> Waybill | None:
    """Return the first parcel of the order that has a number and has not left."""
    live = Waybill.objects.for_store(order.store).filter(lines__order=order.pk, state__in=LIVE_WAYBILLS)
    return live.exclude(number="").order_by("pk").prefetch_related("lines").first()


class Packed(NamedTuple):
    """An order in a numbered parcel that has not left."""

    number: str
    order_id: int
    order_number: str
    order_count: int


def packed_orders(store_id: int, *, order_ids: list[int], numbers: list[str]) -> list[Packed]:
    """Return what is packed of these orders, and what is packed under these numbers; two statements."""
    rows = WaybillLine.objects.filter(waybill__store=store_id, waybill__state__in=LIVE_WAYBILLS)
    fields = ("waybill__number", "order_id", "order__number", "waybill__order_count")
    of_orders = rows.filter(order__in=order_ids).exclude(waybill__number="").values_list(*fields)
    of_numbers = rows.filter(waybill__number__in=numbers).exclude(waybill__number="").values_list(*fields)
    return [Packed(*row) for row in dict.fromkeys([*of_orders.distinct(), *of_numbers.distinct()])]
