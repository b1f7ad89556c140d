"""The open orders of a province or a flag are found and sorted within the index that finds them."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

_NEWEST = (
    models.OrderBy(models.F("placed_at"), descending=True),
    models.OrderBy(models.F("id"), descending=True),
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0018_cover_kinds_of_holds")]

    operations = [
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                models.F("store"),
                models.F("province"),
                *_NEWEST,
                include=("status", "payment_method", "note_state", "paid", "ship_by"),
                name="order_province_tabs",
            ),
        ),
        RemoveIndexConcurrently(model_name="order", name="order_province"),
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                models.F("store"),
                models.F("flag"),
                *_NEWEST,
                condition=models.Q(("flag__gt", 0)),
                include=("status", "ship_by"),
                name="order_flagged_tabs",
            ),
        ),
        RemoveIndexConcurrently(model_name="order", name="order_flagged"),
    ]
