"""The rules' job: a look at the orders of a store that wait."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from backoffice.common.jobs import JobRefused, JobRun, create_job
from backoffice.common.models import Job, Store
from orders.rules.models import RuleBook
from orders.rules.queries import active_rules, waiting_orders
from orders.rules.services import review_orders

KIND = "review"
BATCH = 200  # orders between two readings of the rules


def create_due_reviews(now: datetime) -> int:
    """Create a job for each store with rules and orders that wait for them; return how many."""
    stores = Store.objects.filter(is_active=True, has_acceptance_rules=True).order_by("pk")
    return sum(_create_due_review(store, now) for store in stores)


@transaction.atomic
def _create_due_review(store: Store, now: datetime) -> bool:
    """Create the store's job unless there is one; the lock lets one of two beats at a time look."""
    RuleBook.objects.get_or_create(store=store)
    if not RuleBook.objects.select_for_update(of=("self",), skip_locked=True).filter(store=store).exists():
        return False
    if Job.objects.for_store(store).active().filter(kind=KIND).exists():
        return False
    if not waiting_orders(store, now, active_rules(store)).exists():
        return False
    create_job(store=store, kind=KIND, params={}, actor=None, at=now)
    return True


def run_review(run: JobRun) -> dict[str, Any]:
    """Review all orders that wait; an attempt that was interrupted goes on with those that are left."""
    store = run.job.store
    if store is None:
        raise JobRefused("A review belongs to a store.")
    counts = dict.fromkeys(("accepted", "held", "left", "unchanged", "missed"), 0)
    after_id = done = 0
    while True:
        result = review_orders(store=store, at=timezone.now(), after_id=after_id, limit=BATCH)
        if not result.looked_at:
            return counts
        for name in counts:
            counts[name] += getattr(result, name)
        after_id, done = result.last_id, done + result.looked_at
        run.progress(done)
