"""The cases of one sku and those of one colleague, the newest first, over or not."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("refunds", "0005_lines_that_go")]

    operations = [
        AddIndexConcurrently(
            model_name="refund",
            index=models.Index(
                fields=["store", "sku_code", "-requested_at", "-id"],
                name="refund_sku",
                condition=Q(("sku_code", ""), _negated=True),
            ),
        ),
        AddIndexConcurrently(
            model_name="refund",
            index=models.Index(
                fields=["owner", "-requested_at", "-id"], name="refund_owner", condition=Q(owner__isnull=False)
            ),
        ),
    ]
