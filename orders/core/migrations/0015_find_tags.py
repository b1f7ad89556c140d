from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0014_count_gift_pieces")]

    operations = [
        AddIndexConcurrently(
            "order",
            GinIndex(
                condition=models.Q(("tags", []), _negated=True), fastupdate=False, fields=["tags"], name="order_tags"
            ),
        ),
    ]
