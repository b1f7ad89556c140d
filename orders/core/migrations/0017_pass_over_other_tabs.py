"""What a tab passes over is passed over unread: the status stands in the indexes of numbers and payment methods.

The lines of an order take its time: one product's list is read along both, in step.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

# Orders that were known from their details first took the time of a list that came later; their lines did not.
TIMES = """
UPDATE orders_orderline l SET placed_at = o.placed_at FROM orders_order o
WHERE o.id = l.order_id AND l.placed_at <> o.placed_at
"""
NAME = "order_store_number_unique"
NUMBERS = f"""
CREATE UNIQUE INDEX CONCURRENTLY {NAME}_new ON orders_order (store_id, number) INCLUDE (status, id);
ALTER TABLE orders_order DROP CONSTRAINT {NAME};
ALTER INDEX {NAME}_new RENAME TO {NAME}
"""
BACK = f"""
CREATE UNIQUE INDEX CONCURRENTLY {NAME}_old ON orders_order (store_id, number);
DROP INDEX CONCURRENTLY {NAME};
ALTER TABLE orders_order ADD CONSTRAINT {NAME} UNIQUE USING INDEX {NAME}_old
"""


def _number(**extra: tuple[str, ...]) -> models.UniqueConstraint:
    return models.UniqueConstraint(fields=("store", "number"), name=NAME, **extra)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0016_sort_open_orders")]

    operations = [
        migrations.RunSQL(TIMES, migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                models.F("store"),
                models.F("payment_method"),
                models.OrderBy(models.F("placed_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                include=("status", "note_state", "paid"),
                name="order_payment",
            ),
        ),
        RemoveIndexConcurrently(model_name="order", name="order_payment_placed"),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(text, back)
                for text, back in zip(NUMBERS.split(";"), reversed(BACK.split(";")), strict=True)
            ],
            state_operations=[
                migrations.RemoveConstraint(model_name="order", name=NAME),
                migrations.AddConstraint(model_name="order", constraint=_number(include=("status", "id"))),
            ],
        ),
    ]
