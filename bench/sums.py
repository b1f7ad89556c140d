"""Rollups over the bare GROUP BY that they cannot beat, and what the counters cost."""

import statistics
import time
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from analytics.rollups import ROLLUPS
from analytics.rollups.frame import refresh_all
from analytics.rollups.runs import roll_range
from backoffice.common.clock import business_day, day_bounds, day_start
from backoffice.common.models import Store
from bench.bed import Bed
from bench.output import Row, at_most
from bench.sizes import LARGE, ONE_YEAR

RUNS = 5
CHANGED_ORDERS = 150
RAW = """
SELECT (o.paid_at AT TIME ZONE %(zone)s)::date, o.province, l.sku_code, count(*), sum(l.quantity), sum(l.paid)
FROM orders_order AS o JOIN orders_orderline AS l ON l.order_id = o.id
WHERE o.store_id = %(store)s AND o.paid_at >= %(start)s AND o.paid_at < %(end)s
GROUP BY 1, 2, 3
"""


def rollup_rows(bed: Bed) -> Iterator[Row]:
    store = Store.objects.get(code=LARGE)
    last = business_day(timezone.now()) - timedelta(days=2)
    first = last - timedelta(days=ONE_YEAR)
    raws, rolls, agains = [], [], []
    for _run in range(RUNS):
        raws.append(_raw(store, last, last))
        roll, again = _roll_day(store, last)
        rolls.append(roll)
        agains.append(again)
    day, floor = statistics.median(rolls), statistics.median(raws)
    row = at_most(f"rollup of one day, {bed.sizes.orders:,} orders", 3, day, floor=floor, floor_name="raw GROUP BY")
    row.values["unchanged_ms"] = statistics.median(agains)
    yield row
    raw = _raw(store, first, last)
    yield at_most("full rebuild of the rollups", 3, _rebuild(store, first, last), floor=raw, floor_name="raw GROUP BY")


def _raw(store: Store, first: date, last: date) -> float:
    values: dict[str, Any] = {
        "zone": settings.TIME_ZONE,
        "store": store.pk,
        "start": day_start(first),
        "end": day_bounds(last)[1],
    }
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(RAW, values)
        cursor.fetchall()
    return (time.perf_counter() - started) * 1000


def _roll_day(store: Store, day: date) -> tuple[float, float]:
    """Roll one day up from nothing, then again where nothing changed; in milliseconds, and nothing is kept."""
    with transaction.atomic():
        for rollup in ROLLUPS:
            rollup.rows().filter(store=store, day=day).delete()
        times = [_refresh(store, day) for _turn in range(2)]
        transaction.set_rollback(True)
    return times[0], times[1]


def _refresh(store: Store, day: date) -> float:
    started = time.perf_counter()
    refresh_all(ROLLUPS, [store.pk], day, day)
    return (time.perf_counter() - started) * 1000


def _rebuild(store: Store, first: date, last: date) -> float:
    for rollup in ROLLUPS:
        rollup.rows().filter(store=store).delete()
    started = time.perf_counter()
    roll_range(stores=[store], first=first, last=last, at=timezone.now())
    return (time.perf_counter() - started) * 1000


def counter_rows(bed: Bed) -> Iterator[Row]:
    found = bed.child("counters", str(CHANGED_ORDERS), **bed.as_owner())
    for name, what in (("single", "one order by its service"), ("bulk", f"{found['orders']} orders in one statement")):
        kept, without = found[name]["with_ms"], found[name]["without_ms"]
        cost = kept / without - 1
        yield Row(
            f"counters' cost on a status change, {what}", "≤ 10 %", f"{cost:+.1%}", kept / without,
            f"no trigger {without:.2f} ms/order", cost <= 0.10, found[name],  # noqa: PLR2004 -- the goal
        )  # fmt: skip
