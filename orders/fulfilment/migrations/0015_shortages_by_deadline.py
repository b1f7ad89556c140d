"""A shortage has the deadline of its order, so that the most urgent are read first and no order is looked at for it.

The database keeps it the same for every writer. And an order is looked at again when the buyer takes back the wish for
an invoice, as it is when the wish is put down.
"""

from datetime import UTC, datetime

from django.db import migrations, models

FILL = """
UPDATE fulfilment_shortage s SET due_at = o.ship_by FROM orders_order o
WHERE o.id = s.order_id AND s.closed_at IS NULL AND o.ship_by IS NOT NULL;
"""
KEEP = """
CREATE FUNCTION fulfilment_set_shortage_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.due_at := coalesce((SELECT ship_by FROM orders_order WHERE id = NEW.order_id), '9999-01-01 00:00:00+00');
    RETURN NEW;
END $$;
CREATE TRIGGER shortage_due BEFORE INSERT ON fulfilment_shortage FOR EACH ROW
    EXECUTE FUNCTION fulfilment_set_shortage_due();
CREATE FUNCTION fulfilment_move_shortages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE fulfilment_shortage SET due_at = coalesce(NEW.ship_by, '9999-01-01 00:00:00+00')
    WHERE order_id = NEW.id AND closed_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER order_shortage_due AFTER UPDATE OF ship_by ON orders_order FOR EACH ROW
    WHEN (NEW.ship_by IS DISTINCT FROM OLD.ship_by AND OLD.status IN ('pending_shipment', 'partially_shipped'))
    EXECUTE FUNCTION fulfilment_move_shortages();
"""
KEEP_UNDO = """
DROP TRIGGER shortage_due ON fulfilment_shortage;
DROP FUNCTION fulfilment_set_shortage_due();
DROP TRIGGER order_shortage_due ON orders_order;
DROP FUNCTION fulfilment_move_shortages();
"""
WITHDRAWN = """
CREATE FUNCTION fulfilment_mark_withdrawn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO fulfilment_fulfilmentdue (order_id, store_id, since) VALUES (NEW.order_id, NEW.store_id, now())
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER wish_due_withdrawn AFTER UPDATE OF withdrawn_at ON orders_wish FOR EACH ROW
    WHEN (NEW.kind = 'invoice' AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at)
    EXECUTE FUNCTION fulfilment_mark_withdrawn();
"""
WITHDRAWN_UNDO = """
DROP TRIGGER wish_due_withdrawn ON orders_wish;
DROP FUNCTION fulfilment_mark_withdrawn();
"""


class Migration(migrations.Migration):
    dependencies = [("fulfilment", "0014_quick_lists"), ("orders", "0015_find_tags")]

    operations = [
        migrations.AddField(
            model_name="shortage",
            name="due_at",
            field=models.DateTimeField(
                default=datetime(9999, 1, 1, tzinfo=UTC), db_default=datetime(9999, 1, 1, tzinfo=UTC)
            ),
        ),
        migrations.AlterField(
            model_name="giftrule",
            name="limit",
            field=models.PositiveIntegerField(null=True, verbose_name="Limit (orders)"),
        ),
        migrations.AlterField(
            model_name="product",
            name="is_active",
            field=models.BooleanField(db_default=True, default=True, verbose_name="For sale"),
        ),
        migrations.AlterField(
            model_name="sku",
            name="is_active",
            field=models.BooleanField(db_default=True, default=True, verbose_name="For sale"),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, KEEP_UNDO),
        migrations.RunSQL(WITHDRAWN, WITHDRAWN_UNDO),
    ]
