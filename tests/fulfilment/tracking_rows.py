"""Parcels and traces for tests."""

from datetime import datetime, timedelta
from typing import Any

from backoffice.common.models import Store
from orders.core.models import Order
from orders.core.statuses import EventSource, OrderStatus
from orders.fulfilment.models import Shipment
from orders.fulfilment.services.tracking import TraceEvent, TraceResult, record_trace
from orders.fulfilment.statuses import TraceState
from tests.factories import NOON, make_order

HOUR = timedelta(hours=1)


def make_parcel(*, store: Store, number: str, order: Order | None = None, **values: Any) -> Shipment:
    """Make a watched parcel that left at noon, of a shipped order of its own unless one is given."""
    order = order or make_order(store=store, status=OrderStatus.SHIPPED, shipped_at=NOON)
    defaults = {"courier": "SF", "shipped_at": NOON, "source": EventSource.STAFF, "is_watched": True}
    return Shipment.objects.create(store=store, order=order, tracking_number=number, **(defaults | values))


def watch_parcels(store: Store, since: datetime = NOON - timedelta(days=30), *, is_traced: bool = True) -> None:
    """Let the store watch its parcels; traces of SF are known of one that arrived the day before."""
    store.parcels_watched_since = since
    store.save(update_fields=["parcels_watched_since"])
    if is_traced:
        day = NOON - timedelta(days=1)
        make_parcel(
            store=store, number="SF1999999999999", shipped_at=day, is_watched=False, trace_state=TraceState.SIGNED,
            picked_up_at=day, last_event_at=day, signed_at=day,
        )  # fmt: skip


def trace(store: Store, *events: TraceEvent, at: datetime = NOON + 300 * HOUR, source: str = "api") -> TraceResult:
    return record_trace(store=store, events=events, source=source, at=at)


def event(number: str, hours: float, text: str = "", **values: Any) -> TraceEvent:
    """Return an event so many hours after noon."""
    return TraceEvent(number, NOON + hours * HOUR, text=text, **values)
