"""Orders that can leave in part are marked."""

import django.db.models.deletion
from django.db import migrations, models

# as orders.fulfilment.services.partial marked them when this was written
MARK_ALL = """
INSERT INTO fulfilment_partialorder (order_id, store_id, ship_by)
SELECT o.id, o.store_id, o.ship_by FROM orders_order o
WHERE o.status IN ('pending_shipment', 'partially_shipped') AND o.acceptance = 'accepted'
    AND o.paid_at IS NOT NULL AND NOT (o.gross_paid > 0 AND o.refunded >= o.gross_paid)
    AND NOT EXISTS (
        SELECT FROM orders_hold h WHERE h.order_id = o.id AND h.line_id IS NULL AND h.released_at IS NULL
    ) AND (o.hold_kinds <> '{}' OR EXISTS (
        SELECT FROM fulfilment_waybillline p JOIN fulfilment_waybill w ON w.id = p.waybill_id
        WHERE p.order_id = o.id AND w.state IN ('draft', 'numbered', 'printed')
    )) AND EXISTS (
        SELECT FROM orders_orderline l
        WHERE l.order_id = o.id AND NOT l.is_closed
            AND NOT (l.refund_status = 'succeeded' AND coalesce(l.paid, 0) > 0 AND l.refunded >= coalesce(l.paid, 0))
            AND l.quantity - l.shipped_quantity > coalesce((
                SELECT sum(p.quantity) FROM fulfilment_waybillline p JOIN fulfilment_waybill w ON w.id = p.waybill_id
                WHERE p.line_id = l.id AND w.state IN ('draft', 'numbered', 'printed')
            ), 0) AND NOT EXISTS (SELECT FROM orders_hold h WHERE h.line_id = l.id AND h.released_at IS NULL)
    )
"""


class Migration(migrations.Migration):
    dependencies = [
        ("common", "0006_fulfilment_settings"),
        ("fulfilment", "0014_quick_lists"),
        ("orders", "0012_add_outbox"),
    ]

    operations = [
        migrations.CreateModel(
            name="PartialOrder",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="orders.order",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="common.store",
                    ),
                ),
                ("ship_by", models.DateTimeField(null=True)),
            ],
            options={"indexes": [models.Index(fields=["store", "ship_by", "order"], name="partialorder_queue")]},
        ),
        migrations.RunSQL(MARK_ALL, migrations.RunSQL.noop),
    ]
