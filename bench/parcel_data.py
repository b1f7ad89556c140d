"""Waybills, pools of numbers, traces and merge marks of a measured shop, straight into the tables."""

from typing import Any

from django.db import connection

from orders.fulfilment.couriers import find_courier
from orders.intake.demo.catalogue import COURIERS

WAYBILLS, TRACED, TROUBLED, POOL = 30_000, 200_000, 5_000, 5_000
LEFT, SETTLED = 50_000, 20_000  # parcels with a waybill that left, and anomalies that are over

_ACCOUNTS = """
INSERT INTO fulfilment_courieraccount (store_id, courier, adapter, options, warn_below, is_default, is_active,
    updated_at)
SELECT %(store)s, courier, 'pool', '{}', 50, n = 1, true, %(now)s
FROM unnest(%(couriers)s::text[]) WITH ORDINALITY AS x (courier, n)
"""
# a shop after a sale: some of what it completed last waits to be packed instead
_BACKLOG = (
    """
    CREATE TEMP TABLE bench_backlog ON COMMIT DROP AS
    SELECT id FROM orders_order WHERE store_id = %(store)s AND status = 'completed' AND refunded = 0
    ORDER BY placed_at DESC LIMIT %(backlog)s
    """,
    "DELETE FROM fulfilment_shipment WHERE order_id IN (SELECT id FROM bench_backlog)",
    """
    UPDATE orders_order SET status = 'pending_shipment', shipped_at = NULL, completed_at = NULL,
        ship_by = %(now)s::timestamptz + (mod(id, 72) - 20) * interval '1 hour'
    WHERE id IN (SELECT id FROM bench_backlog)
    """,
    "UPDATE orders_orderline SET shipped_quantity = 0 WHERE order_id IN (SELECT id FROM bench_backlog)",
    "SET CONSTRAINTS ALL IMMEDIATE",  # what is still to be checked would keep indexes from being dropped
)
# every tenth open order goes to the same person as the one before it
_SAME_PERSON = """
WITH open AS (
    SELECT o.id, row_number() OVER (ORDER BY o.ship_by, o.id) AS n FROM orders_order o
    WHERE o.store_id = %(store)s AND o.status IN ('pending_shipment', 'partially_shipped') AND o.paid_at IS NOT NULL
)
UPDATE orders_recipient r SET recipient_key = f.recipient_key
FROM open a JOIN open b ON b.n = a.n - 1 JOIN orders_recipient f ON f.order_id = b.id
WHERE mod(a.n, 10) = 0 AND r.order_id = a.id AND f.recipient_key <> ''
"""
_CANDIDATES = """
INSERT INTO fulfilment_mergecandidate (order_id, store_id, recipient_key)
SELECT o.id, %(store)s, r.recipient_key FROM orders_order o JOIN orders_recipient r ON r.order_id = o.id
WHERE o.store_id = %(store)s AND o.status IN ('pending_shipment', 'partially_shipped') AND o.paid_at IS NOT NULL
    AND NOT (o.refunded >= o.gross_paid AND o.gross_paid > 0) AND r.recipient_key <> ''
"""
# three of four orders that may ship have a parcel; one of twenty recipients with several orders gets one parcel
_PACKED = """
CREATE TEMP TABLE bench_packed ON COMMIT DROP AS
SELECT o.id AS order_id, o.ship_by, r.recipient_key,
    CASE WHEN mod(('x' || right(r.recipient_key, 4))::bit(16)::int, 4) = 1 THEN r.recipient_key ELSE o.id::text END
        AS parcel
FROM orders_order o JOIN orders_recipient r ON r.order_id = o.id
WHERE o.store_id = %(store)s AND o.status = 'pending_shipment' AND o.acceptance = 'accepted' AND o.hold_kinds = '{}'
    AND o.paid_at IS NOT NULL AND mod(('x' || right(r.recipient_key, 4))::bit(16)::int, 4) <> 0
    AND r.recipient_key <> '' ORDER BY o.ship_by DESC LIMIT %(waybills)s
"""
_PARCELS = """
CREATE TEMP TABLE bench_waybill ON COMMIT DROP AS
SELECT nextval(pg_get_serial_sequence('fulfilment_waybill', 'id')) AS id, x.*,
    (ARRAY['draft', 'numbered', 'printed', 'printed'])[1 + mod(n, 4)] AS state,
    (%(couriers)s::text[])[1 + mod(n / 4, 4)] AS courier
FROM (
    SELECT parcel, min(recipient_key) AS recipient_key, min(ship_by) AS ship_by, count(*) AS orders,
        row_number() OVER (ORDER BY parcel) AS n FROM bench_packed GROUP BY parcel
) AS x
"""
_WAYBILLS = """
INSERT INTO fulfilment_waybill (id, store_id, courier, number, state, recipient_key, order_count, ship_by, problem,
    created_by_id, created_at, printed_at, print_count, void_reason, version)
SELECT id, %(store)s, courier, CASE WHEN state <> 'draft' THEN courier || 'N' || lpad(id::text, 11, '0') ELSE '' END,
    state,
    recipient_key, orders, ship_by, '', %(user)s, %(now)s, CASE WHEN state = 'printed' THEN %(now)s::timestamptz END,
    (state = 'printed')::int, '', 1
FROM bench_waybill
"""
_WAYBILL_LINES = """
INSERT INTO fulfilment_waybillline (waybill_id, order_id, line_id, quantity)
SELECT w.id, l.order_id, l.id, l.quantity - l.shipped_quantity
FROM bench_waybill w JOIN bench_packed p USING (parcel) JOIN orders_orderline l ON l.order_id = p.order_id
WHERE l.quantity > l.shipped_quantity
"""
_PRINTS = """
INSERT INTO fulfilment_printrecord (store_id, order_id, waybill_id, paper, printed_by_id, printed_at)
SELECT %(store)s, p.order_id, w.id, 'waybill', %(user)s, %(now)s
FROM bench_waybill w JOIN bench_packed p USING (parcel) WHERE w.state = 'printed'
"""
_POOL = """
INSERT INTO fulfilment_poolnumber (account_id, number, state, waybill_id, taken_at, added_at)
SELECT a.id, a.courier || 'N' || lpad(w.id::text, 11, '0'), 'used', w.id, %(now)s, %(now)s
FROM bench_waybill w JOIN fulfilment_courieraccount a ON a.store_id = %(store)s AND a.courier = w.courier
WHERE w.state <> 'draft'
UNION ALL
SELECT a.id, a.courier || 'F' || lpad(n::text, 11, '0'), 'free', NULL, NULL, %(now)s
FROM fulfilment_courieraccount a CROSS JOIN generate_series(1, %(pool)s) AS n WHERE a.store_id = %(store)s
"""
# What was received was signed for; what left in the last five days is moving; of the rest some are in trouble.
_FATES = """
CREATE TEMP TABLE bench_parcel ON COMMIT DROP AS
SELECT x.*, CASE WHEN status <> 'shipped' THEN 'signed' WHEN shipped_at >= %(moving)s THEN 'moving'
    WHEN place > %(troubled)s THEN 'signed' WHEN mod(place, 10) < 2 THEN 'unseen' WHEN mod(place,
        10) = 2 THEN 'returned'
    WHEN mod(place, 10) = 3 THEN 'elsewhere' ELSE 'silent' END AS fate
FROM (
    SELECT p.id, p.order_id, p.shipped_at, o.status, o.province, o.city, p.shipped_at >= %(recent)s AS is_recent,
        row_number() OVER (PARTITION BY o.status = 'shipped' AND p.shipped_at < %(moving)s ORDER BY p.id DESC) AS place,
        least(coalesce(o.completed_at, p.shipped_at + interval '4 days'), %(now)s) AS ends_at
    FROM (
        SELECT id, order_id, shipped_at FROM fulfilment_shipment WHERE store_id = %(store)s
        ORDER BY shipped_at DESC LIMIT %(traced)s
    ) AS p JOIN orders_order o ON o.id = p.order_id
) AS x
"""
_EVENTS = """
INSERT INTO fulfilment_trackingevent (store_id, shipment_id, at, state, place, text, source, digest, received_at)
SELECT %(store)s, id, at, state, place, text, 'api', md5(id || ' ' || turn), at FROM (
    SELECT id, 1 AS turn, least(shipped_at + interval '4 hours', ends_at) AS at, 'picked_up' AS state,
        '浙江杭州' AS place, '【杭州市】已揽收' AS text
    FROM bench_parcel WHERE fate <> 'unseen'
    UNION ALL
    SELECT id, 2, CASE WHEN fate = 'moving' THEN greatest(shipped_at, %(now)s::timestamptz - interval '20 hours')
        + interval '5 hours' ELSE shipped_at + (ends_at - shipped_at) / 2 END, 'in_transit', '江苏南京',
            '快件到达【南京转运中心】'
    FROM bench_parcel WHERE fate <> 'unseen'
    UNION ALL
    SELECT id, 3, CASE WHEN fate = 'moving' THEN greatest(shipped_at, %(now)s::timestamptz - interval '20 hours')
        + interval '6 hours' WHEN fate = 'silent' THEN shipped_at + (ends_at - shipped_at) / 2 + interval '1 hour'
        ELSE ends_at END,
        CASE fate WHEN 'moving' THEN 'delivering' WHEN 'silent' THEN 'in_transit' WHEN 'returned' THEN 'returned'
            ELSE 'signed' END,
        CASE WHEN fate = 'elsewhere' THEN CASE WHEN province = '云南' THEN '广东广州' ELSE '云南昆明' END
            ELSE province || city END,
        CASE fate WHEN 'moving' THEN '派送中' WHEN 'silent' THEN '离开【南京转运中心】'
            WHEN 'returned' THEN '退回寄件人'
            ELSE '已签收,本人签收' END
    FROM bench_parcel WHERE fate <> 'unseen'
) AS told WHERE at <= %(now)s ORDER BY at
"""
_NEWS = """
UPDATE fulfilment_shipment p SET trace_state = coalesce(e.state, ''), last_event_at = e.last_at,
    last_event = coalesce(e.last_text, ''), picked_up_at = e.picked_up_at, signed_at = e.signed_at,
    is_watched = b.is_recent AND b.fate NOT IN ('signed')
FROM bench_parcel b LEFT JOIN (
    SELECT shipment_id, (array_agg(state ORDER BY at DESC, id DESC))[1] AS state, max(at) AS last_at,
        (array_agg(text ORDER BY at DESC, id DESC))[1] AS last_text, min(at) AS picked_up_at,
        min(at) FILTER (WHERE state = 'signed') AS signed_at
    FROM fulfilment_trackingevent WHERE store_id = %(store)s GROUP BY shipment_id
) AS e ON e.shipment_id = b.id
WHERE p.id = b.id
"""
_LEFT = """
WITH gone AS (
    SELECT nextval(pg_get_serial_sequence('fulfilment_waybill', 'id')) AS id, p.id AS parcel, p.courier,
        p.tracking_number,
        p.shipped_at, b.order_id FROM bench_parcel b JOIN fulfilment_shipment p ON p.id = b.id
    ORDER BY b.shipped_at DESC LIMIT %(left)s
), made AS (
    INSERT INTO fulfilment_waybill (id, store_id, courier, number, state, recipient_key, order_count, problem,
        created_at,
        printed_at, print_count, shipped_at, shipped_by_id, void_reason, version)
    SELECT id, %(store)s, courier, tracking_number, 'shipped', '', 1, '', shipped_at, shipped_at, 1, shipped_at,
        %(user)s,
        '', 3 FROM gone ON CONFLICT DO NOTHING RETURNING id
)
UPDATE fulfilment_shipment p SET waybill_id = gone.id, shipped_by_id = %(user)s FROM gone JOIN made USING (id)
WHERE p.id = gone.parcel
"""
_SETTLED = """
INSERT INTO fulfilment_anomaly (store_id, shipment_id, order_id, kind, opened_at, detail, closed_at, closed_by_id,
    outcome,
    version)
SELECT %(store)s, id, order_id, 'silent', shipped_at + interval '60 hours', '{}', ends_at, %(user)s, '已签收', 2
FROM bench_parcel WHERE fate = 'signed' AND ends_at > shipped_at + interval '60 hours' ORDER BY ends_at
    LIMIT %(settled)s
"""
_CONTENT = """
INSERT INTO fulfilment_shipmentline (shipment_id, line_id, quantity)
SELECT b.id, l.id, l.quantity FROM bench_parcel b JOIN orders_orderline l ON l.order_id = b.order_id
"""
_WATCHED = "UPDATE common_store SET parcels_watched_since = %(recent)s WHERE id = %(store)s"
STEPS = (
    _ACCOUNTS, _SAME_PERSON, _CANDIDATES, _PACKED, _PARCELS, _WAYBILLS, _WAYBILL_LINES, _PRINTS, _POOL, _FATES, _EVENTS,
    _NEWS, _LEFT, _SETTLED, _CONTENT, _WATCHED,
)  # fmt: skip


def wait_for_parcels(values: dict[str, Any]) -> None:
    """Let so many orders wait to be packed that every desk has long lists."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM orders_order WHERE store_id = %(store)s", values)
        backlog = min(WAYBILLS * 4 // 3, cursor.fetchone()[0] // 25)
        for step in _BACKLOG:
            cursor.execute(step, values | {"backlog": backlog})


def send_parcels(values: dict[str, Any]) -> None:
    """Plan parcels for orders that may ship, and let the parcels that left be traced."""
    codes = [courier.code for name, _number in COURIERS if (courier := find_courier(name))]
    own = {
        "couriers": codes, "waybills": WAYBILLS, "pool": POOL, "traced": TRACED, "troubled": TROUBLED,
        "left": LEFT, "settled": SETTLED,
    }  # fmt: skip
    with connection.cursor() as cursor:
        for step in STEPS:
            cursor.execute(step, values | own)
