"""Counting what notes ask for, in SQL: days for the table of counts, and for a page what the table does not hold."""

from orders.notes.statuses import NoteType

QUOTES = 3
TOTAL, UNREAD, TYPE = "total", "unread", "type"  # keys of counts that are no matter of products
# wishes that many buyers share; what one buyer dictates (a name to engrave, an address) is nobody else's
_COUNTED = (
    ("colour", NoteType.COLOUR_SIZE), ("size", NoteType.COLOUR_SIZE), ("gift", NoteType.GIFT),
    ("packing", NoteType.PACKING), ("courier", NoteType.COURIER), ("courier_not", NoteType.COURIER),
    ("delivery_slot", NoteType.DELIVERY_TIME),
)  # fmt: skip
KIND_OF = {key: kind.value for key, kind in _COUNTED}

# To follow `WITH spans (store_id, day, starts, ends) AS (…)`: half-open times, each within its business day. The
# products of an order are looked up order by order (OFFSET 0 keeps it so): joined, the planner reads all lines.
COUNTED = f"""
noted AS MATERIALIZED (
    SELECT s.store_id, s.day, n.id, n.order_id, n.types, n.findings -> 'pairs' AS pairs, n.received_at,
        n.recognised_at IS NOT NULL AS is_read
    FROM spans s CROSS JOIN LATERAL (
        SELECT * FROM notes_buyernote WHERE store_id = s.store_id AND received_at >= s.starts AND received_at < s.ends
        OFFSET 0) AS n
), said AS (
    SELECT store_id, day, id, received_at, 0::bigint AS title_id, '{TOTAL}' AS key, '' AS value FROM noted
    UNION ALL
    SELECT store_id, day, id, received_at, 0, '{UNREAD}', '' FROM noted WHERE NOT is_read
    UNION ALL
    SELECT store_id, day, id, received_at, 0, '{TYPE}', kind
    FROM noted, unnest(CASE WHEN types = '{{}}' THEN ARRAY['']::varchar[] ELSE types END) AS kind WHERE is_read
    UNION ALL
    SELECT n.store_id, n.day, n.id, n.received_at, l.title_id, p.key, p.value
    FROM noted n CROSS JOIN LATERAL jsonb_each_text(n.pairs) AS p
    CROSS JOIN LATERAL (SELECT DISTINCT title_id FROM orders_orderline WHERE order_id = n.order_id OFFSET 0) AS l
    WHERE n.is_read AND p.key IN ({", ".join(f"'{key}'" for key in KIND_OF)})
), counted AS (
    SELECT store_id, day, title_id, key, value, count(*) AS count,
        (array_agg(id ORDER BY received_at DESC, id DESC))[:{QUOTES}] AS latest
    FROM said GROUP BY store_id, day, title_id, key, value
)
"""  # noqa: S608 -- the constants above
