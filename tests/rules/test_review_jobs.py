"""What changes while orders are reviewed, what a dry run says before, what it costs, and the job that reviews."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.common.jobs import JobRefused, runner
from backoffice.common.models import Job
from orders.core.models import Hold, Order, OrderEvent
from orders.core.services import (
    OrderError,
    accept_order,
    release_hold,
    set_flag,
    unaccept_order,
)
from orders.core.statuses import OrderStatus
from orders.notes.models import BuyerNote
from orders.notes.services import record_note
from orders.rules import tasks
from orders.rules.deciding import decide, ready_rules
from orders.rules.dry_run import dry_run
from orders.rules.models import AcceptanceRule
from orders.rules.queries import active_rules
from orders.rules.services import delete_rule, review_orders, switch_rule
from orders.rules.services import review as review_module
from tests.factories import NOON, make_buyer, make_line, make_order, make_store, make_user
from tests.parallel import in_parallel
from tests.rules.making import condition, facts_of, make_rule, waiting
from tests.rules.reviewing import BIG, LATER, SMALL, counts, review

# Meanwhile


def test_order_that_changed_meanwhile_is_missed_and_taken_next_time(db, store, agent, monkeypatch):
    make_rule(store=store)
    order = waiting(store)
    load = review_module.load_facts

    def load_then_change(*args):
        facts = load(*args)
        set_flag(store=store, order_id=order.pk, flag=1, actor=agent, at=LATER)
        return facts

    monkeypatch.setattr(review_module, "load_facts", load_then_change)
    missed = review_orders(store=store, at=NOON)
    monkeypatch.undo()

    assert (missed.missed, counts(missed)) == (1, (0, 0, 0, 0))
    assert review(store, at=LATER) == (1, 0, 0, 0)


def test_left_order_that_changed_meanwhile_is_looked_at_again(db, store, agent, monkeypatch):
    make_rule(condition("flag", "any_of", ["1"]), store=store)
    order = waiting(store)
    load = review_module.load_facts

    def load_then_change(*args):
        facts = load(*args)
        set_flag(store=store, order_id=order.pk, flag=1, actor=agent, at=NOON - timedelta(seconds=1))
        return facts

    monkeypatch.setattr(review_module, "load_facts", load_then_change)
    review(store)
    monkeypatch.undo()

    assert Order.objects.get(pk=order.pk).rules_at is None
    assert review(store, at=LATER) == (1, 0, 0, 0)


def test_rule_deleted_meanwhile_ends_quietly(db, store, manager, monkeypatch):
    rule = make_rule(store=store, name="gone")
    waiting(store)
    load = review_module.load_facts

    def load_then_delete(*args):
        facts = load(*args)
        delete_rule(store=store, rule_id=rule.pk, actor=manager, at=NOON)
        return facts

    monkeypatch.setattr(review_module, "load_facts", load_then_delete)

    assert review(store) == (1, 0, 0, 0)
    assert Order.objects.get().acceptance_rule == "gone"
    monkeypatch.undo()
    waiting(store)
    assert review(store, at=LATER) == (0, 0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_decide_each_order_once():
    store = make_store()
    make_rule(BIG, store=store, action="hold")
    rest = make_rule(store=store, name="rest")
    for number in range(40):
        waiting(store, paid=Decimal(500 if number % 2 else 100))

    results = in_parallel(*[lambda: review_orders(store=store, at=NOON)] * 2)

    assert sum(result.accepted for result in results) == 20
    assert sum(result.held for result in results) == 20
    assert OrderEvent.objects.filter(kind="accepted").count() == OrderEvent.objects.filter(kind="held").count() == 20
    assert Hold.objects.count() == 20
    rest.refresh_from_db()
    assert rest.match_count == 20


@pytest.mark.django_db(transaction=True)
def test_person_and_worker_at_once_accept_once():
    store = make_store()
    person = make_user(store=store)
    make_rule(store=store)
    orders = [waiting(store) for _number in range(20)]

    def by_hand():
        for order in reversed(orders):
            try:
                accept_order(store=store, order_id=order.pk, actor=person, at=NOON)
            except OrderError:
                continue

    results = in_parallel(lambda: review_orders(store=store, at=NOON), by_hand)

    assert results[1] is None
    assert Order.objects.filter(acceptance="accepted").count() == 20
    assert OrderEvent.objects.filter(kind="accepted").count() == 20


# Dry run


def test_dry_run_says_what_the_review_then_does(db, store, agent):
    make_rule(BIG, store=store, name="big", action="hold")
    make_rule(condition("title", "contains_any", ["台灯"]), store=store, name="lamps", action="leave")
    make_rule(condition("province", "none_of", ["西藏"]), store=store, name="near")
    for index in range(12):
        order = waiting(
            store, lines=0, paid=Decimal(100 + 60 * index), province="西藏" if index % 5 == 0 else "广东",
            buyer=make_buyer(store=store, nick=f"b{index}"),
        )  # fmt: skip
        make_line(order=order, title="台灯" if index % 3 == 0 else "真丝连衣裙")
    taken_back = waiting(store)
    accept_order(store=store, order_id=taken_back.pk, actor=agent, at=NOON)
    unaccept_order(store=store, order_id=taken_back.pk, actor=agent, at=NOON)

    tried = dry_run(store=store, rules=active_rules(store), at=NOON)
    assert not Hold.objects.exists()
    result = review_orders(store=store, at=NOON)

    assert (tried.accepted, tried.held, tried.left, tried.total) == (result.accepted, result.held, result.left, 13)
    assert (tried.accepted, tried.held, tried.left) == (3, 5, 5)
    by_rule = {share.rule.name: share.count for share in tried.shares if share.rule}
    assert by_rule == dict(AcceptanceRule.objects.values_list("name", "match_count"))
    assert set(tried.shares[2].samples) == set(
        Order.objects.filter(acceptance_rule="near").values_list("number", flat=True)
    )


def test_dry_run_takes_all_orders_paid_today_and_changes_nothing(db, store, other_store):
    rule = AcceptanceRule(store=store, name="new", action="accept", conditions=[SMALL])
    for status in OrderStatus:
        make_order(store=store, status=status)
    make_order(store=store, placed_at=NOON - timedelta(days=1))
    make_order(store=other_store)
    before = list(Order.objects.order_by("pk").values())

    tried = dry_run(store=store, rules=[rule], at=NOON)

    assert (tried.accepted, tried.total, tried.is_today, tried.is_capped) == (5, 5, True, False)
    assert list(Order.objects.order_by("pk").values()) == before


def test_dry_run_falls_back_to_the_last_day_with_payments(db, store):
    make_order(store=store, placed_at=NOON - timedelta(days=3))
    make_order(store=store, placed_at=NOON - timedelta(days=4))

    tried = dry_run(store=store, rules=[], at=NOON)

    assert (tried.total, tried.left, tried.is_today, str(tried.day)) == (1, 1, False, "2026-05-29")


def test_dry_run_tries_only_the_newest(db, store, monkeypatch):
    monkeypatch.setattr("orders.rules.dry_run.CAP", 2)
    for _number in range(3):
        make_order(store=store)

    tried = dry_run(store=store, rules=[], at=NOON)

    assert (tried.total, tried.is_capped) == (2, True)


def test_decision_names_the_rules_that_people_overruled(db, store, agent):
    rule = make_rule(store=store, name="all", action="hold")
    order = waiting(store)
    review(store)
    release_hold(store=store, order_id=order.pk, kind="risk", reason="核对过", actor=agent, at=LATER)

    decision = decide(ready_rules([rule]), facts_of(order))

    assert (decision.rule, decision.refused, decision.action) == (None, ["all"], "leave")


# Statements


def statements(act) -> int:
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


def test_dry_run_and_left_orders_cost_the_same_for_one_and_three(db, store):
    make_rule(BIG, condition("note_types", "any_of", ["gift"]), store=store)
    waiting(store)
    one = (
        statements(lambda: dry_run(store=store, rules=active_rules(store), at=NOON)),
        statements(lambda: review(store)),
    )
    for _number in range(3):
        record_note(order=waiting(store), text="礼盒", at=NOON)
    BuyerNote.objects.update(recognised_at=NOON)

    assert statements(lambda: dry_run(store=store, rules=active_rules(store), at=NOON)) == one[0]
    assert statements(lambda: review(store, at=LATER)) == one[1]


# The job


def test_ticker_creates_one_job_where_orders_wait(db, store, other_store, enqueued):
    make_rule(store=store)
    make_rule(store=other_store)
    waiting(store)
    make_store()

    assert [tasks.create_due_reviews(NOON), tasks.create_due_reviews(NOON)] == [1, 0]

    job = Job.objects.get()
    assert (job.kind, job.store, job.requested_by) == ("review", store, None)


def test_job_reviews_everything_and_says_so(db, store, monkeypatch):
    monkeypatch.setattr(tasks, "BATCH", 2)
    make_rule(SMALL, store=store)
    for number in range(5):
        waiting(store, paid=Decimal(100 if number < 3 else 500))
    tasks.create_due_reviews(NOON)

    runner.run_pending_jobs()

    job = Job.objects.get()
    assert (job.state, job.error) == ("done", "")
    assert job.result == {"accepted": 3, "held": 0, "left": 2, "unchanged": 0, "missed": 0}
    assert tasks.create_due_reviews(NOON) == 0


def test_killed_attempt_goes_on_with_what_is_left(db, store, monkeypatch):
    make_rule(BIG, store=store, action="hold")
    make_rule(SMALL, store=store)
    for number in range(6):
        waiting(store, paid=Decimal(500 if number % 2 else 100))
    act, done = review_module._act, []

    def killed_after_three(*args, **kwargs):
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(act(*args, **kwargs))

    monkeypatch.setattr(review_module, "_act", killed_after_three)
    with pytest.raises(KeyboardInterrupt):
        review(store)
    monkeypatch.undo()

    assert review(store, at=LATER) == (1, 2, 0, 1)
    assert OrderEvent.objects.filter(kind="accepted").count() == 3
    assert Hold.objects.filter(rule="rule 1").count() == 3


def test_review_without_a_store_is_refused(db):
    with pytest.raises(JobRefused):
        tasks.run_review(runner.JobRun(Job(kind="review")))


def test_switched_off_rule_stops_the_ticker(db, store, manager):
    rule = make_rule(store=store)
    waiting(store)
    switch_rule(store=store, rule_id=rule.pk, is_active=False, actor=manager, at=NOON)

    assert tasks.create_due_reviews(NOON) == 0
