"""Key rotation of what buyers wrote in reviews, and its purge with the personal data of their orders."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from aftersales.reviews.models import Review
from aftersales.reviews.services.records import review_context
from backoffice.common.models import Store
from backoffice.common.rotation import Rotated, resealed, rotate_rows
from orders.core.purging import ended_orders


def rotate() -> dict[str, Rotated]:
    return {"reviews": rotate_rows(Review.objects.all(), reseal=_review)}


def _review(row: Review) -> dict[str, Any]:
    return {"sealed": resealed(row.sealed or b"", context=review_context(row.store_id, row.key))}


def purge_reviews(now: datetime) -> dict[str, int]:
    """Forget words as written of orders whose recipients are wiped, and of unknown orders as late; masked ones stay."""
    count = 0
    for store in Store.objects.order_by("pk"):
        is_old = Q(order__isnull=True, reviewed_at__lte=now - timedelta(days=store.purge_days))
        sealed = Review.objects.for_store(store).filter(sealed__isnull=False)
        count += sealed.filter(Q(order__in=ended_orders(store, now).values("pk")) | is_old).update(sealed=None)
    return {"reviews": count}
