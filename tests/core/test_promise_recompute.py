import uuid
from datetime import date, timedelta

import pytest
from django.conf import settings as real_settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from backoffice.common.jobs import run_pending_jobs
from backoffice.common.models import Job
from backoffice.common.services import save_store_settings
from orders.core.models import Order, OrderEvent
from orders.core.promise import ship_by_of
from orders.core.services import outdated_promises, promise, recompute_promise, recompute_store_promise
from orders.core.statuses import OPEN_STATUSES, OrderStatus, ShipByRule
from tests.factories import NOON, make_job, make_order, make_store, make_user
from tests.parallel import in_parallel

pytestmark = pytest.mark.django_db
PAID = NOON - timedelta(hours=1)
LATER = NOON + timedelta(days=5)


def set_hours(store, hours, actor=None):
    return save_store_settings(store=store, values={"promise_hours": hours}, actor=actor or make_user(), at=NOON)


def test_recompute_promise_tells_whether_it_moved():
    order = Order(store=make_store(), paid_at=NOON)

    moved = recompute_promise(order)
    again = recompute_promise(order)

    assert (moved, again) == (True, False)
    assert (order.ship_by, order.ship_by_rule) == (NOON + timedelta(hours=48), "promise")


def test_a_changed_promise_starts_a_job_that_moves_the_open_orders(store):
    order, person = make_order(store=store), make_user("boss")

    set_hours(store, 72, person)
    queued = Job.objects.get()
    run_pending_jobs()

    order.refresh_from_db()
    job, event = Job.objects.get(), OrderEvent.objects.get()
    assert (queued.kind, queued.store, queued.requested_by, queued.params) == ("promise", store, person, {})
    assert (job.state, job.result, job.rows_total, job.rows_done) == ("done", {"orders": 1}, 1, 1)
    assert (order.ship_by, order.ship_by_rule, order.version) == (PAID + timedelta(hours=72), "promise", 2)
    assert (event.kind, event.source, event.actor, event.job, event.order_version) == (
        "promise_changed",
        "system",
        None,
        job,
        2,
    )
    assert event.before["ship_by"] == (PAID + timedelta(hours=48)).isoformat()
    assert event.after["ship_by"] == (PAID + timedelta(hours=72)).isoformat()


@pytest.mark.parametrize("values", [{"promise_hours": 48}, {"due_soon_hours": 6}])
def test_other_settings_start_no_job(store, values):
    save_store_settings(store=store, values=values, actor=make_user(), at=NOON)

    assert not Job.objects.exists()


def test_every_job_on_settings_has_a_handler_and_a_column(store):
    for name, kind in real_settings.JOBS_ON_SETTINGS.items():
        assert hasattr(store, name)
        assert callable(import_string(real_settings.JOB_HANDLERS[kind]))


@pytest.mark.parametrize("status", OrderStatus)
def test_only_open_orders_follow(store, status):
    order = make_order(store=store, status=status)
    before = order.ship_by
    store.promise_hours = 24

    moved = recompute_store_promise(store=store, at=NOON)

    order.refresh_from_db()
    assert moved == (status in OPEN_STATUSES)
    assert order.ship_by == (PAID + timedelta(hours=24) if status in OPEN_STATUSES else before)


@pytest.mark.parametrize(
    ("rule", "facts"),
    [
        (ShipByRule.PRESALE, {"presale_ship_at": LATER}),
        (ShipByRule.APPOINTED, {"appointed_date": date(2026, 6, 5)}),
        (ShipByRule.EXTENSION, {"extended_until": LATER}),
    ],
)
def test_orders_with_an_agreement_of_their_own_stay(store, rule, facts):
    order = make_order(store=store, ship_by=LATER, ship_by_rule=rule, **facts)
    store.promise_hours = 24

    moved = recompute_store_promise(store=store, at=NOON)

    order.refresh_from_db()
    assert (moved, order.ship_by, order.version) == (0, LATER, 1)


def test_another_store_stays_as_it_is(store, other_store):
    theirs = make_order(store=other_store)
    make_order(store=store)
    store.promise_hours = 24

    moved = recompute_store_promise(store=store, at=NOON)

    theirs.refresh_from_db()
    assert (moved, theirs.version, OrderEvent.objects.filter(order=theirs).exists()) == (1, 1, False)


def test_many_orders_move_in_batches_and_a_second_run_moves_none(store, monkeypatch):
    monkeypatch.setattr(promise, "BATCH", 3)
    for _ in range(7):
        make_order(store=store)
    store.promise_hours, seen = 24, []

    moved = recompute_store_promise(store=store, at=NOON, on_progress=seen.append)
    again = recompute_store_promise(store=store, at=NOON)

    assert (moved, again, seen) == (7, 0, [3, 6, 7])
    assert not outdated_promises(store).exists()
    assert OrderEvent.objects.count() == 7


@pytest.mark.parametrize("hours", [1, 23, 24, 47, 72, 2160])
def test_the_statement_gives_what_ship_by_of_gives(store, hours):
    order = make_order(store=store, paid_at=NOON + timedelta(microseconds=123456))
    store.promise_hours = hours

    recompute_store_promise(store=store, at=NOON)

    order.refresh_from_db()
    assert (order.ship_by, order.ship_by_rule) == ship_by_of(store=store, paid_at=order.paid_at)


@pytest.mark.parametrize("count", [1, 3])
def test_a_batch_takes_a_fixed_number_of_statements(store, count, django_assert_num_queries):
    for _ in range(count):
        make_order(store=store)
    store.promise_hours = 24

    with django_assert_num_queries(11):  # a full batch of five, and two empty ones of three
        recompute_store_promise(store=store, at=NOON)

    assert connection.in_atomic_block


def test_while_work_runs_that_began_before_the_change_the_job_comes_again(store):
    order = make_order(store=store)
    values = {"state": "running", "token": uuid.uuid4(), "lease_expires_at": timezone.now() + timedelta(hours=1)}
    old = make_job(store=store, kind="order_import", started_at=NOON - timedelta(minutes=1), **values)
    make_job(store=store, kind="order_import", started_at=NOON + timedelta(minutes=1), **values)
    set_hours(store, 72)

    run_pending_jobs()
    again = Job.objects.get(kind="promise", state="queued")
    Order.objects.update(ship_by=PAID + timedelta(hours=48))  # as the old import writes it
    Job.objects.filter(pk=old.pk).update(state="done")
    Job.objects.filter(pk=again.pk).update(not_before=NOON)
    run_pending_jobs()

    order.refresh_from_db()
    assert again.params == {"changed_at": NOON.isoformat()}
    assert again.not_before > timezone.now()
    assert order.ship_by == PAID + timedelta(hours=72)
    assert [job.state for job in Job.objects.filter(kind="promise")] == ["done", "done"]


def test_a_job_without_a_store_is_refused():
    make_job(kind="promise")

    run_pending_jobs()

    assert Job.objects.get().state == "failed"


@pytest.mark.django_db(transaction=True)
def test_an_order_that_somebody_is_saving_follows_in_the_second_pass():
    store = make_store()
    busy, free = make_order(store=store), make_order(store=store)
    store.promise_hours = 24

    with transaction.atomic():
        list(Order.objects.filter(pk=busy.pk).locked())
        first = in_parallel(lambda: len(promise._move_batch(store, NOON, None, after=0, is_patient=False)))
    moved = recompute_store_promise(store=store, at=NOON)

    free.refresh_from_db()
    assert (first, moved, free.version) == ([1], 1, 2)


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_move_each_order_once():
    store = make_store()
    for _ in range(20):
        make_order(store=store)
    store.promise_hours = 24

    results = in_parallel(*(lambda: recompute_store_promise(store=store, at=NOON) for _ in range(2)))

    assert sum(results) == 20
    assert (OrderEvent.objects.count(), set(Order.objects.values_list("version", flat=True))) == (20, {2})
