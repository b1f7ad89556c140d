"""Counts of what notes ask for, and the marks of days to count again, which the database writes for every writer.

The triggers compare old and new rows as sets and go on by arrays of ids, for the reason that orders.core's 0006 names.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models

# What a person's work on a note changes, such as its state, counts nothing.
_READ = "id, store_id, order_id, received_at, types, findings -> 'pairs', recognised_at IS NULL"
NOTES = f"""
CREATE FUNCTION notes_mark_notes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO notes_topicmark (store_id, day)
        SELECT DISTINCT store_id, (received_at AT TIME ZONE 'Asia/Shanghai')::date FROM (
            SELECT store_id, received_at FROM (
                SELECT {_READ} FROM new_rows EXCEPT SELECT {_READ} FROM old_rows) AS new_notes
            UNION ALL SELECT store_id, received_at FROM (
                SELECT {_READ} FROM old_rows EXCEPT SELECT {_READ} FROM new_rows) AS old_notes
        ) AS changed;
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO notes_topicmark (store_id, day)
        SELECT DISTINCT store_id, (received_at AT TIME ZONE 'Asia/Shanghai')::date FROM new_rows;
    ELSE
        INSERT INTO notes_topicmark (store_id, day)
        SELECT DISTINCT store_id, (received_at AT TIME ZONE 'Asia/Shanghai')::date FROM old_rows;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER buyernote_mark_insert AFTER INSERT ON notes_buyernote REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION notes_mark_notes();
CREATE TRIGGER buyernote_mark_update AFTER UPDATE ON notes_buyernote
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION notes_mark_notes();
CREATE TRIGGER buyernote_mark_delete AFTER DELETE ON notes_buyernote REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION notes_mark_notes();
"""  # noqa: S608 -- the list of columns above
NOTES_UNDO = """
DROP TRIGGER buyernote_mark_insert ON notes_buyernote;
DROP TRIGGER buyernote_mark_update ON notes_buyernote;
DROP TRIGGER buyernote_mark_delete ON notes_buyernote;
DROP FUNCTION notes_mark_notes();
"""

# A wish counts for the products of its order. Notes that the rules have not read yet have no wishes.
LINES = """
CREATE FUNCTION notes_mark_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE changed bigint[];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        changed := ARRAY(
            SELECT order_id FROM (
                SELECT order_id, title_id FROM new_rows EXCEPT SELECT order_id, title_id FROM old_rows) AS new_lines
            UNION SELECT order_id FROM (
                SELECT order_id, title_id FROM old_rows EXCEPT SELECT order_id, title_id FROM new_rows) AS old_lines);
    ELSIF TG_OP = 'INSERT' THEN
        changed := ARRAY(SELECT DISTINCT order_id FROM new_rows);
    ELSE
        changed := ARRAY(SELECT DISTINCT order_id FROM old_rows);
    END IF;
    IF changed <> '{}' THEN
        INSERT INTO notes_topicmark (store_id, day)
        SELECT DISTINCT n.store_id, (n.received_at AT TIME ZONE 'Asia/Shanghai')::date
        FROM notes_buyernote n WHERE n.order_id = ANY(changed) AND n.recognised_at IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER orderline_mark_insert AFTER INSERT ON orders_orderline REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION notes_mark_lines();
CREATE TRIGGER orderline_mark_update AFTER UPDATE ON orders_orderline
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION notes_mark_lines();
CREATE TRIGGER orderline_mark_delete AFTER DELETE ON orders_orderline REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION notes_mark_lines();
"""
LINES_UNDO = """
DROP TRIGGER orderline_mark_insert ON orders_orderline;
DROP TRIGGER orderline_mark_update ON orders_orderline;
DROP TRIGGER orderline_mark_delete ON orders_orderline;
DROP FUNCTION notes_mark_lines();
"""

# a day without counts and without a mark has no notes
ALL_DAYS = """
INSERT INTO notes_topicmark (store_id, day)
SELECT DISTINCT store_id, (received_at AT TIME ZONE 'Asia/Shanghai')::date FROM notes_buyernote
"""


class Migration(migrations.Migration):

    dependencies = [
        ('common', '0005_alert_marks'),
        ('notes', '0005_changed_after_print'),
        ('orders', '0011_seal_wishes'),
    ]

    operations = [
        migrations.CreateModel(
            name='TopicCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('title_id', models.BigIntegerField()),
                ('key', models.CharField(max_length=20)),
                ('value', models.TextField(blank=True)),
                ('count', models.PositiveIntegerField()),
                ('latest', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('store', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='common.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('store'), models.F('day'), models.F('title_id'), models.F('key'), django.db.models.functions.text.MD5('value'), name='topiccount_key_unique')],
            },
        ),
        migrations.CreateModel(
            name='TopicMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('marked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('store', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='common.store')),
            ],
            options={
                'indexes': [models.Index(fields=['store', 'day'], name='topicmark_store_day')],
            },
        ),
        migrations.RunSQL(NOTES, NOTES_UNDO),
        migrations.RunSQL(LINES, LINES_UNDO),
        migrations.RunSQL(ALL_DAYS, migrations.RunSQL.noop),
    ]
