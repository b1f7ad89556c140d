"""After-sales cases by day, and the marks of the days on which something about them has changed."""

from decimal import Decimal

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

# Only what a rollup reads counts as a change. A case marks the day it was asked for and the day its order was paid; what
# it is about, known better later, marks each day on which it left a state. Old and new rows are compared as sets.
CASE = (
    "id, store_id, order_id, title_id, number, kind, status, reason_kind, amount, refunded, requested_at, answered_at,"
    " finished_at"
)
CASES = f"""
CREATE FUNCTION analytics_mark_cases() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO analytics_dirtyday (store_id, day)
        SELECT DISTINCT store_id, (moment AT TIME ZONE 'Asia/Shanghai')::date FROM (
            SELECT changed.store_id, v.moment FROM (
                SELECT store_id, order_id, requested_at FROM (
                    SELECT {CASE} FROM new_rows EXCEPT SELECT {CASE} FROM old_rows) AS new_cases
                UNION ALL SELECT store_id, order_id, requested_at FROM (
                    SELECT {CASE} FROM old_rows EXCEPT SELECT {CASE} FROM new_rows) AS old_cases
            ) AS changed JOIN orders_order h ON h.id = changed.order_id
            CROSS JOIN LATERAL (VALUES (changed.requested_at), (h.paid_at)) AS v (moment)
            UNION ALL
            SELECT s.store_id, s.left_at FROM (
                SELECT id, reason_kind FROM new_rows EXCEPT SELECT id, reason_kind FROM old_rows
            ) AS renamed JOIN refunds_refundstep s ON s.refund_id = renamed.id
        ) AS marked WHERE moment IS NOT NULL;
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO analytics_dirtyday (store_id, day)
        SELECT DISTINCT n.store_id, (v.moment AT TIME ZONE 'Asia/Shanghai')::date
        FROM new_rows n JOIN orders_order h ON h.id = n.order_id
        CROSS JOIN LATERAL (VALUES (n.requested_at), (h.paid_at)) AS v (moment) WHERE v.moment IS NOT NULL;
    ELSE
        INSERT INTO analytics_dirtyday (store_id, day)
        SELECT DISTINCT o.store_id, (v.moment AT TIME ZONE 'Asia/Shanghai')::date
        FROM old_rows o JOIN orders_order h ON h.id = o.order_id
        CROSS JOIN LATERAL (VALUES (o.requested_at), (h.paid_at)) AS v (moment) WHERE v.moment IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER case_dirty_insert AFTER INSERT ON refunds_refund REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_cases();
CREATE TRIGGER case_dirty_update AFTER UPDATE ON refunds_refund REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_cases();
CREATE TRIGGER case_dirty_delete AFTER DELETE ON refunds_refund REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_cases();
"""  # noqa: S608 -- the list of columns above
CASES_UNDO = """
DROP TRIGGER case_dirty_insert ON refunds_refund;
DROP TRIGGER case_dirty_update ON refunds_refund;
DROP TRIGGER case_dirty_delete ON refunds_refund;
DROP FUNCTION analytics_mark_cases();
"""

# steps are append-only, but they go with their case
STEPS = """
CREATE FUNCTION analytics_mark_steps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO analytics_dirtyday (store_id, day)
    SELECT DISTINCT store_id, (left_at AT TIME ZONE 'Asia/Shanghai')::date FROM step_rows;
    RETURN NULL;
END $$;
CREATE TRIGGER step_dirty_insert AFTER INSERT ON refunds_refundstep REFERENCING NEW TABLE AS step_rows
    FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_steps();
CREATE TRIGGER step_dirty_update_from AFTER UPDATE ON refunds_refundstep REFERENCING OLD TABLE AS step_rows
    FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_steps();
CREATE TRIGGER step_dirty_update_to AFTER UPDATE ON refunds_refundstep REFERENCING NEW TABLE AS step_rows
    FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_steps();
CREATE TRIGGER step_dirty_delete AFTER DELETE ON refunds_refundstep REFERENCING OLD TABLE AS step_rows
    FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_steps();
"""
STEPS_UNDO = """
DROP TRIGGER step_dirty_insert ON refunds_refundstep;
DROP TRIGGER step_dirty_update_from ON refunds_refundstep;
DROP TRIGGER step_dirty_update_to ON refunds_refundstep;
DROP TRIGGER step_dirty_delete ON refunds_refundstep;
DROP FUNCTION analytics_mark_steps();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('analytics', '0005_topic_days'),
        ('common', '0007_aftersales_alerts'),
        ('refunds', '0002_ceiling'),
    ]

    operations = [
        migrations.CreateModel(
            name='ProductReturns',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='Day')),
                ('title_id', models.BigIntegerField()),
                ('case_count', models.PositiveIntegerField(default=0)),
                ('order_count', models.PositiveIntegerField(default=0)),
                ('return_count', models.PositiveIntegerField(default=0)),
                ('succeeded_count', models.PositiveIntegerField(default=0)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='common.store')),
            ],
            options={
                'indexes': [models.Index(fields=['store', 'title_id', 'day'], name='productreturns_title')],
                'constraints': [models.UniqueConstraint(fields=('store', 'day', 'title_id'), name='productreturns_key_unique')],
            },
        ),
        migrations.CreateModel(
            name='RefundAnswerTimes',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='Day')),
                ('actor_id', models.BigIntegerField()),
                ('reason_kind', models.CharField(max_length=16)),
                ('answer_count', models.PositiveIntegerField(default=0)),
                ('seconds', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='common.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'day', 'actor_id', 'reason_kind'), name='refundanswers_key_unique')],
            },
        ),
        migrations.CreateModel(
            name='RefundReasons',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='Day')),
                ('title_id', models.BigIntegerField()),
                ('reason_kind', models.CharField(max_length=16)),
                ('kind', models.CharField(max_length=16)),
                ('case_count', models.PositiveIntegerField(default=0)),
                ('succeeded_count', models.PositiveIntegerField(default=0)),
                ('closed_count', models.PositiveIntegerField(default=0)),
                ('asked', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=14, verbose_name='Amount asked for')),
                ('refunded', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=14, verbose_name='Refunded')),
                ('seconds', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='common.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'day', 'title_id', 'reason_kind', 'kind'), name='refundreasons_key_unique')],
            },
        ),
        migrations.CreateModel(
            name='RefundStepTimes',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='Day')),
                ('status', models.CharField(max_length=20)),
                ('actor_id', models.BigIntegerField()),
                ('reason_kind', models.CharField(max_length=16)),
                ('stay_count', models.PositiveIntegerField(default=0)),
                ('seconds', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='common.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'day', 'status', 'actor_id', 'reason_kind'), name='refundsteptimes_key_unique')],
            },
        ),
        migrations.RunSQL(CASES, CASES_UNDO),
        migrations.RunSQL(STEPS, STEPS_UNDO),
    ]
