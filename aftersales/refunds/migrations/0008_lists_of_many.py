"""The queue at 200,000 cases: what narrows open cases stands in their index; kinds and amounts have one of their own."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

OPEN = ("requested", "refused", "awaiting_return", "awaiting_receipt", "awaiting_outbound", "awaiting_buyer")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("refunds", "0007_joined_and_unread")]

    operations = [
        AddIndexConcurrently(
            model_name="refund",
            index=models.Index(
                fields=["store", "deadline", "id"],
                name="refund_open_wide",
                condition=Q(status__in=OPEN),
                include=[
                    "status", "kind", "reason_kind", "amount", "requested_at", "title", "sku_code", "buyer", "owner",
                ],
            ),
        ),
        AddIndexConcurrently(
            model_name="refund",
            index=models.Index(
                fields=["store", "owner", "deadline", "id"],
                name="refund_owned",
                condition=Q(status__in=OPEN, owner__isnull=False),
            ),
        ),
        AddIndexConcurrently(
            model_name="refund",
            index=models.Index(
                fields=["store", "kind", "-requested_at", "-id"], name="refund_kind", include=["status", "amount"]
            ),
        ),
        AddIndexConcurrently(
            model_name="refund",
            index=models.Index(
                fields=["store", "amount"], name="refund_amount", include=["status", "requested_at", "id"]
            ),
        ),
        AddIndexConcurrently(
            model_name="refund",
            index=models.Index(
                fields=["store", "-finished_at", "-id"],
                name="refund_unseen",
                condition=Q(status="succeeded", return_signed_at__isnull=False, inspected_at__isnull=True),
            ),
        ),
        RemoveIndexConcurrently(model_name="refund", name="refund_open"),
        RemoveIndexConcurrently(model_name="refund", name="refund_open_kind"),
        RemoveIndexConcurrently(model_name="refund", name="refund_mine"),
    ]  # fmt: skip
