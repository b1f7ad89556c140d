"""Answers to refunds leave through the outbox too."""

from django.db import migrations, models

KINDS = [
    ("ship", "Shipment"),
    ("memo", "Remark"),
    ("flag", "Flag"),
    ("close", "Order closed"),
    ("agree", "Refund agreed"),
    ("back", "Return agreed"),
    ("deny", "Refund refused"),
]


class Migration(migrations.Migration):
    dependencies = [("orders", "0019_cover_ship_by")]

    operations = [
        migrations.AlterField(
            model_name="outboxmessage", name="kind", field=models.CharField(choices=KINDS, max_length=5)
        ),
        migrations.RemoveConstraint(model_name="outboxmessage", name="outboxmessage_kind_known"),
        migrations.AddConstraint(
            model_name="outboxmessage",
            constraint=models.CheckConstraint(
                condition=models.Q(kind__in=[kind for kind, _label in KINDS]), name="outboxmessage_kind_known"
            ),
        ),
    ]
