"""Work of fulfilment that is measured in a process of its own; nothing of it is kept."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from backoffice.common.models import Store
from orders.fulfilment.models import Shipment
from orders.fulfilment.services.anomalies import find_anomalies
from orders.fulfilment.services.stock import settle_due
from orders.fulfilment.services.tracking import MOST_AT_ONCE, TraceEvent, record_trace

WARM = 50  # orders settled before the clock starts: statements are compiled once

_DUE = """
INSERT INTO fulfilment_fulfilmentdue (order_id, store_id, since)
SELECT order_id, store_id, now() FROM (
    SELECT DISTINCT l.order_id, l.store_id FROM fulfilment_linestock l
    WHERE l.store_id = %s AND l.reserved > 0 AND NOT EXISTS (
        SELECT FROM fulfilment_shortage s WHERE s.order_id = l.order_id AND s.closed_at IS NULL)
    ORDER BY l.order_id DESC LIMIT %s
) AS x ON CONFLICT DO NOTHING
"""
_TAKEN_BACK = """
WITH gone AS (
    DELETE FROM fulfilment_linestock WHERE order_id IN (SELECT order_id FROM fulfilment_fulfilmentdue)
    RETURNING sku_id, reserved
)
UPDATE fulfilment_sku s SET reserved = s.reserved - g.reserved
FROM (SELECT sku_id, sum(reserved) AS reserved FROM gone GROUP BY sku_id) AS g WHERE s.id = g.sku_id
"""


def run_settle(store: str, count: str) -> dict[str, Any]:
    """Settle orders that have what they want already, then the same ones as if they had just been paid."""
    shop = Store.objects.get(code=store)
    return {"again": _settled(shop, int(count), is_new=False), "new": _settled(shop, int(count), is_new=True)}


def _settled(store: Store, count: int, *, is_new: bool) -> dict[str, Any]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_DUE, [store.pk, count + WARM])
            if is_new:
                cursor.execute(_TAKEN_BACK)
        settle_due(store=store, at=timezone.now(), limit=WARM)
        found = _timed(lambda: settle_due(store=store, at=timezone.now(), limit=count))
        transaction.set_rollback(True)
    return found


def _timed(work: Callable[[], int]) -> dict[str, Any]:
    started, cpu = time.perf_counter(), time.process_time()
    count = work()
    return {"count": count, "seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - cpu}


def run_watch(store: str) -> dict[str, Any]:
    """Look at every watched parcel, once to write what is due and once more."""
    shop = Store.objects.get(code=store)
    with transaction.atomic():
        find_anomalies(store=shop, at=timezone.now())
        found = _timed(lambda: find_anomalies(store=shop, at=timezone.now()).watched)
        transaction.set_rollback(True)
    return found


def run_trace(store: str, calls: str) -> dict[str, Any]:
    """Tell a new event of each of many parcels, so many at once as one call may."""
    shop, now = Store.objects.get(code=store), timezone.now()
    parcels = Shipment.objects.for_store(shop).order_by("-shipped_at", "-pk")
    numbers = list(parcels.values_list("tracking_number", flat=True)[: int(calls) * MOST_AT_ONCE])
    events = [
        TraceEvent(number=number, at=now - timedelta(minutes=5), text="快件到达【武汉转运中心】", place="湖北武汉")
        for number in numbers
    ]
    with transaction.atomic():
        found = _timed(
            lambda: sum(_told(shop, events[at : at + MOST_AT_ONCE]) for at in range(0, len(events), MOST_AT_ONCE))
        )
        transaction.set_rollback(True)
    return found


def _told(store: Store, events: list[TraceEvent]) -> int:
    return record_trace(store=store, events=events, source="api", at=timezone.now()).new


RUNS: dict[str, Callable[..., dict[str, Any]]] = {"settle": run_settle, "watch": run_watch, "trace": run_trace}
