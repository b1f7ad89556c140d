"""Marks of days to roll up again, written by the database itself so that every writer of orders leaves them."""

from django.db import migrations

# Only what a rollup reads counts as a change: a status, a flag or a claim marks nothing. EXCEPT and not a join of old and
# new rows: plpgsql keeps its plans, and the nested loop that suits one row takes seconds on thousands.
ORDERS = """
CREATE FUNCTION analytics_mark_orders() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO analytics_dirtyday (store_id, day)
        SELECT DISTINCT store_id, (moment AT TIME ZONE 'Asia/Shanghai')::date FROM (
            (SELECT id, store_id, paid_at, gross_paid, refunded, province, payment_method, buyer_id, piece_count
                FROM new_rows WHERE paid_at IS NOT NULL EXCEPT
            SELECT id, store_id, paid_at, gross_paid, refunded, province, payment_method, buyer_id, piece_count
                FROM old_rows)
            UNION ALL (SELECT id, store_id, paid_at, gross_paid, refunded, province, payment_method, buyer_id, piece_count
                FROM old_rows WHERE paid_at IS NOT NULL EXCEPT
            SELECT id, store_id, paid_at, gross_paid, refunded, province, payment_method, buyer_id, piece_count
                FROM new_rows)
        ) AS changed (id, store_id, moment)
        UNION
        SELECT store_id, (moment AT TIME ZONE 'Asia/Shanghai')::date FROM (
            (SELECT id, store_id, placed_at, paid_at IS NULL FROM new_rows
                EXCEPT SELECT id, store_id, placed_at, paid_at IS NULL FROM old_rows)
            UNION ALL (SELECT id, store_id, placed_at, paid_at IS NULL FROM old_rows
                EXCEPT SELECT id, store_id, placed_at, paid_at IS NULL FROM new_rows)
        ) AS changed (id, store_id, moment);
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

# Orders are found by their primary key, however many lines the plan was made for.
LINES = """
CREATE FUNCTION analytics_mark_lines() RETURNS trigger LANGUAGE plpgsql
    SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO analytics_dirtyday (store_id, day)
        SELECT DISTINCT h.store_id, (h.paid_at AT TIME ZONE 'Asia/Shanghai')::date FROM (
            (SELECT id, order_id, title_id, product_id, sku_code, quantity, price, paid, refunded, is_gift FROM new_rows
                EXCEPT SELECT id, order_id, title_id, product_id, sku_code, quantity, price, paid, refunded, is_gift FROM old_rows)
            UNION ALL (SELECT id, order_id, title_id, product_id, sku_code, quantity, price, paid, refunded, is_gift FROM old_rows
                EXCEPT SELECT id, order_id, title_id, product_id, sku_code, quantity, price, paid, refunded, is_gift FROM new_rows)
        ) AS changed (id, order_id) JOIN orders_order h ON h.id = changed.order_id WHERE h.paid_at IS NOT NULL;
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
