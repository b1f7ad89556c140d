"""Open shortages are read and counted along one index, the most urgent first."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("fulfilment", "0015_shortages_by_deadline")]

    operations = [
        AddIndexConcurrently(
            model_name="shortage",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["store", "due_at", "id"],
                include=("decided_at", "solution"),
                name="shortage_due",
            ),
        ),
    ]
