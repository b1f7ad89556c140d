"""What products sold, what came back and what buyers speak of, by week; the weeks so far are added up at once."""

from decimal import Decimal

import django.db.models.deletion
from django.db import migrations, models

FILL = """
INSERT INTO analytics_topicweek (store_id, day, title_id, topic_id, note_count, refund_count, review_count,
    negative_count, confirmed_count)
SELECT store_id, date_trunc('week', day)::date + 6, title_id, topic_id,
    coalesce(sum(mention_count) FILTER (WHERE source = 'note'), 0),
    coalesce(sum(mention_count) FILTER (WHERE source = 'refund'), 0),
    coalesce(sum(mention_count) FILTER (WHERE source = 'review'), 0), sum(negative_count), sum(confirmed_count)
FROM analytics_topicday GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4;
INSERT INTO analytics_productweek (store_id, day, title_id, order_count, piece_count, gross_paid, refunded, case_count,
    asked_count, return_count, succeeded_count)
SELECT store_id, date_trunc('week', day)::date + 6, title_id, sum(order_count), sum(piece_count), sum(gross_paid),
    sum(refunded), sum(case_count), sum(asked_count), sum(return_count), sum(succeeded_count)
FROM (
    SELECT store_id, day, title_id, order_count, piece_count, gross_paid, refunded, 0 AS case_count, 0 AS asked_count,
        0 AS return_count, 0 AS succeeded_count FROM analytics_productsales
    UNION ALL SELECT store_id, day, title_id, 0, 0, 0, 0, case_count, order_count, return_count, succeeded_count
    FROM analytics_productreturns
) AS days GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('analytics', '0006_refund_times'),
        ('common', '0007_aftersales_alerts'),
        ('topics', '0004_mention_lists'),
    ]

    operations = [
        migrations.CreateModel(
            name='ProductWeek',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='Day')),
                ('order_count', models.PositiveIntegerField(default=0, verbose_name='Orders')),
                ('piece_count', models.PositiveIntegerField(default=0, verbose_name='Pieces')),
                ('gross_paid', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=14, verbose_name='Paid amount')),
                ('refunded', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=14, verbose_name='Refunded')),
                ('title_id', models.BigIntegerField()),
                ('case_count', models.PositiveIntegerField(default=0)),
                ('asked_count', models.PositiveIntegerField(default=0)),
                ('return_count', models.PositiveIntegerField(default=0)),
                ('succeeded_count', models.PositiveIntegerField(default=0)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='common.store')),
            ],
            options={
                'indexes': [models.Index(fields=['store', 'title_id', 'day'], name='productweek_title')],
                'constraints': [models.UniqueConstraint(fields=('store', 'day', 'title_id'), name='productweek_key_unique')],
            },
        ),
        migrations.CreateModel(
            name='TopicWeek',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='Day')),
                ('title_id', models.BigIntegerField()),
                ('note_count', models.PositiveIntegerField(default=0)),
                ('refund_count', models.PositiveIntegerField(default=0)),
                ('review_count', models.PositiveIntegerField(default=0)),
                ('negative_count', models.PositiveIntegerField(default=0)),
                ('confirmed_count', models.PositiveIntegerField(default=0)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='common.store')),
                ('topic', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='topics.topic')),
            ],
            options={
                'indexes': [models.Index(fields=['store', 'title_id', 'day'], name='topicweek_title')],
                'constraints': [models.UniqueConstraint(fields=('store', 'day', 'title_id', 'topic'), name='topicweek_key_unique')],
            },
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
