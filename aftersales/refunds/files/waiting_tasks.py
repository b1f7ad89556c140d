"""What is done about cases that wait: taken in when they can be, sealed again under new keys, forgotten."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q

from aftersales.refunds.files.recording import QUARANTINED, Report, record_cases
from aftersales.refunds.files.unread import read_again, unread_context
from aftersales.refunds.files.waiting import PROBLEM, opened, waiting_context
from aftersales.refunds.models import UnknownRefund, UnreadRefund
from backoffice.common.models import Store
from backoffice.common.rotation import Rotated, resealed, rotate_rows
from orders.core.models import Order

_MOST = 200  # at one look; the next one goes on
_AGAIN = timedelta(hours=1)  # between two tries of one that was refused
_CROSSED = timedelta(minutes=10)  # so long an order and its case may have been written without seeing each other


def adopt_cases(now: datetime) -> int:
    """Take in cases whose orders have arrived, so many at a time; return how many."""
    arrived = Order.objects.filter(store=OuterRef("store"), number=OuterRef("order_number"))
    here = Q(has_arrived=True) | Q(at__gt=now - _CROSSED)
    is_due = Q(tried_at__isnull=True) | Q(tried_at__lte=now - _AGAIN)
    rows = UnknownRefund.objects.filter(here, Exists(arrived), is_due).select_related("store").order_by("pk")[:_MOST]
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


def try_again(*, store: Store, numbers: Sequence[str], at: datetime) -> int:
    """Try cases that were refused again at once; return how many were taken in."""
    rows = UnknownRefund.objects.filter(store=store, number__in=numbers, tried_at__isnull=False).order_by("pk")
    return _adopt(store, list(rows[:_MOST]), at)


def take_waiting_now(*, store: Store, at: datetime) -> tuple[int, int]:
    """Try what the store's platform said and could not be taken in, for whoever asks; return how many were, and not."""
    rows = UnknownRefund.objects.filter(store=store, tried_at__isnull=False)
    tried = list(rows.order_by("tried_at", "pk")[:_MOST])
    adopted = _adopt(store, tried, at) if tried else 0
    done, left = read_again(store=store, at=at)
    return adopted + done, left + rows.count()


def read_unread(now: datetime) -> int:
    """Read what was not understood again, an hour after the last try; return how many cases came in."""
    before = now - _AGAIN
    due = UnreadRefund.objects.filter(tried_at__lte=before).values("store")
    stores = Store.objects.filter(pk__in=due).order_by("pk")
    return sum(read_again(store=store, at=now, before=before)[0] for store in stores)


def rotate() -> dict[str, Rotated]:
    """Seal what waits under the current key."""
    return {
        "unknown_refunds": rotate_rows(UnknownRefund.objects.all(), reseal=_waiting),
        "unread_refunds": rotate_rows(UnreadRefund.objects.all(), reseal=_unread),
    }


def _waiting(row: UnknownRefund) -> dict[str, Any]:
    return {"sealed": resealed(row.sealed, context=waiting_context(row.store_id, row.number))}


def _unread(row: UnreadRefund) -> dict[str, Any]:
    return {"sealed": resealed(row.sealed, context=unread_context(row.store_id, row.number))}


def purge_waiting(now: datetime) -> dict[str, int]:
    """Forget cases that never came in, after the store's time for what ended."""
    counts = {"unknown_refunds": 0, "unread_refunds": 0}
    for store in Store.objects.order_by("pk"):
        before = now - timedelta(days=store.purge_days)
        counts["unknown_refunds"] += UnknownRefund.objects.filter(store=store, at__lte=before).delete()[0]
        counts["unread_refunds"] += UnreadRefund.objects.filter(store=store, at__lte=before).delete()[0]
    return counts
