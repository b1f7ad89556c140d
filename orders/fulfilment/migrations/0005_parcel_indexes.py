from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("fulfilment", "0004_stock_papers_parcels")]

    operations = [
        AddIndexConcurrently(
            model_name='printrecord',
            index=models.Index(condition=models.Q(('waybill__isnull', False)), fields=['waybill'], name='printrecord_waybill'),
        ),
        AddIndexConcurrently(
            model_name='shipment',
            index=models.Index(condition=models.Q(('is_watched', True)), fields=['store', 'shipped_at', 'id'], name='shipment_watched'),
        ),
        AddIndexConcurrently(
            model_name='shipment',
            index=models.Index(condition=models.Q(('waybill__isnull', False)), fields=['waybill'], name='shipment_waybill'),
        ),
        AddIndexConcurrently(
            model_name='product',
            index=models.Index(condition=models.Q(('platform_id', ''), _negated=True), fields=['store', 'platform_id'], name='product_platform_id'),
        ),
        AddIndexConcurrently(
            model_name='sku',
            index=models.Index(condition=models.Q(('barcode', ''), _negated=True), fields=['store', 'barcode'], name='sku_barcode'),
        ),
        AddIndexConcurrently(
            model_name='sku',
            index=models.Index(condition=models.Q(('counted_at__isnull', False), ('is_active', True), ('on_hand__lte', models.expressions.CombinedExpression(models.F('reserved'), '+', models.F('safety_stock')))), fields=['store', 'code'], name='sku_low'),
        ),
        AddIndexConcurrently(
            model_name='sku',
            index=models.Index(condition=models.Q(('cover_days__isnull', False)), fields=['store', 'cover_days', 'id'], name='sku_cover'),
        ),
    ]
