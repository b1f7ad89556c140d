"""Parcels that were there before they had a province get that of their order, some thousand at a time."""

from django.db import migrations
from django.db.models import Max, OuterRef, Subquery

BATCH = 5000  # parcels in one transaction


def fill(apps, schema_editor):
    Shipment = apps.get_model("fulfilment", "Shipment")
    Order = apps.get_model("orders", "Order")
    province = Subquery(Order.objects.filter(pk=OuterRef("order_id")).values("province")[:1])
    placed = Order.objects.exclude(province="")
    last = Shipment.objects.aggregate(last=Max("pk"))["last"] or 0
    for start in range(0, last, BATCH):
        batch = Shipment.objects.filter(pk__gt=start, pk__lte=start + BATCH, province="")
        batch.filter(order__in=placed).update(province=province)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("fulfilment", "0018_merged_waybills"), ("fulfilment", "0020_courier_prices")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
