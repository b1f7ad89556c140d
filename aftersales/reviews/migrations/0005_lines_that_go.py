"""A line that stood for an order until its detail came goes away; its reviews stay with the order."""

from django.db import migrations

LEAVE = """
CREATE FUNCTION reviews_leave_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE reviews_review SET line_id = NULL WHERE order_id = OLD.order_id AND line_id = OLD.id;
    RETURN OLD;
END $$;
CREATE TRIGGER orderline_leaves_reviews BEFORE DELETE ON orders_orderline
    FOR EACH ROW EXECUTE FUNCTION reviews_leave_line();
"""
LEAVE_UNDO = """
DROP TRIGGER orderline_leaves_reviews ON orders_orderline;
DROP FUNCTION reviews_leave_line();
"""


class Migration(migrations.Migration):
    dependencies = [("reviews", "0004_mark_follow_ups"), ("orders", "0016_sort_open_orders")]

    operations = [migrations.RunSQL(LEAVE, LEAVE_UNDO)]
