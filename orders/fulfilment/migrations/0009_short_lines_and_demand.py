from datetime import time

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

KIND, DAILY_AT = "demand", time(2, 0)  # settings.TIME_ZONE


def create_schedule(apps, schema_editor):
    apps.get_model("common", "Schedule").objects.get_or_create(kind=KIND, defaults={"daily_at": DAILY_AT})


def delete_schedule(apps, schema_editor):
    apps.get_model("common", "Schedule").objects.filter(kind=KIND).delete()


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("fulfilment", "0008_parcel_lists"), ("common", "0006_fulfilment_settings")]

    operations = [
        AddIndexConcurrently(
            "linestock", models.Index(fields=["sku", "order"], name="linestock_short", condition=Q(short__gt=0))
        ),
        migrations.RunPython(create_schedule, delete_schedule),
    ]
