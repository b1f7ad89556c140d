"""The triggers of migration 0002 compare old and new rows as sets, for the reason that orders.core's 0006 names."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("analytics.migrations.0002_dirty_days")
FUNCTIONS = import_module("orders.core.migrations.0006_compare_rows_as_sets")

PAID = "id, store_id, paid_at, gross_paid, refunded, province, payment_method, buyer_id, piece_count"
PLACED = "id, store_id, placed_at, paid_at IS NULL"
LINE = "id, order_id, title_id, product_id, sku_code, quantity, price, paid, refunded, is_gift"

ORDERS = f"""
CREATE OR REPLACE FUNCTION analytics_mark_orders() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO analytics_dirtyday (store_id, day)
        SELECT DISTINCT store_id, (moment AT TIME ZONE 'Asia/Shanghai')::date FROM (
            SELECT store_id, paid_at AS moment FROM (
                SELECT {PAID} FROM new_rows WHERE paid_at IS NOT NULL EXCEPT SELECT {PAID} FROM old_rows) AS new_paid
            UNION ALL SELECT store_id, paid_at FROM (
                SELECT {PAID} FROM old_rows WHERE paid_at IS NOT NULL EXCEPT SELECT {PAID} FROM new_rows) AS old_paid
            UNION ALL SELECT store_id, placed_at FROM (
                SELECT {PLACED} FROM new_rows EXCEPT SELECT {PLACED} FROM old_rows) AS new_placed
            UNION ALL SELECT store_id, placed_at FROM (
                SELECT {PLACED} FROM old_rows EXCEPT SELECT {PLACED} FROM new_rows) AS old_placed
        ) AS changed;
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
"""  # noqa: S608 -- the lists of columns above

LINES = f"""
CREATE OR REPLACE FUNCTION analytics_mark_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO analytics_dirtyday (store_id, day)
        SELECT DISTINCT h.store_id, (h.paid_at AT TIME ZONE 'Asia/Shanghai')::date FROM (
            SELECT order_id FROM (SELECT {LINE} FROM new_rows EXCEPT SELECT {LINE} FROM old_rows) AS new_lines
            UNION ALL SELECT order_id FROM (SELECT {LINE} FROM old_rows EXCEPT SELECT {LINE} FROM new_rows) AS old_lines
        ) AS changed JOIN orders_order h ON h.id = changed.order_id WHERE h.paid_at IS NOT NULL;
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
"""  # noqa: S608 -- the lists of columns above


class Migration(migrations.Migration):
    dependencies = [("analytics", "0003_nightly_schedules"), ("orders", "0006_compare_rows_as_sets")]

    operations = [
        migrations.RunSQL(ORDERS, FUNCTIONS.function_of(BEFORE.ORDERS)),
        migrations.RunSQL(LINES, FUNCTIONS.function_of(BEFORE.LINES)),
    ]
