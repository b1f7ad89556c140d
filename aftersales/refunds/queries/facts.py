"""What stands beside a decision: the buyer's year, why this product comes back, the note and the parcels."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count

from aftersales.refunds.models import Refund
from aftersales.refunds.queries.signals import YEAR
from aftersales.refunds.statuses import OPEN_STATES, ReasonKind, RefundKind, RefundState
from orders.core.models import Order
from orders.desk.detail.people import buyer_numbers
from orders.fulfilment.models import Shipment
from orders.fulfilment.queries.tracking import traces_of_order
from orders.notes.queries import Evidence, evidence, note_of

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


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """Everything that is shown beside the decision and does not change by it."""

    buyer: BuyerYear
    reasons: list[ReasonCount]
    parcels: list[Shipment]  # each with `events`, newest first, and `cases`, its anomalies
    note: Evidence | None  # the buyer's note with its handling record and who confirmed it


def case_facts(refund: Refund, order: Order, now: datetime) -> CaseFacts:
    """Read the facts of a case: a fixed number of statements, whatever its order holds."""
    note = note_of(order)
    return CaseFacts(
        buyer=buyer_year(refund, order, now),
        reasons=reason_mix(refund, now),
        parcels=traces_of_order(order),
        note=evidence(note) if note is not None else None,
    )


def buyer_year(refund: Refund, order: Order, now: datetime) -> BuyerYear:
    """Sum the buyer's orders and cases: two statements along the buyer's own indexes."""
    if refund.buyer_id is None:
        return BuyerYear()
    numbers = buyer_numbers(order, now)
    return BuyerYear(numbers.orders, numbers.paid, numbers.refunded, _cases_by_kind(refund, now))


def _cases_by_kind(refund: Refund, now: datetime) -> list[KindCount]:
    cases = Refund.objects.filter(store=refund.store_id, buyer=refund.buyer_id, requested_at__gte=now - YEAR)
    counts: dict[str, Counter[str]] = {}
    for kind, status, count in cases.values_list("kind", "status").annotate(count=Count("pk")).order_by():
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


def reason_mix(refund: Refund, now: datetime) -> list[ReasonCount]:
    """Count why the same goods came up in cases, most often first: of the sku, else of the product."""
    if refund.title_id is None:
        return []
    since = now - timedelta(days=REASON_DAYS)
    cases = Refund.objects.filter(store=refund.store_id, title=refund.title_id, requested_at__gte=since)
    if refund.sku_code:
        cases = cases.filter(sku_code=refund.sku_code)
    rows = list(cases.values_list("reason_kind").annotate(count=Count("pk")).order_by("-count", "reason_kind"))
    total = sum(count for _kind, count in rows)
    return [
        ReasonCount(ReasonKind(kind), count, round(100 * count / total), kind == refund.reason_kind)
        for kind, count in rows
    ]
