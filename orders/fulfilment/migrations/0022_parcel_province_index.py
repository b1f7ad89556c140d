"""The parcels of a province are listed and counted within one index."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("fulfilment", "0021_fill_parcel_province")]

    operations = [
        AddIndexConcurrently(
            model_name="shipment",
            index=models.Index(
                fields=["store", "province", "shipped_at", "id"],
                include=["is_watched", "trace_state", "courier"],
                name="shipment_province_time",
            ),
        ),
    ]
