"""A line that stood for an order until its detail came goes away; its cases go over to the line that takes its place.

Where several do, nobody but staff can tell which one is meant: the case is then about the whole order, or, if such a
case is open already, about the first line.
"""

from django.db import migrations

LEAVE = """
CREATE FUNCTION refunds_leave_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    real bigint[]; heir bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM refunds_refund WHERE line_id = OLD.id) THEN
        RETURN OLD;
    END IF;
    SELECT array_agg(id ORDER BY position, id) INTO real FROM orders_orderline
        WHERE order_id = OLD.order_id AND id <> OLD.id AND NOT is_gift;
    IF cardinality(real) = 1 OR EXISTS (
        SELECT FROM refunds_refund
        WHERE order_id = OLD.order_id AND line_id IS NULL AND status NOT IN ('succeeded', 'closed')
    ) THEN
        heir := real[1];
    END IF;
    UPDATE refunds_refund SET line_id = heir, version = version + 1 WHERE line_id = OLD.id;
    RETURN OLD;
END $$;
CREATE TRIGGER orderline_leaves_refunds BEFORE DELETE ON orders_orderline
    FOR EACH ROW EXECUTE FUNCTION refunds_leave_line();
"""
LEAVE_UNDO = """
DROP TRIGGER orderline_leaves_refunds ON orders_orderline;
DROP FUNCTION refunds_leave_line();
"""


class Migration(migrations.Migration):
    dependencies = [("refunds", "0004_pulls_and_waiting"), ("orders", "0016_sort_open_orders")]

    operations = [migrations.RunSQL(LEAVE, LEAVE_UNDO)]
