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
SELECT slot.store_id, slot.day, product.*
FROM slot CROSS JOIN LATERAL (
    WITH line AS MATERIALIZED (
        SELECT o.id AS order_id, o.gross_paid, o.refunded, l.id, l.title_id, l.product_id, l.sku_code, l.quantity,
            l.paid, l.refunded AS line_refunded
        FROM orders_order AS o JOIN orders_orderline AS l ON l.order_id = o.id
        WHERE o.store_id = slot.store_id AND o.paid_at >= slot.starts AND o.paid_at < slot.ends
            AND NOT (l.is_gift AND l.key LIKE 'gift:%%')
    ),
    several AS MATERIALIZED (SELECT order_id FROM line GROUP BY order_id HAVING count(*) > 1),
    whole AS MATERIALIZED (
        SELECT order_id, gross_paid > 0 AND count(paid) = count(*) AND sum(paid) = gross_paid
            AND (refunded = 0 OR sum(line_refunded) = refunded) AS is_exact
        FROM line JOIN several USING (order_id)
        GROUP BY order_id, gross_paid, refunded
    ),
    odd AS (
        SELECT line.*, gross_paid * 100 AS paid_fen, line.refunded * 100 AS refunded_fen,
            CASE
                WHEN count(line.paid) OVER whole = count(*) OVER whole AND sum(line.paid) OVER whole > 0 THEN line.paid
                WHEN count(l.price) OVER whole = count(*) OVER whole AND sum(p.listed) OVER whole > 0 THEN p.listed
                ELSE line.quantity
            END AS weight,
            sum(line_refunded) OVER whole AS refunds
        FROM line JOIN whole ON whole.order_id = line.order_id AND NOT whole.is_exact
        JOIN orders_orderline AS l ON l.id = line.id
        CROSS JOIN LATERAL (SELECT CASE WHEN l.is_gift THEN 0 ELSE l.price * l.quantity END) AS p (listed)
        WINDOW whole AS (PARTITION BY line.order_id)
    ),
    running AS (
        SELECT odd.*, sum(weight) OVER whole AS total, sum(weight) OVER upto AS reached,
            refund_weight, sum(refund_weight) OVER whole AS refund_total, sum(refund_weight) OVER upto AS refund_reached
        FROM odd
        CROSS JOIN LATERAL (SELECT CASE WHEN refunds > 0 THEN line_refunded ELSE weight END) AS r (refund_weight)
        WINDOW whole AS (PARTITION BY order_id),
            upto AS (PARTITION BY order_id ORDER BY title_id, id ROWS UNBOUNDED PRECEDING)
    ),
    shared AS (
        SELECT title_id, product_id, sku_code, quantity, gross_paid, refunded, true AS is_first
        FROM line WHERE order_id NOT IN (SELECT order_id FROM several)
        UNION ALL
        SELECT title_id, product_id, sku_code, quantity, paid, CASE WHEN refunded = 0 THEN 0 ELSE line_refunded END,
            row_number() OVER (PARTITION BY order_id, title_id ORDER BY id) = 1
        FROM line JOIN whole USING (order_id) WHERE is_exact
        UNION ALL
        SELECT title_id, product_id, sku_code, quantity,
            (div(2 * paid_fen * reached + total, 2 * total)
                - div(2 * paid_fen * (reached - weight) + total, 2 * total)) / 100,
            CASE WHEN refunded = 0 THEN 0 ELSE
                (div(2 * refunded_fen * refund_reached + refund_total, 2 * refund_total)
                    - div(2 * refunded_fen * (refund_reached - refund_weight) + refund_total, 2 * refund_total)) / 100
            END,
            row_number() OVER (PARTITION BY order_id, title_id ORDER BY id) = 1
        FROM running
    )
    SELECT title_id, product_id, sku_code, count(*) AS line_count, count(*) FILTER (WHERE is_first) AS order_count,
        sum(quantity) AS piece_count, sum(gross_paid) AS gross_paid, sum(refunded) AS refunded
    FROM shared
    GROUP BY title_id, product_id, sku_code
) AS product
"""

PRODUCT_SALES = Rollup(
    model=ProductSales,
    keys=("title_id", "product_id", "sku_code"),
    values=("line_count", "order_count", "piece_count", "gross_paid", "refunded"),
    source=SQL,
    is_gathered=True,
)
