"""Counters, open lines and two-character search, kept by the database itself so that every writer keeps them."""

from django.db import migrations

GRAMS = """
CREATE FUNCTION orders_grams(source text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT substr(lower(source), i, 2)), '{}')
    FROM generate_series(1, greatest(length(source) - 1, 1)) AS i
$$;
CREATE INDEX buyer_nick_grams ON orders_buyer USING gin (orders_grams(nick)) WITH (fastupdate = off);
CREATE INDEX producttitle_text_grams ON orders_producttitle USING gin (orders_grams(text)) WITH (fastupdate = off);
"""
GRAMS_UNDO = """
DROP INDEX producttitle_text_grams;
DROP INDEX buyer_nick_grams;
DROP FUNCTION orders_grams(text);
"""

# One statement changes at most a few (store, status) pairs; the slot is the backend's, so that writers seldom meet.
COUNTS = """
CREATE FUNCTION orders_count_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE my_slot smallint := pg_backend_pid() % 8;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO orders_ordercount AS c (store_id, status, slot, count)
        SELECT store_id, key, my_slot, sum(n) FROM (
            SELECT n.store_id, n.status AS key, 1 AS n FROM new_rows n JOIN old_rows o USING (id)
                WHERE n.status <> o.status OR n.store_id <> o.store_id
            UNION ALL SELECT o.store_id, o.status, -1 FROM new_rows n JOIN old_rows o USING (id)
                WHERE n.status <> o.status OR n.store_id <> o.store_id
            UNION ALL SELECT n.store_id, 'open_refund', CASE WHEN n.has_open_refund THEN 1 ELSE -1 END
                FROM new_rows n JOIN old_rows o USING (id) WHERE n.has_open_refund <> o.has_open_refund
        ) AS d GROUP BY store_id, key HAVING sum(n) <> 0 ORDER BY store_id, key
        ON CONFLICT (store_id, status, slot) DO UPDATE SET count = c.count + excluded.count;
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO orders_ordercount AS c (store_id, status, slot, count)
        SELECT store_id, key, my_slot, count(*) FROM (
            SELECT store_id, status AS key FROM new_rows
            UNION ALL SELECT store_id, 'open_refund' FROM new_rows WHERE has_open_refund
        ) AS d GROUP BY store_id, key ORDER BY store_id, key
        ON CONFLICT (store_id, status, slot) DO UPDATE SET count = c.count + excluded.count;
    ELSE
        INSERT INTO orders_ordercount AS c (store_id, status, slot, count)
        SELECT store_id, key, my_slot, -count(*) FROM (
            SELECT store_id, status AS key FROM old_rows
            UNION ALL SELECT store_id, 'open_refund' FROM old_rows WHERE has_open_refund
        ) AS d GROUP BY store_id, key ORDER BY store_id, key
        ON CONFLICT (store_id, status, slot) DO UPDATE SET count = c.count + excluded.count;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER order_count_insert AFTER INSERT ON orders_order REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION orders_count_change();
CREATE TRIGGER order_count_update AFTER UPDATE ON orders_order REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION orders_count_change();
CREATE TRIGGER order_count_delete AFTER DELETE ON orders_order REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION orders_count_change();
"""
COUNTS_UNDO = """
DROP TRIGGER order_count_insert ON orders_order;
DROP TRIGGER order_count_update ON orders_order;
DROP TRIGGER order_count_delete ON orders_order;
DROP FUNCTION orders_count_change();
"""

OPEN_LINES = """
CREATE FUNCTION orders_openline_of_orders() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM orders_openline l USING new_rows n JOIN old_rows o USING (id)
        WHERE l.order_id = n.id AND n.status IS DISTINCT FROM o.status
        AND n.status NOT IN ('pending_shipment', 'partially_shipped');
    UPDATE orders_openline l SET status = n.status, ship_by = n.ship_by FROM new_rows n JOIN old_rows o USING (id)
        WHERE l.order_id = n.id AND (n.status, n.ship_by) IS DISTINCT FROM (o.status, o.ship_by)
        AND n.status IN ('pending_shipment', 'partially_shipped');
    INSERT INTO orders_openline (line_id, store_id, order_id, title_id, sku_code, status, ship_by)
        SELECT i.id, i.store_id, i.order_id, i.title_id, i.sku_code, n.status, n.ship_by
        FROM new_rows n JOIN old_rows o USING (id) JOIN orders_orderline i ON i.order_id = n.id
        WHERE n.status IN ('pending_shipment', 'partially_shipped')
        AND o.status NOT IN ('pending_shipment', 'partially_shipped')
    ON CONFLICT (line_id) DO NOTHING;
    RETURN NULL;
END $$;
CREATE FUNCTION orders_openline_of_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM orders_openline l USING old_rows o WHERE l.line_id = o.id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO orders_openline (line_id, store_id, order_id, title_id, sku_code, status, ship_by)
            SELECT i.id, i.store_id, i.order_id, i.title_id, i.sku_code, n.status, n.ship_by
            FROM new_rows i JOIN orders_order n ON n.id = i.order_id
            WHERE n.status IN ('pending_shipment', 'partially_shipped')
        ON CONFLICT (line_id) DO UPDATE SET title_id = excluded.title_id, sku_code = excluded.sku_code;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER order_openline_update AFTER UPDATE ON orders_order REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION orders_openline_of_orders();
CREATE TRIGGER orderline_openline_insert AFTER INSERT ON orders_orderline REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION orders_openline_of_lines();
CREATE TRIGGER orderline_openline_update AFTER UPDATE ON orders_orderline REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION orders_openline_of_lines();
CREATE TRIGGER orderline_openline_delete AFTER DELETE ON orders_orderline REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION orders_openline_of_lines();
CREATE INDEX openline_order ON orders_openline (order_id);
"""
OPEN_LINES_UNDO = """
DROP TRIGGER order_openline_update ON orders_order;
DROP TRIGGER orderline_openline_insert ON orders_orderline;
DROP TRIGGER orderline_openline_update ON orders_orderline;
DROP TRIGGER orderline_openline_delete ON orders_orderline;
DROP FUNCTION orders_openline_of_orders();
DROP FUNCTION orders_openline_of_lines();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [
        migrations.RunSQL(GRAMS, GRAMS_UNDO),
        migrations.RunSQL(COUNTS, COUNTS_UNDO),
        migrations.RunSQL(OPEN_LINES, OPEN_LINES_UNDO),
    ]
