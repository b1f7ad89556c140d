"""Counts of parcels per courier and day, and the marks of days to count again, which the database writes for every writer.

The triggers compare old and new rows as sets, as those of the notes' counts do.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

_READ = "id, store_id, courier, shipped_at, picked_up_at, signed_at"
PARCELS = f"""
CREATE FUNCTION fulfilment_mark_courier_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO fulfilment_courierdaymark (store_id, day)
        SELECT DISTINCT store_id, (shipped_at AT TIME ZONE 'Asia/Shanghai')::date FROM (
            SELECT store_id, shipped_at FROM (
                SELECT {_READ} FROM new_rows EXCEPT SELECT {_READ} FROM old_rows) AS new_parcels
            UNION ALL SELECT store_id, shipped_at FROM (
                SELECT {_READ} FROM old_rows EXCEPT SELECT {_READ} FROM new_rows) AS old_parcels
        ) AS changed;
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO fulfilment_courierdaymark (store_id, day)
        SELECT DISTINCT store_id, (shipped_at AT TIME ZONE 'Asia/Shanghai')::date FROM new_rows;
    ELSE
        INSERT INTO fulfilment_courierdaymark (store_id, day)
        SELECT DISTINCT store_id, (shipped_at AT TIME ZONE 'Asia/Shanghai')::date FROM old_rows;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER shipment_day_insert AFTER INSERT ON fulfilment_shipment REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION fulfilment_mark_courier_days();
CREATE TRIGGER shipment_day_update AFTER UPDATE ON fulfilment_shipment
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION fulfilment_mark_courier_days();
CREATE TRIGGER shipment_day_delete AFTER DELETE ON fulfilment_shipment REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION fulfilment_mark_courier_days();
"""  # noqa: S608 -- the list of columns above
PARCELS_UNDO = """
DROP TRIGGER shipment_day_insert ON fulfilment_shipment;
DROP TRIGGER shipment_day_update ON fulfilment_shipment;
DROP TRIGGER shipment_day_delete ON fulfilment_shipment;
DROP FUNCTION fulfilment_mark_courier_days();
"""

# a parcel counts as troubled from its first anomaly on
ANOMALIES = """
CREATE FUNCTION fulfilment_mark_troubled_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO fulfilment_courierdaymark (store_id, day)
    SELECT DISTINCT p.store_id, (p.shipped_at AT TIME ZONE 'Asia/Shanghai')::date
    FROM fulfilment_shipment p WHERE p.id = ANY(ARRAY(SELECT shipment_id FROM new_rows));
    RETURN NULL;
END $$;
CREATE TRIGGER anomaly_day_insert AFTER INSERT ON fulfilment_anomaly REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION fulfilment_mark_troubled_days();
"""
ANOMALIES_UNDO = """
DROP TRIGGER anomaly_day_insert ON fulfilment_anomaly;
DROP FUNCTION fulfilment_mark_troubled_days();
"""

ALL_DAYS = """
INSERT INTO fulfilment_courierdaymark (store_id, day)
SELECT DISTINCT store_id, (shipped_at AT TIME ZONE 'Asia/Shanghai')::date FROM fulfilment_shipment
"""


class Migration(migrations.Migration):
    dependencies = [("common", "0006_fulfilment_settings"), ("fulfilment", "0006_mark_due_orders")]

    operations = [
        migrations.CreateModel(
            name="CourierDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("courier", models.CharField(blank=True, max_length=30)),
                ("province", models.CharField(blank=True, max_length=20)),
                ("parcels", models.PositiveIntegerField()),
                ("picked_up", models.PositiveIntegerField()),
                ("signed", models.PositiveIntegerField()),
                ("troubled", models.PositiveIntegerField()),
                (
                    "pickup_hours",
                    django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None),
                ),
                ("sign_hours", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                (
                    "store",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="common.store",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("store", "province", "day", "courier"), name="courierday_unique")
                ],
            },
        ),
        migrations.CreateModel(
            name="CourierDayMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("marked_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "store",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="common.store",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["store", "day"], name="courierdaymark_store_day")],
            },
        ),
        migrations.RunSQL(PARCELS, PARCELS_UNDO),
        migrations.RunSQL(ANOMALIES, ANOMALIES_UNDO),
        migrations.RunSQL(ALL_DAYS, migrations.RunSQL.noop),
    ]
