"""What several rollups read, gathered once by the statement that refreshes them together.

`slot` is a store and a day with its half-open time. A source that goes from `slot` to the orders of each day in a
lateral subquery needs no day of its own per order, groups one day at a time, and is as quick for a year as for a day.

`paid` are the sums of each slot's paid orders: per hour of payment, per receiving province, and per
payment method, as `part` says. What is not read costs nothing: PostgreSQL leaves it out.
"""

SHARED = """
slot AS (
    SELECT s.store_id, d.day, d.starts, d.ends
    FROM unnest(%(stores)s::bigint[]) AS s (store_id)
    CROSS JOIN unnest(%(days)s::date[], %(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS d (day, starts, ends)
),
paid AS MATERIALIZED (
    SELECT slot.store_id, slot.day, sums.*
    FROM slot CROSS JOIN LATERAL (
        SELECT CASE grouping(hour, province, payment_method) WHEN 3 THEN 'hour' WHEN 5 THEN 'province'
                ELSE 'payment_method' END AS part,
            hour, province, payment_method, count(*) AS order_count, sum(pieces) AS piece_count,
            sum(gross_paid) AS gross_paid, sum(refunded) AS refunded
        FROM (
            SELECT date_part('hour', o.paid_at AT TIME ZONE %(zone)s)::smallint AS hour, o.province, o.payment_method,
                o.piece_count - o.gift_count AS pieces, o.gross_paid, o.refunded
            FROM orders_order AS o
            WHERE o.store_id = slot.store_id AND o.paid_at >= slot.starts AND o.paid_at < slot.ends
            OFFSET 0
        ) AS o
        GROUP BY GROUPING SETS (hour, province, payment_method)
    ) AS sums
)
"""
