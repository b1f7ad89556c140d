"""Held orders are filtered and counted by the kinds of their holds within the index that finds them."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0017_pass_over_other_tabs")]

    operations = [
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                "store",
                "ship_by",
                "id",
                name="order_held_kinds",
                condition=models.Q(
                    ("status__in", ("pending_shipment", "partially_shipped")),
                    models.Q(("hold_kinds", []), _negated=True),
                ),
                include=("hold_kinds",),
            ),
        ),
        RemoveIndexConcurrently(model_name="order", name="order_held"),
    ]
