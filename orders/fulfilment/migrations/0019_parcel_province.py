"""A parcel has the province of its order, so that the parcels of a province are found without a look at every order.

The database keeps it the same for every writer. Parcels that are there already get theirs in 0021.
"""

from django.db import migrations, models

KEEP = """
CREATE FUNCTION fulfilment_set_parcel_province() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.province := coalesce((SELECT province FROM orders_order WHERE id = NEW.order_id), '');
    RETURN NEW;
END $$;
CREATE TRIGGER shipment_province BEFORE INSERT ON fulfilment_shipment FOR EACH ROW
    WHEN (NEW.province = '') EXECUTE FUNCTION fulfilment_set_parcel_province();
CREATE FUNCTION fulfilment_move_parcels() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE fulfilment_shipment SET province = NEW.province WHERE order_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER order_parcel_province AFTER UPDATE OF province ON orders_order FOR EACH ROW
    WHEN (NEW.province <> OLD.province) EXECUTE FUNCTION fulfilment_move_parcels();
"""
UNDO = """
DROP TRIGGER shipment_province ON fulfilment_shipment;
DROP FUNCTION fulfilment_set_parcel_province();
DROP TRIGGER order_parcel_province ON orders_order;
DROP FUNCTION fulfilment_move_parcels();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("fulfilment", "0016_shortage_index"),
        ("fulfilment", "0017_orders_in_part"),
        ("orders", "0015_find_tags"),
    ]

    operations = [
        migrations.AddField(
            model_name="shipment",
            name="province",
            field=models.CharField(blank=True, db_default="", max_length=20),
        ),
        migrations.RunSQL(KEEP, UNDO),
    ]
