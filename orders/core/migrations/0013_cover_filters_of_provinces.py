from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0012_add_outbox")]

    operations = [
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                models.F("store"),
                models.F("province"),
                models.OrderBy(models.F("placed_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                include=("status", "payment_method", "note_state", "paid"),
                name="order_province",
            ),
        ),
        RemoveIndexConcurrently(model_name="order", name="order_province_placed"),
    ]
