"""Of waybills, those of several orders are found at once."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("fulfilment", "0017_orders_in_part")]

    operations = [
        AddIndexConcurrently(
            model_name="waybill",
            index=models.Index(
                condition=models.Q(("order_count__gt", 1), ("state__in", ("draft", "numbered", "printed"))),
                fields=["store", "id"],
                name="waybill_merged",
            ),
        ),
    ]
