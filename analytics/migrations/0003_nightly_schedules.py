from datetime import time

from django.db import migrations

NIGHTLY = {"rollup": time(0, 30), "purge": time(3, 30)}  # settings.TIME_ZONE


def create_schedules(apps, schema_editor):
    schedule = apps.get_model("common", "Schedule")
    for kind, daily_at in NIGHTLY.items():
        schedule.objects.get_or_create(kind=kind, defaults={"daily_at": daily_at})


def delete_schedules(apps, schema_editor):
    apps.get_model("common", "Schedule").objects.filter(kind__in=NIGHTLY).delete()


class Migration(migrations.Migration):
    dependencies = [("analytics", "0002_dirty_days"), ("common", "0001_initial")]

    operations = [migrations.RunPython(create_schedules, delete_schedules)]
