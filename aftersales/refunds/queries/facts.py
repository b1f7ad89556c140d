"""What stands beside a decision: the parcels of the order, the buyer's year, why this product comes back."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from aftersales.refunds.models import Refund
from aftersales.refunds.queries.signals import YEAR
from aftersales.refunds.statuses import OPEN_STATES, ReasonKind, RefundKind, RefundState
from backoffice.common.statements import fetch
from orders.core.models import Order
from orders.desk.detail.people import buyer_numbers
from orders.fulfilment.statuses import AnomalyKind, TraceState

REASON_DAYS = 180
OPEN, REFUNDED, CLOSED = "open", "succeeded", "closed"


@dataclass(frozen=True, slots=True)
class KindCount:
    """The buyer's cases of one kind, by what came of them."""

    kind: RefundKind
    open: int = 0
    succeeded: int = 0
    closed: int = 0


@dataclass(frozen=True, slots=True)
class BuyerYear:
    """The buyer's last twelve months in this store; the case itself is among them."""

    orders: int = 0
    paid: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)
    cases: list[KindCount] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ReasonCount:
    kind: ReasonKind
    count: int
    share: int  # percent of all cases about the same goods
    is_own: bool  # the reason of the case at hand


class LeftParcel(NamedTuple):
    """A parcel of the order; `troubles` are the kinds of its anomalies, `opened` since when each is one."""

    tracking_number: str
    courier: str
    shipped_at: datetime
    signed_at: datetime | None
    last_event: str
    last_event_at: datetime | None
    trace_state: str
    line_ids: list[int]
    troubles: list[str]
    opened: list[datetime]

    @property
    def trace_label(self) -> str:
        return str(TraceState(self.trace_state).label) if self.trace_state else ""

    @property
    def anomalies(self) -> list[tuple[str, datetime]]:
        return [(str(AnomalyKind(kind).label), at) for kind, at in zip(self.troubles, self.opened, strict=True)]


_ANOMALIES = "FROM fulfilment_anomaly a WHERE a.shipment_id = s.id ORDER BY a.opened_at, a.id"
_LEFT = f"""
SELECT tracking_number, courier, shipped_at, signed_at, last_event, last_event_at, trace_state,
    ARRAY(SELECT l.line_id FROM fulfilment_shipmentline l WHERE l.shipment_id = s.id),
    ARRAY(SELECT a.kind {_ANOMALIES}), ARRAY(SELECT a.opened_at {_ANOMALIES})
FROM fulfilment_shipment s WHERE order_id = %s ORDER BY shipped_at, id
"""  # noqa: S608 -- names of tables and columns


def parcels_left(order: Order) -> list[LeftParcel]:
    """Return the parcels in which an order left; one statement."""
    return [LeftParcel(*row) for row in fetch(_LEFT, [order.pk])]


def buyer_year(refund: Refund, order: Order, now: datetime) -> BuyerYear:
    """Sum the buyer's orders and cases: two statements along the buyer's own indexes."""
    if refund.buyer_id is None:
        return BuyerYear()
    numbers = buyer_numbers(order, now)
    return BuyerYear(numbers.orders, numbers.paid, numbers.refunded, _cases_by_kind(refund, now))


_OF_BUYER = """
SELECT kind, status, count(*) FROM refunds_refund WHERE store_id = %s AND buyer_id = %s AND requested_at >= %s
GROUP BY 1, 2
"""


def _cases_by_kind(refund: Refund, now: datetime) -> list[KindCount]:
    counts: dict[str, Counter[str]] = {}
    for kind, status, count in fetch(_OF_BUYER, [refund.store_id, refund.buyer_id, now - YEAR]):
        counts.setdefault(kind, Counter())[_outcome(status)] += count
    return [
        KindCount(kind, found[OPEN], found[REFUNDED], found[CLOSED])
        for kind in RefundKind
        if (found := counts.get(kind.value))
    ]


def _outcome(status: str) -> str:
    if status in OPEN_STATES:
        return OPEN
    return REFUNDED if status == RefundState.SUCCEEDED else CLOSED


_MIX = """
SELECT reason_kind, count(*) FROM refunds_refund WHERE store_id = %s AND title_id = %s AND requested_at >= %s {}
GROUP BY 1 ORDER BY 2 DESC, 1
"""
_OF_TITLE, _OF_SKU = _MIX.format(""), _MIX.format("AND sku_code = %s AND sku_code <> ''")


def reason_mix(refund: Refund, now: datetime) -> list[ReasonCount]:
    """Count why the same goods came up in cases, most often first: of the sku, else of the product."""
    if refund.title_id is None:
        return []
    values = [refund.store_id, refund.title_id, now - timedelta(days=REASON_DAYS)]
    rows = fetch(_OF_SKU, [*values, refund.sku_code]) if refund.sku_code else fetch(_OF_TITLE, values)
    total = sum(count for _kind, count in rows)
    return [
        ReasonCount(ReasonKind(kind), count, round(100 * count / total), kind == refund.reason_kind)
        for kind, count in rows
    ]
