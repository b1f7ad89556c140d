from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0009_agreements_with_buyers")]

    operations = [
        AddIndexConcurrently(
            model_name='hold',
            index=models.Index(condition=models.Q(('released_at__isnull', True)), fields=['store', 'kind', 'reason', 'order'], name='hold_open'),
        ),
        AddIndexConcurrently(
            model_name='order',
            index=models.Index(models.F('store'), models.F('id'), condition=models.Q(('acceptance', 'unreviewed'), ('status__in', ('pending_shipment', 'partially_shipped'))), name='order_for_rules'),
        ),
        AddIndexConcurrently(
            model_name='order',
            index=models.Index(models.F('store'), models.F('appointed_date'), models.F('id'), condition=models.Q(('appointed_date__isnull', False), ('status__in', ('pending_shipment', 'partially_shipped'))), name='order_appointed'),
        ),
        AddIndexConcurrently(
            model_name='orderevent',
            index=models.Index(condition=models.Q(('actor__isnull', False)), fields=['store', 'at'], include=('actor', 'kind'), name='orderevent_staff'),
        ),
    ]
