"""Sales by product: one row per store, day of payment (settings.TIME_ZONE), title, item and code; money is CNY.

An order's money is split over its lines, so that the products of a day sum to the day's money to the fen:

- by what each line paid, where the file says it for all of them (then a line gets exactly that, unless order money
  such as postage stands beside it, which is split in the same proportion);
- else by list price times pieces, gifts at nothing, where every price is known; else by pieces.

Refunds are split by what was refunded on each line, where the file says it; else like the money. Line n gets the
rounded sum of the first n shares less that of the first n - 1: exact in sum, within a fen each. Where the lines add up
to the order, as they nearly always do, each has its own amount and nothing is divided.

What the store's own gift rules gave was not sold: here and everywhere such pieces are left out.
"""

from analytics.models import ProductSales
from analytics.rollups.frame import Rollup

SQL = """
WITH line AS MATERIALIZED (
    SELECT o.store_id, (o.paid_at AT TIME ZONE %(zone)s)::date AS day, o.id AS order_id, o.gross_paid, o.refunded,
        l.id, l.title_id, l.product_id, l.sku_code, l.quantity, l.paid, l.refunded AS line_refunded,
        CASE WHEN l.is_gift THEN 0 ELSE l.price * l.quantity END AS listed, l.price
    FROM orders_order AS o JOIN orders_orderline AS l ON l.order_id = o.id
    WHERE o.store_id = ANY(%(stores)s) AND o.paid_at >= %(start)s AND o.paid_at < %(end)s
        AND NOT (l.is_gift AND l.key LIKE 'gift:%%')
),
several AS (SELECT order_id FROM line GROUP BY order_id HAVING count(*) > 1),
weighed AS MATERIALIZED (
    SELECT line.*, row_number() OVER (PARTITION BY order_id, title_id ORDER BY id) = 1 AS is_first,
        sum(line_refunded) OVER whole AS refunds,
        count(paid) OVER whole = count(*) OVER whole AND sum(paid) OVER whole = gross_paid AND gross_paid > 0
            AND (refunded = 0 OR sum(line_refunded) OVER whole = refunded) AS is_exact,
        CASE
            WHEN count(paid) OVER whole = count(*) OVER whole AND sum(paid) OVER whole > 0 THEN paid
            WHEN count(price) OVER whole = count(*) OVER whole AND sum(listed) OVER whole > 0 THEN listed
            ELSE quantity
        END AS weight
    FROM line JOIN several USING (order_id)
    WINDOW whole AS (PARTITION BY order_id)
),
running AS (
    SELECT weighed.*, gross_paid * 100 AS paid_fen, refunded * 100 AS refunded_fen,
        sum(weight) OVER whole AS total, sum(weight) OVER upto AS reached,
        refund_weight, sum(refund_weight) OVER whole AS refund_total, sum(refund_weight) OVER upto AS refund_reached
    FROM weighed
    CROSS JOIN LATERAL (SELECT CASE WHEN refunds > 0 THEN line_refunded ELSE weight END) AS r (refund_weight)
    WHERE NOT is_exact
    WINDOW whole AS (PARTITION BY order_id),
        upto AS (PARTITION BY order_id ORDER BY title_id, id ROWS UNBOUNDED PRECEDING)
),
shared AS (
    SELECT store_id, day, title_id, product_id, sku_code, quantity, gross_paid, refunded, true AS is_first
    FROM line WHERE NOT EXISTS (SELECT FROM several WHERE several.order_id = line.order_id)
    UNION ALL
    SELECT store_id, day, title_id, product_id, sku_code, quantity, paid,
        CASE WHEN refunded = 0 THEN 0 ELSE line_refunded END, is_first
    FROM weighed WHERE is_exact
    UNION ALL
    SELECT store_id, day, title_id, product_id, sku_code, quantity,
        (div(2 * paid_fen * reached + total, 2 * total)
            - div(2 * paid_fen * (reached - weight) + total, 2 * total)) / 100,
        CASE WHEN refunded = 0 THEN 0 ELSE
            (div(2 * refunded_fen * refund_reached + refund_total, 2 * refund_total)
                - div(2 * refunded_fen * (refund_reached - refund_weight) + refund_total, 2 * refund_total)) / 100
        END, is_first
    FROM running
)
SELECT store_id, day, title_id, product_id, sku_code, count(*) AS line_count,
    count(*) FILTER (WHERE is_first) AS order_count, sum(quantity) AS piece_count,
    sum(gross_paid) AS gross_paid, sum(refunded) AS refunded
FROM shared
GROUP BY store_id, day, title_id, product_id, sku_code
"""

PRODUCT_SALES = Rollup(
    model=ProductSales,
    keys=("title_id", "product_id", "sku_code"),
    values=("line_count", "order_count", "piece_count", "gross_paid", "refunded"),
    source=SQL,
)
