"""Marks of days to roll up again, written by the database itself so that every writer of orders leaves them."""

from django.db import migrations

# Only what a rollup reads counts as a change: a status, a flag or a claim marks nothing.
ORDERS = """
CREATE FUNCTION analytics_mark_orders() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO analytics_dirtyday (store_id, day)
        SELECT DISTINCT store_id, (moment AT TIME ZONE 'Asia/Shanghai')::date FROM (
            SELECT v.store_id, v.moment FROM new_rows n JOIN old_rows o USING (id)
                CROSS JOIN LATERAL (VALUES (n.store_id, n.paid_at), (o.store_id, o.paid_at)) AS v (store_id, moment)
                WHERE (n.paid_at IS NOT NULL OR o.paid_at IS NOT NULL)
                AND (n.store_id, n.paid_at, n.gross_paid, n.refunded, n.province, n.payment_method, n.buyer_id, n.piece_count)
                    IS DISTINCT FROM
                    (o.store_id, o.paid_at, o.gross_paid, o.refunded, o.province, o.payment_method, o.buyer_id, o.piece_count)
            UNION ALL
            SELECT v.store_id, v.moment FROM new_rows n JOIN old_rows o USING (id)
                CROSS JOIN LATERAL (VALUES (n.store_id, n.placed_at), (o.store_id, o.placed_at)) AS v (store_id, moment)
                WHERE (n.store_id, n.placed_at, n.paid_at IS NULL) IS DISTINCT FROM (o.store_id, o.placed_at, o.paid_at IS NULL)
        ) AS changed WHERE moment IS NOT NULL;
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO analytics_dirtyday (store_id, day)
        SELECT DISTINCT n.store_id, (v.moment AT TIME ZONE 'Asia/Shanghai')::date
        FROM new_rows n CROSS JOIN LATERAL (VALUES (n.placed_at), (n.paid_at)) AS v (moment) WHERE v.moment IS NOT NULL;
    ELSE
        INSERT INTO analytics_dirtyday (store_id, day)
        SELECT DISTINCT o.store_id, (v.moment AT TIME ZONE 'Asia/Shanghai')::date
        FROM old_rows o CROSS JOIN LATERAL (VALUES (o.placed_at), (o.paid_at)) AS v (moment) WHERE v.moment IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER order_dirty_insert AFTER INSERT ON orders_order REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_orders();
CREATE TRIGGER order_dirty_update AFTER UPDATE ON orders_order REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_orders();
CREATE TRIGGER order_dirty_delete AFTER DELETE ON orders_order REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_orders();
"""
ORDERS_UNDO = """
DROP TRIGGER order_dirty_insert ON orders_order;
DROP TRIGGER order_dirty_update ON orders_order;
DROP TRIGGER order_dirty_delete ON orders_order;
DROP FUNCTION analytics_mark_orders();
"""

LINES = """
CREATE FUNCTION analytics_mark_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO analytics_dirtyday (store_id, day)
        SELECT DISTINCT h.store_id, (h.paid_at AT TIME ZONE 'Asia/Shanghai')::date
        FROM new_rows n JOIN old_rows o USING (id) JOIN orders_order h ON h.id IN (n.order_id, o.order_id)
        WHERE h.paid_at IS NOT NULL
        AND (n.order_id, n.title_id, n.product_id, n.sku_code, n.quantity, n.price, n.paid, n.refunded, n.is_gift)
            IS DISTINCT FROM
            (o.order_id, o.title_id, o.product_id, o.sku_code, o.quantity, o.price, o.paid, o.refunded, o.is_gift);
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO analytics_dirtyday (store_id, day)
        SELECT DISTINCT h.store_id, (h.paid_at AT TIME ZONE 'Asia/Shanghai')::date
        FROM new_rows n JOIN orders_order h ON h.id = n.order_id WHERE h.paid_at IS NOT NULL;
    ELSE
        INSERT INTO analytics_dirtyday (store_id, day)
        SELECT DISTINCT h.store_id, (h.paid_at AT TIME ZONE 'Asia/Shanghai')::date
        FROM old_rows o JOIN orders_order h ON h.id = o.order_id WHERE h.paid_at IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER orderline_dirty_insert AFTER INSERT ON orders_orderline REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_lines();
CREATE TRIGGER orderline_dirty_update AFTER UPDATE ON orders_orderline REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_lines();
CREATE TRIGGER orderline_dirty_delete AFTER DELETE ON orders_orderline REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_lines();
"""
LINES_UNDO = """
DROP TRIGGER orderline_dirty_insert ON orders_orderline;
DROP TRIGGER orderline_dirty_update ON orders_orderline;
DROP TRIGGER orderline_dirty_delete ON orders_orderline;
DROP FUNCTION analytics_mark_lines();
"""


class Migration(migrations.Migration):
    dependencies = [("analytics", "0001_initial"), ("orders", "0002_counters_and_search")]

    operations = [
        migrations.RunSQL(ORDERS, ORDERS_UNDO),
        migrations.RunSQL(LINES, LINES_UNDO),
    ]
