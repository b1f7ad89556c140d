"""Lists that searched whole tables have indexes: skus never counted, words of products, and whose cases are over."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("fulfilment", "0013_settle_later"), ("orders", "0002_counters_and_search")]

    operations = [
        AddIndexConcurrently(
            model_name="sku",
            index=models.Index(
                condition=models.Q(("counted_at__isnull", True)), fields=["store", "code"], name="sku_uncounted"
            ),
        ),
        AddIndexConcurrently(
            model_name="product",
            index=django.contrib.postgres.indexes.GinIndex(
                models.Func(
                    models.F("title"),
                    function="orders_grams",
                    output_field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
                ),
                fastupdate=False,
                name="product_title_grams",
            ),
        ),
        AddIndexConcurrently(
            model_name="anomaly",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False), ("owner__isnull", False)),
                fields=["owner", "closed_at", "id"],
                name="anomaly_mine_closed",
            ),
        ),
    ]
