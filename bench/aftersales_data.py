"""Cases and reviews of a measured shop: loaded once, after its orders and parcels; topics and sums follow."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from aftersales.refunds.models import Refund
from aftersales.topics.models import Topic
from aftersales.topics.services import seed_topics
from analytics.rollups.runs import roll_range
from backoffice.common.clock import business_day
from backoffice.common.models import Store, User
from bench import case_data, review_data
from bench.output import say
from bench.sizes import ONE_YEAR
from orders.intake.demo.bulk import bulk_load

TABLES = (*case_data.TABLES, *review_data.TABLES)
_CHECKED = ("refunds_refund", "refunds_refundstep", "reviews_review", "topics_topicmention")
_SETTLED = timedelta(days=25)  # cases of older orders are over


def furnish(store: Store, user: User, now: datetime) -> bool:
    """Give a shop cases and reviews, once; tell whether that was to do."""
    if Refund.objects.for_store(store).exists():
        return False
    say(f"Cases and reviews of {store.name} …")
    if not Topic.objects.for_store(store).exists():
        seed_topics(store=store, at=now)
    values: dict[str, Any] = {"store": store.pk, "user": user.pk, "now": now, "settled": now - _SETTLED}
    with transaction.atomic(), bulk_load(TABLES), _without_triggers():
        case_data.open_cases(values)
        review_data.write_reviews(values)
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"VACUUM (ANALYZE) {table}")
    yesterday = business_day(now) - timedelta(days=1)
    say("Rolling up a year of cases and topics …")
    roll_range(stores=[store], first=yesterday - timedelta(days=ONE_YEAR + 30), last=yesterday, at=now)
    return True


@contextmanager
def _without_triggers() -> Iterator[None]:
    """Write without the checks and marks of single rows: what is written is whole, and topics and sums come after."""
    with connection.cursor() as cursor:
        for table in _CHECKED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        for table in _CHECKED:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
