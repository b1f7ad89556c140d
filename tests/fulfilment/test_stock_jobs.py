"""The ticker and the jobs of stock."""

from datetime import timedelta

import pytest

from backoffice.common.jobs import run_job
from backoffice.common.jobs.runner import claim_next
from backoffice.common.models import Alert, Job
from orders.fulfilment import tasks
from orders.fulfilment.models import FulfilmentDue, LineStock
from orders.fulfilment.services.stock import settle_due, settling
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


def fail_for(monkeypatch, order):
    """Let settling of one order fail, as a bug would."""
    whole = settling.settle

    def settle(locked, *, at):
        if locked.pk == order.pk:
            raise ZeroDivisionError
        return whole(locked, at=at)

    monkeypatch.setattr(settling, "settle", settle)


def test_order_that_fails_waits_longer_each_time_and_makes_no_job_meanwhile(store, monkeypatch):
    fail_for(monkeypatch, make_order(store=store))
    waits, at = [], NOON
    for _ in range(9):
        settle_due(store=store, at=at)
        due = FulfilmentDue.objects.get()
        waits.append(int((due.not_before - at).total_seconds()))
        at = due.not_before

    created = tasks.create_due_fulfilment(at - timedelta(seconds=1)), tasks.create_due_fulfilment(at)

    assert (waits, created) == ([60, 120, 240, 480, 960, 1920, 3600, 3600, 3600], (0, 1))


def test_order_that_fails_stops_no_others_however_few_are_taken_at_once(store, monkeypatch):
    sku = make_sku(store=store, on_hand=1)
    fail_for(monkeypatch, make_order_of(store, "A", paid_at=NOON - timedelta(days=2)))
    good = make_order_of(store, "A")

    settled = [settle_due(store=store, at=NOON, limit=1) for _ in range(2)]

    assert (settled, on_shelf(sku)) == ([0, 1], (1, 1))
    assert LineStock.objects.get().order_id == good.pk


def test_order_that_fails_again_and_again_is_told_to_operations_once(store, monkeypatch):
    order = make_order(store=store)
    fail_for(monkeypatch, order)

    for hours in range(8):
        settle_due(store=store, at=NOON + timedelta(hours=2 * hours))

    alert = Alert.objects.get()
    assert (alert.kind, alert.right, alert.subjects) == ("job_failed", "run_jobs", [order.number])


def test_order_that_failed_is_settled_when_it_can_be(store, monkeypatch):
    sku = make_sku(store=store, on_hand=1)
    with monkeypatch.context() as broken:
        fail_for(broken, make_order_of(store, "A"))
        settle_due(store=store, at=NOON)

    settle_due(store=store, at=NOON + timedelta(minutes=1))

    assert (on_shelf(sku), FulfilmentDue.objects.count()) == ((1, 1), 0)


def test_mark_of_an_order_that_is_gone_is_dropped(store):
    FulfilmentDue.objects.create(order_id=2**40, store=store, since=NOON)

    settle_due(store=store, at=NOON)

    assert not FulfilmentDue.objects.exists()


def test_job_of_the_night_looks_at_every_store(store, other_store):
    make_sku(store=store, on_hand=0)

    make_job(kind="demand")
    run_job(claim_next(now=NOON))

    assert Job.objects.get().result == {"low": {"demo": 1, "other": 0}}
