"""What is done about cases that wait for their orders: taken in, sealed again under new keys, forgotten."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q

from aftersales.refunds.files.recording import QUARANTINED, Report, record_cases
from aftersales.refunds.files.waiting import PROBLEM, opened, waiting_context
from aftersales.refunds.models import UnknownRefund
from backoffice.common.models import Store
from backoffice.common.rotation import Rotated, resealed, rotate_rows
from orders.core.models import Order

_MOST = 200  # at one look; the next one goes on
_AGAIN = timedelta(hours=1)  # between two tries of one that was refused


def adopt_cases(now: datetime) -> int:
    """Take in cases whose orders have arrived, so many at a time; return how many."""
    arrived = Order.objects.filter(store=OuterRef("store"), number=OuterRef("order_number"))
    is_due = Q(tried_at__isnull=True) | Q(tried_at__lte=now - _AGAIN)
    rows = UnknownRefund.objects.filter(Exists(arrived), is_due).select_related("store").order_by("pk")[:_MOST]
    by_store: dict[Store, list[UnknownRefund]] = {}
    for row in rows:
        by_store.setdefault(row.store, []).append(row)
    return sum(_adopt(store, found, now) for store, found in by_store.items())


def _adopt(store: Store, rows: list[UnknownRefund], now: datetime) -> int:
    reports = [Report(*opened(row)) for row in rows]
    outcomes = record_cases(store=store, reports=reports, at=now)
    for row, outcome in zip(rows, outcomes, strict=True):
        if outcome.code == QUARANTINED:
            UnknownRefund.objects.filter(pk=row.pk).update(tried_at=now, problem=outcome.reason[:PROBLEM])
    return sum(outcome.code != QUARANTINED for outcome in outcomes)


def rotate() -> dict[str, Rotated]:
    """Seal what waits under the current key."""
    return {"unknown_refunds": rotate_rows(UnknownRefund.objects.all(), reseal=_waiting)}


def _waiting(row: UnknownRefund) -> dict[str, Any]:
    return {"sealed": resealed(row.sealed, context=waiting_context(row.store_id, row.number))}


def purge_waiting(now: datetime) -> dict[str, int]:
    """Forget cases whose orders never came, after the store's time for what ended."""
    count = 0
    for store in Store.objects.order_by("pk"):
        old = UnknownRefund.objects.filter(store=store, at__lte=now - timedelta(days=store.purge_days))
        count += old.delete()[0]
    return {"unknown_refunds": count}
