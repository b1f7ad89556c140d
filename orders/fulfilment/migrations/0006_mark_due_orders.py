"""Orders whose gifts, stock, merge mark or invoice must be looked at again are marked by the database itself.

So every writer marks them: a service, an import's SQL, COPY. Only open orders are marked, and those that have just left
the queue. Whoever changes an order locks it first; rows are written in the order of their keys.
"""

from django.db import migrations

OPEN_LINES = """
CREATE FUNCTION fulfilment_mark_open_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO fulfilment_fulfilmentdue (order_id, store_id, since)
        SELECT DISTINCT c.order_id, c.store_id, now() FROM (
            SELECT line_id, order_id, store_id, sku_code FROM new_rows
            EXCEPT SELECT line_id, order_id, store_id, sku_code FROM old_rows
        ) AS c ORDER BY c.order_id ON CONFLICT DO NOTHING;
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO fulfilment_fulfilmentdue (order_id, store_id, since)
        SELECT DISTINCT order_id, store_id, now() FROM new_rows ORDER BY order_id ON CONFLICT DO NOTHING;
    ELSE
        INSERT INTO fulfilment_fulfilmentdue (order_id, store_id, since)
        SELECT DISTINCT order_id, store_id, now() FROM old_rows ORDER BY order_id ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER openline_due_insert AFTER INSERT ON orders_openline REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION fulfilment_mark_open_lines();
CREATE TRIGGER openline_due_update AFTER UPDATE ON orders_openline REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION fulfilment_mark_open_lines();
CREATE TRIGGER openline_due_delete AFTER DELETE ON orders_openline REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION fulfilment_mark_open_lines();
"""
OPEN_LINES_UNDO = """
DROP TRIGGER openline_due_insert ON orders_openline;
DROP TRIGGER openline_due_update ON orders_openline;
DROP TRIGGER openline_due_delete ON orders_openline;
DROP FUNCTION fulfilment_mark_open_lines();
"""

# what a line needs of the stock: of orders that are open, or that hold stock already
LINES = """
CREATE FUNCTION fulfilment_mark_lines() RETURNS trigger LANGUAGE plpgsql
    SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO fulfilment_fulfilmentdue (order_id, store_id, since)
    SELECT DISTINCT c.order_id, c.store_id, now() FROM (
        SELECT id, order_id, store_id, product_id, agreed_sku_code, quantity, shipped_quantity, is_closed,
            refund_status, refunded FROM new_rows
        EXCEPT SELECT id, order_id, store_id, product_id, agreed_sku_code, quantity, shipped_quantity, is_closed,
            refund_status, refunded FROM old_rows
    ) AS c
    WHERE EXISTS (SELECT FROM orders_openline l WHERE l.order_id = c.order_id)
        OR EXISTS (SELECT FROM fulfilment_linestock s WHERE s.order_id = c.order_id)
    ORDER BY c.order_id ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER orderline_due_update AFTER UPDATE ON orders_orderline
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION fulfilment_mark_lines();
"""
LINES_UNDO = """
DROP TRIGGER orderline_due_update ON orders_orderline;
DROP FUNCTION fulfilment_mark_lines();
"""

RECIPIENTS_AND_WISHES = """
CREATE FUNCTION fulfilment_mark_recipients() RETURNS trigger LANGUAGE plpgsql
    SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO fulfilment_fulfilmentdue (order_id, store_id, since)
    SELECT c.order_id, c.store_id, now() FROM (
        SELECT order_id, store_id, recipient_key FROM new_rows
        EXCEPT SELECT order_id, store_id, recipient_key FROM old_rows
    ) AS c
    WHERE EXISTS (SELECT FROM orders_openline l WHERE l.order_id = c.order_id)
    ORDER BY c.order_id ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER recipient_due_update AFTER UPDATE ON orders_recipient
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION fulfilment_mark_recipients();
CREATE FUNCTION fulfilment_mark_wishes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO fulfilment_fulfilmentdue (order_id, store_id, since)
    SELECT DISTINCT order_id, store_id, now() FROM new_rows WHERE kind = 'invoice' ORDER BY order_id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER wish_due_insert AFTER INSERT ON orders_wish REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION fulfilment_mark_wishes();
"""
RECIPIENTS_AND_WISHES_UNDO = """
DROP TRIGGER recipient_due_update ON orders_recipient;
DROP TRIGGER wish_due_insert ON orders_wish;
DROP FUNCTION fulfilment_mark_recipients();
DROP FUNCTION fulfilment_mark_wishes();
"""
MARK_WHAT_IS_OPEN = """
INSERT INTO fulfilment_fulfilmentdue (order_id, store_id, since)
SELECT DISTINCT order_id, store_id, now() FROM orders_openline ORDER BY order_id ON CONFLICT DO NOTHING;
"""


class Migration(migrations.Migration):
    dependencies = [("fulfilment", "0005_parcel_indexes"), ("orders", "0012_add_outbox")]

    operations = [
        migrations.RunSQL(OPEN_LINES, OPEN_LINES_UNDO),
        migrations.RunSQL(LINES, LINES_UNDO),
        migrations.RunSQL(RECIPIENTS_AND_WISHES, RECIPIENTS_AND_WISHES_UNDO),
        migrations.RunSQL(MARK_WHAT_IS_OPEN, migrations.RunSQL.noop),
    ]
