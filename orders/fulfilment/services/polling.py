"""Asking trace adapters about watched parcels."""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice

from django.conf import settings
from django.utils.module_loading import import_string

from backoffice.common.models import Job, Store
from backoffice.common.statements import fetch
from orders.fulfilment.services.tracking import MOST_AT_ONCE, record_trace
from orders.fulfilment.traces.adapters import Asked, TraceAdapter, active_adapters

_PARCELS_AT_ONCE = 100
_WATCHED = """
SELECT p.id, p.courier, p.tracking_number, p.shipped_at, o.province || o.city
FROM fulfilment_shipment p JOIN orders_order o ON o.id = p.order_id
WHERE p.store_id = %s AND p.is_watched AND p.trace_state NOT IN ('signed', 'returned') AND p.id > %s
ORDER BY p.id LIMIT %s
"""


def poll_traces(
    *, store: Store, at: datetime, job: Job | None = None, on_progress: Callable[[int], None] | None = None
) -> dict[str, int]:
    """Ask every adapter that is on about every watched parcel; return how many were asked for and what was new."""
    adapters, asked, new = active_adapters(), 0, 0
    for parcels in _watched(store) if adapters else ():
        new += sum(_ask(adapter, parcels, store=store, at=at, job=job) for adapter in adapters)
        asked += len(parcels)
        if on_progress is not None:
            on_progress(asked)
    return {"parcels": asked, "new": new}


def _watched(store: Store) -> Iterator[list[Asked]]:
    """Yield the parcels that are asked for, some at a time: of orders, then those of `settings.TRACE_WATCHERS`."""
    for find in (_of_orders, *map(import_string, settings.TRACE_WATCHERS)):
        last = 0
        while parcels := find(store, last, _PARCELS_AT_ONCE):
            yield parcels
            last = parcels[-1].pk


def _of_orders(store: Store, after: int, most: int) -> list[Asked]:
    return [Asked(*row) for row in fetch(_WATCHED, [store.pk, after, most])]


def _ask(adapter: TraceAdapter, parcels: list[Asked], *, store: Store, at: datetime, job: Job | None) -> int:
    events, new = iter(adapter.fetch(parcels, at)), 0
    while chunk := list(islice(events, MOST_AT_ONCE)):
        new += record_trace(store=store, events=chunk, source=adapter.name, at=at, job=job).new
    return new
