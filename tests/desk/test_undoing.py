"""Batches and their undoing survive a process that dies half-way; undoing takes back what the batch did and no more."""

from datetime import timedelta

import pytest
import time_machine

from backoffice.common.jobs import run_job, run_pending_jobs
from backoffice.common.jobs.runner import claim
from backoffice.common.models import Job, JobRow
from orders.core.models import Hold, Order, Remark
from orders.core.services import open_hold, release_hold
from orders.desk import services, undoing
from orders.desk.acts import ACTS
from orders.desk.services import DeskError, Item
from tests.factories import NOON, make_order, make_store, make_user

LATER = NOON + timedelta(minutes=2)  # leases have run out


class PowerCutError(BaseException):
    """Ends the process where it is raised; nothing catches it."""


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def batch(store, actor, orders, act, **values):
    items = [Item(order.pk, order.number) for order in orders]
    return services.start_batch(store=store, act=ACTS[act], items=items, values=values, actor=actor, at=NOON)


def undo(store, job, actor, at=NOON):
    return services.undo_batch(store=store, job=job, actor=actor, at=at)


def fresh(order):
    return Order.objects.get(pk=order.pk)


def cut_power(monkeypatch, module, name, *, after):
    """Let a function work so many times and then end the process."""
    real, calls = getattr(module, name), []

    def cut(*args, **kwargs):
        calls.append(1)
        if len(calls) > after:
            raise PowerCutError
        return real(*args, **kwargs)

    monkeypatch.setattr(module, name, cut)


# A process dies


@pytest.mark.django_db(transaction=True)
def test_worker_finishes_a_batch_whose_request_died(monkeypatch, clock):
    store = make_store()
    person = make_user(store=store)
    orders = [make_order(store=store) for _ in range(4)]
    with monkeypatch.context() as patch:
        cut_power(patch, services, "_run_item", after=2)
        with pytest.raises(PowerCutError):
            batch(store, person, orders, "remark", text="x")
    job = Job.objects.get()
    left = (job.state, job.rows.count(), Remark.objects.count())

    early = run_pending_jobs()
    clock.move_to(LATER)
    run_pending_jobs()

    job.refresh_from_db()
    assert left == ("running", 2, 2)
    assert early == 0
    assert (job.state, job.result, job.rows_done) == ("done", {"done": 4, "refused": 0}, 4)
    assert [order.remarks.count() for order in orders] == [1] * 4


@pytest.mark.django_db(transaction=True)
def test_request_that_lost_its_lease_does_nothing_twice(monkeypatch, clock):
    store = make_store()
    person = make_user(store=store)
    orders = [make_order(store=store) for _ in range(3)]
    real = services._run_item

    def slow(job, *args, **kwargs):
        if not job.rows.exists():
            clock.move_to(LATER)
            monkeypatch.setattr(services, "_run_item", real)
            run_pending_jobs()
        return real(job, *args, **kwargs)

    monkeypatch.setattr(services, "_run_item", slow)
    job = batch(store, person, orders, "remark", text="x")

    assert (job.state, job.result) == ("done", {"done": 3, "refused": 0})
    assert [order.remarks.count() for order in orders] == [1] * 3


@pytest.mark.django_db(transaction=True)
def test_undo_that_died_goes_on_where_it_stopped(monkeypatch):
    store = make_store()
    person = make_user(store=store)
    orders = [make_order(store=store) for _ in range(4)]
    job = batch(store, person, orders, "flag", flag=1)
    with monkeypatch.context() as patch:
        cut_power(patch, undoing, "_take_back", after=2)
        with pytest.raises(PowerCutError):
            undo(store, job, person)
    halfway = [fresh(order).flag for order in orders]
    job.refresh_from_db()

    result = undo(store, job, person, at=NOON + timedelta(hours=1))

    assert halfway == [0, 0, 1, 1]
    assert "undone" not in job.result
    assert [fresh(order).flag for order in orders] == [0] * 4
    assert [fresh(order).version for order in orders] == [3] * 4
    assert len(result.done) == 4
    assert Job.objects.get().result == {"done": 4, "refused": 0, "undone": True}
    with pytest.raises(DeskError, match="was undone"):
        undo(store, job, person)


# Many orders


def test_undoing_many_is_the_workers(agent_client, agent, store, monkeypatch):
    orders = [make_order(store=store, lines=0) for _ in range(3)]
    job = batch(store, agent, orders, "flag", flag=1)
    monkeypatch.setattr(undoing, "INLINE_LIMIT", 2)

    answer = agent_client.post(f"/orders/batches/{job.pk}/undo/", headers={"HX-Request": "true"})
    job.refresh_from_db()
    waiting = (job.state, [fresh(order).flag for order in orders])
    html = agent_client.get(f"/orders/batches/{job.pk}/").content.decode()
    run_job(claim(job.pk, now=NOON))

    job.refresh_from_db()
    assert "The worker has begun to take it back." in answer.headers["HX-Trigger"]
    assert waiting == ("queued", [1] * 3)
    assert 'hx-trigger="load delay:2s"' in html
    assert (job.state, job.rows_done, job.rows_total) == ("done", 3, 3)
    assert job.result == {"done": 3, "refused": 0, "undone": True}
    assert [fresh(order).flag for order in orders] == [0] * 3


# Trying again, and what a stopped batch leaves


def test_retry_takes_what_a_stopped_batch_never_came_to(agent, store):
    orders = [make_order(store=store) for _ in range(3)]
    job = batch(store, agent, orders, "flag", flag=1)
    job.rows.filter(position__gt=1).delete()
    Job.objects.filter(pk=job.pk).update(state="cancelled", result={})

    again = services.retry_batch(store=store, job=job, actor=agent, at=NOON)

    assert list(again.rows.order_by("position").values_list("subject", flat=True)) == [
        order.number for order in orders[1:]
    ]


def test_a_batch_that_runs_is_not_tried_again(agent, store):
    job = batch(store, agent, [make_order(store=store)], "flag", flag=1)
    job.state = "queued"

    with pytest.raises(DeskError, match="The worker is still at it"):
        services.retry_batch(store=store, job=job, actor=agent, at=NOON)


def test_what_a_cancelled_batch_did_can_be_undone(agent, store):
    order = make_order(store=store)
    job = batch(store, agent, [order], "flag", flag=1)
    Job.objects.filter(pk=job.pk).update(state="cancelled", result={})

    undo(store, job, agent)

    assert fresh(order).flag == 0


# What is not the batch's stays


def test_undoing_a_claim_leaves_what_the_person_held_before(agent, store):
    theirs = make_order(store=store, claimed_by=agent, claim_expires_at=NOON + timedelta(minutes=5))
    new = make_order(store=store)
    lapsed = make_order(store=store, claimed_by=agent, claim_expires_at=NOON - timedelta(minutes=5))
    job = batch(store, agent, [theirs, new, lapsed], "claim")

    result = undo(store, job, agent)

    assert [fresh(order).claimed_by for order in (theirs, new, lapsed)] == [agent, None, None]
    assert result.done == [new.pk, lapsed.pk]


def test_undoing_a_hold_leaves_the_holds_of_others(agent, store):
    wang, order = make_user("wang", store=store), make_order(store=store)
    line = order.lines.get()
    job = batch(store, agent, [order], "hold", kind="manual", reason="mine")
    open_hold(store=store, order_id=order.pk, kind="manual", reason="theirs", line_id=line.pk, actor=wang, at=NOON)

    undo(store, job, agent)

    assert list(Hold.objects.filter(released_at=None).values_list("reason", "opened_by")) == [("theirs", wang.pk)]
    assert fresh(order).hold_kinds == ["manual"]


def test_undoing_a_hold_leaves_the_one_that_was_there(agent, store):
    wang, order = make_user("wang", store=store), make_order(store=store)
    open_hold(store=store, order_id=order.pk, kind="manual", reason="theirs", actor=wang, at=NOON)
    job = batch(store, agent, [order], "hold", kind="manual", reason="mine")

    undo(store, job, agent)

    assert list(Hold.objects.filter(released_at=None).values_list("reason", flat=True)) == ["theirs"]


def test_undoing_a_hold_that_was_released_and_opened_anew_leaves_the_new_one(agent, store):
    wang, order = make_user("wang", store=store), make_order(store=store)
    job = batch(store, agent, [order], "hold", kind="manual", reason="mine")
    release_hold(store=store, order_id=order.pk, kind="manual", reason="checked", actor=wang, at=NOON)
    open_hold(store=store, order_id=order.pk, kind="manual", reason="theirs", actor=wang, at=NOON)

    result = undo(store, job, agent)

    assert "has no open hold" in result.refused[order.pk]
    assert list(Hold.objects.filter(released_at=None).values_list("reason", flat=True)) == ["theirs"]
    assert JobRow.objects.get().data["stays"] == result.refused[order.pk]
