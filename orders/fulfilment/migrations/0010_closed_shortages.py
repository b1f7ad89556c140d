from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("fulfilment", "0009_short_lines_and_demand")]

    operations = [
        AddIndexConcurrently(
            "shortage",
            models.Index(
                fields=["store", "closed_at", "id"], name="shortage_closed", condition=Q(closed_at__isnull=False)
            ),
        ),
    ]
