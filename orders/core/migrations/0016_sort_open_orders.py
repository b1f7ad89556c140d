"""Indexes of the open orders alone, one for each order of their list; the main one holds what they are filtered by."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

_OPEN = models.Q(("status__in", ("pending_shipment", "partially_shipped")))


def _index(column: str, name: str, *include: str) -> AddIndexConcurrently:
    index = models.Index("store", column, "id", name=name, condition=_OPEN, include=include or None)
    return AddIndexConcurrently(model_name="order", index=index)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0015_find_tags")]

    operations = [
        _index(
            "ship_by",
            "order_open_ship_by",
            *("placed_at", "paid_at", "paid", "province", "payment_method", "note_state", "flag", "hold_kinds"),
        ),
        _index("paid", "order_open_paid"),
        _index("paid_at", "order_open_paid_at"),
        _index("placed_at", "order_open_placed"),
        _index("number", "order_open_number"),
        RemoveIndexConcurrently(model_name="order", name="order_queue"),
    ]
