from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("fulfilment", "0007_courier_days")]

    operations = [
        AddIndexConcurrently(
            model_name="anomaly",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False)),
                fields=["store", "closed_at", "id"],
                name="anomaly_closed",
            ),
        ),
        AddIndexConcurrently(
            model_name="shipment", index=models.Index(fields=["store", "shipped_at", "id"], name="shipment_time")
        ),
        AddIndexConcurrently(
            model_name="shipment",
            index=models.Index(fields=["store", "courier", "shipped_at", "id"], name="shipment_courier_time"),
        ),
        AddIndexConcurrently(
            model_name="shipment",
            index=models.Index(
                condition=models.Q(("trace_state", ""), _negated=True),
                fields=["store", "trace_state", "shipped_at", "id"],
                name="shipment_trace_state",
            ),
        ),
        AddIndexConcurrently(
            model_name="shipment",
            index=models.Index(
                condition=models.Q(("anomaly_kinds", []), _negated=True),
                fields=["store", "shipped_at", "id"],
                name="shipment_troubled",
            ),
        ),
    ]
