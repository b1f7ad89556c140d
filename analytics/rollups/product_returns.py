"""What came back of each product, by the day its orders were paid (settings.TIME_ZONE), whenever it was asked for.

One row per store, day and product with an order that has an after-sales case. The return rate of a product over a
period is

    orders paid in the period for which a case on the product was asked for
    ----------------------------------------------------------------------- ,
    orders paid in the period that hold the product

the upper number from here (`order_count`), the lower one from ProductSales (its `order_count`). A case counts from the
moment it is asked for, whatever its kind and whatever becomes of it: also refused, withdrawn and still open ones, and
those before shipping. An order counts once for a product, however many cases it has on it. A case on a whole order of
several products counts for each of them; what the store's own gift rules gave is none of them. `return_count` are those
of the orders with a case whose goods come back, `succeeded_count` those with a case that succeeded, `case_count` all
cases.
"""

from aftersales.refunds.statuses import RETURN_KINDS, RefundState
from analytics.models import ProductReturns
from analytics.rollups.frame import Rollup

SQL = """
SELECT o.store_id, (o.paid_at AT TIME ZONE %(zone)s)::date AS day, coalesce(r.title_id, l.title_id) AS title_id,
    count(DISTINCT r.id) AS case_count, count(DISTINCT r.order_id) AS order_count,
    count(DISTINCT r.order_id) FILTER (WHERE r.kind = ANY(%(return_kinds)s)) AS return_count,
    count(DISTINCT r.order_id) FILTER (WHERE r.status = %(succeeded)s) AS succeeded_count
FROM orders_order AS o
JOIN refunds_refund AS r ON r.order_id = o.id
LEFT JOIN orders_orderline AS l ON r.title_id IS NULL AND l.order_id = r.order_id
    AND NOT (l.is_gift AND l.key LIKE 'gift:%%')
WHERE o.store_id = ANY(%(stores)s) AND o.paid_at >= %(start)s AND o.paid_at < %(end)s
    AND coalesce(r.title_id, l.title_id) IS NOT NULL
GROUP BY 1, 2, 3
"""

PRODUCT_RETURNS = Rollup(
    model=ProductReturns,
    keys=("title_id",),
    values=("case_count", "order_count", "return_count", "succeeded_count"),
    source=SQL,
    constants={"succeeded": RefundState.SUCCEEDED.value, "return_kinds": sorted(kind.value for kind in RETURN_KINDS)},
)
