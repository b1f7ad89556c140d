"""Products, skus, ledgers and shortages of a measured shop, straight into the tables; their sums agree."""

from typing import Any

from django.db import connection

from orders.core.statuses import STOCK_RULE
from orders.intake.demo.catalogue import SKUS

PRODUCTS, SPECS, SHORT = 20_000, 5, 2_000

_SOLD = """
INSERT INTO fulfilment_product (store_id, code, title, platform_id, brand, supplier, packing_instruction)
SELECT DISTINCT ON (code) %(store)s, code, title, '', '', '', ''
FROM unnest(%(products)s::text[], %(titles)s::text[]) AS x (code, title) ORDER BY code
"""
_UNSOLD = """
INSERT INTO fulfilment_product (store_id, code, title, platform_id, brand, supplier, packing_instruction,
    needs_brand_check)
SELECT %(store)s, 'P' || lpad(n::text, 5, '0'),
    (ARRAY['棉麻', '真丝', '不锈钢', '陶瓷', '实木', '羊毛', '竹纤维', '玻璃'])[1 + mod(n, 8)]
    || (ARRAY['靠垫', '水杯', '餐盘', '毛毯', '台灯', '托盘', '帽子', '手套', '花瓶', '置物架'])[1 + mod(n / 8, 10)]
    || ' 第' || n || '款', (610000000000 + n)::text,
    (ARRAY['示例', '样板', '演示'])[1 + mod(n, 3)], '供应商' || mod(n, 40), '', mod(n, 50) = 0
FROM generate_series(1, %(count)s) AS n
"""
# the first count came before all else that moved; one in fifty was never counted
_SKUS_SOLD = """
INSERT INTO fulfilment_sku (store_id, product_id, code, spec, barcode, location, safety_stock, counted_at)
SELECT %(store)s, p.id, x.code, x.spec, '', 'A-' || row_number() OVER (ORDER BY x.code), 20, %(counted)s
FROM unnest(%(codes)s::text[], %(products)s::text[], %(specs)s::text[]) AS x (code, product, spec)
JOIN fulfilment_product p ON p.store_id = %(store)s AND p.code = x.product
"""
_SKUS_UNSOLD = """
INSERT INTO fulfilment_sku (store_id, product_id, code, spec, barcode, location, safety_stock, counted_at, needs_check)
SELECT %(store)s, p.id, p.code || '-' || n, '颜色分类:' || (ARRAY['白', '黑', '灰', '蓝', '红'])[n] || '色',
    (6900000000000 + p.id * 10 + n)::text, 'B' || mod(p.id, 90) || '-' || n, 5,
    CASE WHEN mod(p.id * 5 + n, 50) <> 0 THEN %(counted)s::timestamptz END, mod(p.id, 100) = 0
FROM fulfilment_product p CROSS JOIN generate_series(1, %(specs_each)s) AS n
WHERE p.store_id = %(store)s AND p.platform_id <> ''
"""
# what is promised, and what left in sixty days; the last that must ship of every fourth sku find nothing
_LINES = """
CREATE TEMP TABLE bench_line ON COMMIT DROP AS
SELECT l.id AS line, l.order_id, s.id AS sku, s.code, l.quantity, o.paid_at, o.shipped_at, o.ship_by,
    o.status IN ('pending_shipment', 'partially_shipped') AS is_open, false AS is_short
FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
JOIN fulfilment_sku s ON s.store_id = %(store)s AND s.code = l.sku_code
WHERE o.store_id = %(store)s AND NOT l.is_closed AND o.paid_at IS NOT NULL AND (
    o.shipped_at >= %(recent)s OR (o.status IN ('pending_shipment', 'partially_shipped')
        AND NOT (o.refunded >= o.gross_paid AND o.gross_paid > 0)))
"""
_SHORT = """
UPDATE bench_line SET is_short = true WHERE line IN (
    SELECT line FROM bench_line WHERE is_open AND mod(sku, 4) = 0
    ORDER BY ship_by DESC NULLS FIRST, order_id DESC LIMIT %(short)s)
"""
_MOVES = """
CREATE TEMP TABLE bench_move ON COMMIT DROP AS
WITH wanted AS (SELECT sku, sum(quantity) AS pieces FROM bench_line WHERE NOT is_short GROUP BY sku)
SELECT s.id AS sku, s.counted_at AS at, 0 AS turn, 'count' AS kind,
    (CASE WHEN w.sku IS NULL THEN CASE WHEN mod(s.id, 37) = 0 THEN 5 ELSE 25 + mod(s.id, 200) END
        ELSE w.pieces + CASE WHEN mod(s.id, 4) = 0 THEN 0 ELSE 500 END END)::int AS on_hand,
    0 AS reserved, NULL::bigint AS order_id, NULL::bigint AS line
FROM fulfilment_sku s LEFT JOIN wanted w ON w.sku = s.id WHERE s.store_id = %(store)s AND s.counted_at IS NOT NULL
UNION ALL
SELECT s.id, %(now)s::timestamptz - interval '45 days', 1, 'receive', 10, 0, NULL, NULL
FROM fulfilment_sku s JOIN fulfilment_product p ON p.id = s.product_id
WHERE s.store_id = %(store)s AND s.counted_at IS NOT NULL AND mod(s.id, 3) = 0 AND p.platform_id <> ''
UNION ALL
SELECT s.id, %(now)s::timestamptz - (mod(s.id + 7 * n, 28) + 1) * interval '1 day', 2, 'ship', -1, 0, NULL, NULL
FROM fulfilment_sku s JOIN fulfilment_product p ON p.id = s.product_id CROSS JOIN generate_series(1, mod(s.id, 4)) AS n
WHERE s.store_id = %(store)s AND s.counted_at IS NOT NULL AND p.platform_id <> ''
UNION ALL
SELECT sku, paid_at, 3, 'reserve', 0, quantity, order_id, line FROM bench_line WHERE NOT is_short
UNION ALL
SELECT sku, shipped_at, 4, 'ship', -quantity, -quantity, order_id, line FROM bench_line WHERE NOT is_open
"""
_LEDGER = """
INSERT INTO fulfilment_stockmovement (store_id, sku_id, kind, on_hand_change, reserved_change, on_hand_after,
    reserved_after, order_id, line_id, reason, at)
SELECT %(store)s, sku, kind, on_hand, reserved, sum(on_hand) OVER moved, sum(reserved) OVER moved, order_id, line,
    '', at
FROM bench_move WINDOW moved AS (
    PARTITION BY sku ORDER BY at, turn, coalesce(line, 0) ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
ORDER BY at, turn, coalesce(line, 0)
"""
_SUMS = """
UPDATE fulfilment_sku s SET on_hand = m.on_hand, reserved = m.reserved
FROM (SELECT sku, sum(on_hand) AS on_hand, sum(reserved) AS reserved FROM bench_move GROUP BY sku) AS m
    WHERE s.id = m.sku
"""
_LINE_STOCK = """
INSERT INTO fulfilment_linestock (line_id, store_id, order_id, sku_id, reserved, shipped, short)
SELECT line, %(store)s, order_id, sku, CASE WHEN is_open AND NOT is_short THEN quantity ELSE 0 END,
    CASE WHEN is_open THEN 0 ELSE quantity END, CASE WHEN is_short THEN quantity ELSE 0 END FROM bench_line
        ORDER BY line
"""
# a third is undecided, a third waits, to the rest another spec was offered
_SHORTAGES = """
INSERT INTO fulfilment_shortage (store_id, order_id, line_id, sku_id, quantity, opened_at, solution, answer,
    expected_on,
    decided_by_id, decided_at, closed_at, outcome)
SELECT %(store)s, order_id, line, sku, quantity, paid_at + interval '1 minute',
    (ARRAY['', 'wait', 'exchange'])[1 + mod(line, 3)], '',
    CASE WHEN mod(line, 3) = 1 THEN %(today)s::date + 7 END, CASE WHEN mod(line, 3) = 1 THEN %(user)s::bigint END,
    CASE WHEN mod(line, 3) = 1 THEN paid_at + interval '1 hour' END, NULL, ''
FROM bench_line WHERE is_short
UNION ALL
SELECT %(store)s, order_id, line, sku, quantity, paid_at + interval '1 minute', '', '', NULL, NULL, NULL,
    shipped_at - interval '1 hour', 'restocked'
FROM bench_line WHERE NOT is_open AND mod(line, 25) = 0
"""
_HOLDS = """
INSERT INTO orders_hold (store_id, order_id, line_id, kind, reason, opened_at, rule, release_reason)
SELECT %(store)s, order_id, line, 'out_of_stock', code, paid_at + interval '1 minute', %(rule)s, ''
FROM bench_line WHERE is_short
"""
_HELD_ORDERS = """
UPDATE orders_order o SET hold_kinds = ARRAY(SELECT DISTINCT unnest(o.hold_kinds || '{out_of_stock}'::varchar[])
    ORDER BY 1)
WHERE o.id IN (SELECT order_id FROM bench_line WHERE is_short)
"""
STEPS = (
    _SOLD, _UNSOLD, _SKUS_SOLD, _SKUS_UNSOLD, _LINES, _SHORT, _MOVES, _LEDGER, _SUMS, _LINE_STOCK, _SHORTAGES, _HOLDS,
    _HELD_ORDERS,
)  # fmt: skip


def fill_shelves(values: dict[str, Any]) -> None:
    """Give a shop its skus with their ledgers, and promise the open orders what is there."""
    codes = [sku.code for sku in SKUS]
    products = [code.partition("-")[0] for code in codes]
    own = {
        "codes": codes, "products": products, "titles": [sku.title for sku in SKUS],
        "specs": [sku.spec for sku in SKUS],
        "count": PRODUCTS - len(set(products)), "specs_each": SPECS, "short": SHORT, "rule": STOCK_RULE,
    }  # fmt: skip
    with connection.cursor() as cursor:
        for step in STEPS:
            cursor.execute(step, values | own)
