"""The ticker and the jobs of stock."""

import pytest

from backoffice.common.jobs import run_job
from backoffice.common.jobs.runner import claim_next
from backoffice.common.models import Alert, Job
from orders.fulfilment import tasks
from orders.fulfilment.models import FulfilmentDue
from tests.factories import NOON, make_job, make_order, make_store
from tests.fulfilment.stocking import make_order_of, make_sku, on_shelf

pytestmark = pytest.mark.django_db


def test_store_with_due_orders_gets_one_job():
    stores = [make_store(), make_store(), make_store(is_active=False)]
    for store in (stores[0], stores[2]):
        make_order(store=store)

    created = [tasks.create_due_fulfilment(NOON) for _ in range(2)]

    assert (created, [(job.kind, job.store) for job in Job.objects.all()]) == ([1, 0], [("fulfilment", stores[0])])


def test_job_settles_every_due_order_and_tells_of_short_ones(store):
    sku = make_sku(store=store, on_hand=1)
    orders = [make_order_of(store, "A") for _ in range(3)]

    tasks.create_due_fulfilment(NOON)
    run_job(claim_next(now=NOON))

    assert (Job.objects.get().result, on_shelf(sku), FulfilmentDue.objects.count()) == ({"orders": 3}, (1, 1), 0)
    alert = Alert.objects.get()
    assert (alert.kind, alert.count, alert.subjects) == ("out_of_stock", 2, [order.number for order in orders[1:]])


def test_job_of_the_night_looks_at_every_store(store, other_store):
    make_sku(store=store, on_hand=0)

    make_job(kind="demand")
    run_job(claim_next(now=NOON))

    assert Job.objects.get().result == {"low": {"demo": 1, "other": 0}}
