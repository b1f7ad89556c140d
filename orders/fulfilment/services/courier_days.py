"""The counts of parcels by courier, day and province: made again from the parcels for every day that was marked."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction

from backoffice.common.clock import day_bounds
from orders.fulfilment.models import EVERYWHERE, CourierDay, CourierDayMark
from orders.fulfilment.traces.histogram import EDGES, SIZE

DAYS_AT_ONCE = 20
_LOCK_SPACE = 0x0A0D1C
Day = tuple[int, date]  # a store's id, and the day

_BUCKET = "width_bucket(extract(epoch FROM {span}) / 3600, %(edges)s::numeric[]) - 1"
_WRITE = f"""
WITH spans (store_id, day, starts, ends) AS (
    SELECT * FROM unnest(%(stores)s::bigint[], %(days)s::date[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
), parcels AS MATERIALIZED (
    SELECT s.store_id, s.day, p.courier, o.province, p.picked_up_at IS NOT NULL AS is_picked_up,
        p.signed_at IS NOT NULL AND p.picked_up_at IS NOT NULL AS is_signed,
        EXISTS (SELECT FROM fulfilment_anomaly a WHERE a.shipment_id = p.id) AS is_troubled,
        greatest({_BUCKET.format(span="p.picked_up_at - p.shipped_at")}, 0) AS pickup,
        greatest({_BUCKET.format(span="p.signed_at - p.picked_up_at")}, 0) AS sign
    FROM spans s JOIN fulfilment_shipment p ON p.store_id = s.store_id AND p.shipped_at >= s.starts
        AND p.shipped_at < s.ends
    JOIN orders_order o ON o.id = p.order_id
), twice AS MATERIALIZED (
    SELECT * FROM parcels UNION ALL
    SELECT store_id, day, courier, %(everywhere)s, is_picked_up, is_signed, is_troubled, pickup, sign FROM parcels
), buckets AS (
    SELECT store_id, day, courier, province, place, count(*) FILTER (WHERE is_pickup) AS pickup,
        count(*) FILTER (WHERE NOT is_pickup) AS sign
    FROM (
        SELECT store_id, day, courier, province, pickup AS place, true AS is_pickup FROM twice WHERE is_picked_up
        UNION ALL SELECT store_id, day, courier, province, sign, false FROM twice WHERE is_signed
    ) AS x GROUP BY 1, 2, 3, 4, 5
), filled AS (
    SELECT k.store_id, k.day, k.courier, k.province,
        array_agg(coalesce(b.pickup, 0)::int ORDER BY g.place) AS pickup,
        array_agg(coalesce(b.sign, 0)::int ORDER BY g.place) AS sign
    FROM (SELECT DISTINCT store_id, day, courier, province FROM twice) AS k
    CROSS JOIN generate_series(0, %(size)s - 1) AS g (place)
    LEFT JOIN buckets b ON (b.store_id, b.day, b.courier, b.province, b.place)
        = (k.store_id, k.day, k.courier, k.province, g.place)
    GROUP BY 1, 2, 3, 4
)
INSERT INTO fulfilment_courierday
    (store_id, day, courier, province, parcels, picked_up, signed, troubled, pickup_hours, sign_hours)
SELECT t.store_id, t.day, t.courier, t.province, count(*), count(*) FILTER (WHERE is_picked_up),
    count(*) FILTER (WHERE is_signed), count(*) FILTER (WHERE is_troubled), f.pickup, f.sign
FROM twice t JOIN filled f USING (store_id, day, courier, province)
GROUP BY t.store_id, t.day, t.courier, t.province, f.pickup, f.sign ORDER BY 1, 4, 2, 3
"""  # noqa: S608 -- the expression above


def recount_marked_days(*, limit: int = DAYS_AT_ONCE) -> int:
    """Count marked days again, the newest first; return how many."""
    rows = CourierDayMark.objects.order_by("-day", "store").values_list("store", "day").distinct()
    marked: list[Day] = list(rows[:limit])
    if marked:
        recount_courier_days(days=marked)
    return len(marked)


@transaction.atomic
def recount_courier_days(*, days: Sequence[Day]) -> None:
    """Make the counts of these days equal to their parcels.

    The marks go before the parcels are read: a change that is committed later than that leaves a mark of its own.
    """
    bounds = [day_bounds(day) for _store, day in days]
    values: dict[str, Any] = {
        "stores": [store for store, _day in days], "days": [day for _store, day in days],
        "starts": [start for start, _end in bounds], "ends": [end for _start, end in bounds],
        "edges": list(EDGES), "size": SIZE, "everywhere": EVERYWHERE,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_LOCK_SPACE])  # two at once: one after the other
        for table in (CourierDayMark, CourierDay):
            cursor.execute(
                f"DELETE FROM {table._meta.db_table} WHERE (store_id, day) IN "  # noqa: S608, SLF001 -- a table's name
                "(SELECT * FROM unnest(%(stores)s::bigint[], %(days)s::date[]))",
                values,
            )
        cursor.execute(_WRITE, values)
