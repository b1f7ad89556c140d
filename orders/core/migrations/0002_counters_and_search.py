"""Counters, open lines and two-character search, kept by the database itself so that every writer keeps them.

The triggers never join their transition tables: those have no statistics, and a plan made for one row and kept for the
session would take hours with ten thousand. They compare by set operations and go on by arrays of ids.
"""

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

# The slot is the backend's, so that writers seldom meet on one row.
COUNTS = """
CREATE FUNCTION orders_count_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE my_slot smallint := pg_backend_pid() % 8;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO orders_ordercount AS c (store_id, status, slot, count)
        SELECT store_id, key, my_slot, sum(n) FROM (
            SELECT store_id, status AS key, 1 AS n FROM new_rows
            UNION ALL SELECT store_id, status, -1 FROM old_rows
            UNION ALL SELECT store_id, 'open_refund', 1 FROM new_rows WHERE has_open_refund
            UNION ALL SELECT store_id, 'open_refund', -1 FROM old_rows WHERE has_open_refund
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
CREATE FUNCTION orders_open_lines_again(changed bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM orders_openline WHERE order_id = ANY (changed);
    INSERT INTO orders_openline (line_id, store_id, order_id, title_id, sku_code, status, ship_by)
        SELECT i.id, i.store_id, i.order_id, i.title_id, i.sku_code, n.status, n.ship_by
        FROM orders_order n JOIN orders_orderline i ON i.order_id = n.id
        WHERE n.id = ANY (changed) AND n.status IN ('pending_shipment', 'partially_shipped')
    ON CONFLICT (line_id) DO NOTHING;
END $$;
CREATE FUNCTION orders_openline_of_orders() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE changed bigint[];
BEGIN
    SELECT array_agg(id) INTO changed FROM (
        SELECT id, status, ship_by FROM new_rows EXCEPT SELECT id, status, ship_by FROM old_rows
    ) AS d;
    IF changed IS NOT NULL THEN
        PERFORM orders_open_lines_again(changed);
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION orders_openline_of_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE gone bigint[]; changed bigint[];
BEGIN
    IF TG_OP = 'DELETE' THEN
        SELECT array_agg(id) INTO gone FROM old_rows;
        DELETE FROM orders_openline WHERE line_id = ANY (gone);
        RETURN NULL;
    ELSIF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT order_id) INTO changed FROM new_rows;
    ELSE
        SELECT array_agg(DISTINCT order_id) INTO changed FROM (
            SELECT order_id, id, title_id, sku_code FROM new_rows
            EXCEPT SELECT order_id, id, title_id, sku_code FROM old_rows
        ) AS d;
    END IF;
    IF changed IS NOT NULL THEN
        PERFORM orders_open_lines_again(changed);
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
DROP FUNCTION orders_open_lines_again(bigint[]);
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [
        migrations.RunSQL(GRAMS, GRAMS_UNDO),
        migrations.RunSQL(COUNTS, COUNTS_UNDO),
        migrations.RunSQL(OPEN_LINES, OPEN_LINES_UNDO),
    ]
