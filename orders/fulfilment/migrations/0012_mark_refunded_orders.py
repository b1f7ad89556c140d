"""Money that is given back for an open order, without a word about its lines, marks it due as well."""

from django.db import migrations

MARK = """
CREATE FUNCTION fulfilment_mark_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO fulfilment_fulfilmentdue (order_id, store_id, since) VALUES (NEW.id, NEW.store_id, now())
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER order_due_refund AFTER UPDATE OF refunded, gross_paid ON orders_order FOR EACH ROW
    WHEN (NEW.status IN ('pending_shipment', 'partially_shipped')
        AND (NEW.refunded <> OLD.refunded OR NEW.gross_paid <> OLD.gross_paid))
    EXECUTE FUNCTION fulfilment_mark_order();
"""
UNDO = "DROP TRIGGER order_due_refund ON orders_order; DROP FUNCTION fulfilment_mark_order();"


class Migration(migrations.Migration):
    dependencies = [("fulfilment", "0011_find_invoices"), ("orders", "0014_count_gift_pieces")]

    operations = [migrations.RunSQL(MARK, UNDO)]
