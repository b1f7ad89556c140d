"""Cases that join the platform's own, reports that are not understood, and waiting cases marked by their orders.

A case that waits for its order is marked in the statement that adds the order, so that nobody has to look through all
that wait. One that is written while its order is being added may miss it: those of the last minutes are looked at too.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

ARRIVALS = """
CREATE FUNCTION refunds_mark_arrived() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE refunds_unknownrefund AS u SET has_arrived = true FROM arrived AS o
    WHERE u.store_id = o.store_id AND u.order_number = o.number AND NOT u.has_arrived;
    RETURN NULL;
END $$;
CREATE TRIGGER order_arrives_for_refunds AFTER INSERT ON orders_order
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION refunds_mark_arrived();
UPDATE refunds_unknownrefund AS u SET has_arrived = true
    FROM orders_order AS o WHERE o.store_id = u.store_id AND o.number = u.order_number;
"""
ARRIVALS_UNDO = """
DROP TRIGGER order_arrives_for_refunds ON orders_order;
DROP FUNCTION refunds_mark_arrived();
"""


class Migration(migrations.Migration):
    dependencies = [("refunds", "0006_cases_of_a_sku"), ("orders", "0016_sort_open_orders")]

    operations = [
        migrations.AddField(
            model_name="refund",
            name="made_number",
            field=models.CharField(blank=True, db_default="", max_length=64),
        ),
        migrations.AddField(
            model_name="refundmessage",
            name="code",
            field=models.CharField(blank=True, db_default="", max_length=20),
        ),
        migrations.AddField(
            model_name="refundmessage",
            name="data",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="unknownrefund",
            name="has_arrived",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name="unknownrefund",
            index=models.Index(fields=["id"], name="unknownrefund_arrived", condition=Q(has_arrived=True)),
        ),
        migrations.AddIndex(
            model_name="unknownrefund",
            index=models.Index(fields=["at"], name="unknownrefund_at"),
        ),
        migrations.CreateModel(
            name="UnreadRefund",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=64)),
                ("order_number", models.CharField(blank=True, max_length=64)),
                ("sealed", models.BinaryField()),
                ("words", models.CharField(blank=True, max_length=120)),
                ("problem", models.CharField(max_length=300)),
                ("snapshot_at", models.DateTimeField()),
                ("at", models.DateTimeField()),
                ("tried_at", models.DateTimeField()),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="common.store",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("store", "number"), name="unreadrefund_unique")],
            },
        ),
        migrations.RunSQL(ARRIVALS, ARRIVALS_UNDO),
    ]
