"""Sales by product: one row per store, day of payment (settings.TIME_ZONE), title, item and merchant code; money is CNY.

An order's money is split over its lines, so that the products of a day sum to the day's money to the fen:

- by what each line paid, where the file says it for all of them (then a line gets exactly that, unless order money
  such as postage stands beside it, which is split in the same proportion);
- else by list price times pieces, gifts at nothing, where every price is known; else by pieces.

Refunds are split by what was refunded on each line, where the file says it; else like the money. Line n gets the
rounded sum of the first n shares less that of the first n - 1: exact in sum, within a fen each.
"""

from analytics.models import ProductSales
from analytics.rollups.frame import Rollup

SQL = """
SELECT store_id, day, title_id, product_id, sku_code, count(*) AS line_count,
    count(*) FILTER (WHERE before IS DISTINCT FROM title_id) AS order_count, sum(quantity) AS piece_count,
    sum(div(2 * gross_paid * upto + total, 2 * total) - div(2 * gross_paid * (upto - weight) + total, 2 * total)) / 100
        AS gross_paid,
    sum(CASE WHEN refunded = 0 THEN 0 ELSE
        div(2 * refunded * refund_upto + refund_total, 2 * refund_total)
        - div(2 * refunded * (refund_upto - refund_weight) + refund_total, 2 * refund_total) END) / 100 AS refunded
FROM (
    SELECT weighed.*, sum(weight) OVER whole AS total, sum(weight) OVER running AS upto,
        sum(refund_weight) OVER whole AS refund_total, sum(refund_weight) OVER running AS refund_upto,
        lag(title_id) OVER running AS before
    FROM (
        SELECT lines.*, CASE WHEN refund_known > 0 THEN line_refunded ELSE weight END AS refund_weight
        FROM (
            SELECT o.store_id, (o.paid_at AT TIME ZONE %(zone)s)::date AS day, o.id AS order_id,
                o.gross_paid * 100 AS gross_paid, o.refunded * 100 AS refunded,
                l.id, l.title_id, l.product_id, l.sku_code, l.quantity, l.refunded AS line_refunded,
                sum(l.refunded) OVER whole AS refund_known,
                CASE
                    WHEN count(l.paid) OVER whole = count(*) OVER whole AND sum(l.paid) OVER whole > 0 THEN l.paid
                    WHEN count(l.price) OVER whole = count(*) OVER whole
                        AND sum(l.price * l.quantity) FILTER (WHERE NOT l.is_gift) OVER whole > 0
                        THEN CASE WHEN l.is_gift THEN 0 ELSE l.price * l.quantity END
                    ELSE l.quantity
                END AS weight
            FROM orders_order AS o JOIN orders_orderline AS l ON l.order_id = o.id
            WHERE o.store_id = ANY(%(stores)s) AND o.paid_at >= %(start)s AND o.paid_at < %(end)s
            WINDOW whole AS (PARTITION BY o.id)
        ) AS lines
    ) AS weighed
    WINDOW whole AS (PARTITION BY order_id), running AS (PARTITION BY order_id ORDER BY title_id, id)
) AS shared
GROUP BY store_id, day, title_id, product_id, sku_code
"""

PRODUCT_SALES = Rollup(
    model=ProductSales,
    keys=("title_id", "product_id", "sku_code"),
    values=("line_count", "order_count", "piece_count", "gross_paid", "refunded"),
    source=SQL,
)
