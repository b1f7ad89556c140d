from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_add_event_version")]

    operations = [
        migrations.AddField("orderline", "snapshot_at", models.DateTimeField(null=True)),
        migrations.AddField("orderline", "content_hash", models.CharField(blank=True, db_default="", max_length=64)),
    ]
