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
    add_remark,
    mark_paid,
    open_hold,
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
from orders.rules.services import delete_rule, move_rule, review_orders, save_rule, switch_rule
from orders.rules.services import review as review_module
from orders.rules.services.editing import RuleValues
from tests.factories import NOON, make_buyer, make_line, make_order, make_store, make_user
from tests.parallel import in_parallel
from tests.rules.making import condition, facts_of, make_rule, waiting

BIG = condition("amount", "at_least", "500")
SMALL = condition("amount", "at_most", "499.99")
LATER = NOON + timedelta(minutes=1)


def counts(result):
    return (result.accepted, result.held, result.left, result.unchanged)


def review(store, at=NOON, **values):
    return counts(review_orders(store=store, at=at, **values))


# What a rule does


def test_accepted_order_names_its_rule(db, store):
    make_rule(SMALL, store=store, name="小额")
    order = waiting(store)

    assert review(store) == (1, 0, 0, 0)

    order.refresh_from_db()
    event = order.events.get()
    assert (order.acceptance, order.acceptance_rule, order.accepted_at) == ("accepted", "小额", NOON)
    assert (order.rules_at, order.version) == (NOON, 2)
    assert (event.kind, event.source, event.actor, event.order_version) == ("accepted", "rule", None, 2)


def test_held_order_names_its_rule_and_stays_unreviewed(db, store):
    make_rule(BIG, store=store, name="大额", action="hold", hold_reason="先核对")
    order = waiting(store, paid=Decimal(500))

    assert review(store) == (0, 1, 0, 0)

    order.refresh_from_db()
    hold, event = order.holds.get(), order.events.get()
    assert (hold.kind, hold.rule, hold.reason, hold.opened_by) == ("risk", "大额", "先核对", None)
    assert (order.acceptance, order.hold_kinds, order.rules_at) == ("unreviewed", ["risk"], NOON)
    assert (event.kind, event.source, event.after["rule"]) == ("held", "rule", "大额")


def test_hold_without_a_reason_gives_the_name_of_its_rule(db, store):
    make_rule(store=store, name="check", action="hold", hold_kind="manual")
    order = waiting(store)

    review(store)

    assert order.holds.get().reason == "check"


@pytest.mark.parametrize("with_rule", [True, False])
def test_left_order_is_untouched_but_looked_at(db, store, with_rule):
    make_rule(BIG, store=store)
    if with_rule:
        make_rule(store=store, name="rest", action="leave")
    order = waiting(store)

    assert review(store) == (0, 0, 1, 0)

    after = Order.objects.get(pk=order.pk)
    assert (after.acceptance, after.version, after.updated_at, after.rules_at) == (
        "unreviewed", 1, order.updated_at, NOON,
    )  # fmt: skip
    assert not after.events.exists()


def test_matches_are_counted_once(db, store):
    accept = make_rule(SMALL, store=store, name="a")
    hold = make_rule(condition("amount", "at_most", "600"), store=store, name="b", action="hold")
    leave = make_rule(store=store, name="c", action="leave")
    for paid in (100, 200, 500, 700):
        waiting(store, paid=Decimal(paid))

    review(store)
    make_rule(store=store, name="d", at=LATER)  # all that are left are looked at again
    review(store, at=LATER)

    found = {rule.pk: (rule.match_count, rule.last_matched_at) for rule in AcceptanceRule.objects.all()}
    assert [found[rule.pk] for rule in (accept, hold, leave)] == [(2, NOON), (1, NOON), (1, NOON)]


# Which rule decides


def test_first_rule_that_fits_decides(db, store):
    make_rule(BIG, store=store, name="big", action="hold")
    every = make_rule(store=store, name="every")
    make_rule(store=store, name="never", action="hold")
    big, small = waiting(store, paid=Decimal(500)), waiting(store)

    assert review(store) == (1, 1, 0, 0)

    assert big.holds.get().rule == "big"
    assert Order.objects.get(pk=small.pk).acceptance_rule == every.name


def test_order_of_rules_is_theirs_to_change(db, store, manager):
    make_rule(store=store, name="hold all", action="hold")
    second = make_rule(store=store, name="accept all")
    move_rule(store=store, rule_id=second.pk, up=True, actor=manager, at=NOON)
    order = waiting(store)

    review(store, at=LATER)

    assert Order.objects.get(pk=order.pk).acceptance_rule == "accept all"


def test_all_conditions_must_fit(db, store):
    make_rule(SMALL, condition("province", "any_of", ["广东"]), store=store)
    near, far = waiting(store), waiting(store, province="西藏")

    assert review(store) == (1, 0, 1, 0)

    assert Order.objects.get(pk=near.pk).acceptance == "accepted"
    assert Order.objects.get(pk=far.pk).acceptance == "unreviewed"


def test_rule_that_is_off_or_unreadable_decides_nothing(db, store):
    make_rule(store=store, name="off", is_active=False)
    broken = make_rule(store=store, name="broken")
    AcceptanceRule.objects.filter(pk=broken.pk).update(conditions=[{"field": "moon", "op": "is", "value": "full"}])
    waiting(store)

    assert review(store) == (0, 0, 1, 0)


def test_store_without_active_rules_is_not_reviewed(db, store):
    make_rule(store=store, is_active=False)
    order = waiting(store)

    assert review(store) == (0, 0, 0, 0)
    assert Order.objects.get(pk=order.pk).rules_at is None


# Which orders wait


def test_only_paid_open_unreviewed_orders_of_the_store_wait(db, store, other_store):
    make_rule(store=store)
    make_rule(store=other_store)
    for status in OrderStatus:
        make_order(store=store, status=status, acceptance="unreviewed")
    make_order(store=store)  # accepted
    waiting(store, has_list=False)
    strange = waiting(other_store)

    assert review(store) == (2, 0, 0, 0)

    accepted = Order.objects.filter(acceptance_rule="rule 1").values_list("status", flat=True)
    assert sorted(accepted) == ["partially_shipped", "pending_shipment"]
    assert Order.objects.get(pk=strange.pk).acceptance == "unreviewed"


def test_another_stores_orders_are_not_reviewed_by_their_ids(db, store, other_store):
    make_rule(store=store)
    strange, own, more = waiting(other_store), waiting(store), waiting(store)

    assert review(store, order_ids=[strange.pk, own.pk]) == (1, 0, 0, 0)

    assert set(Order.objects.filter(acceptance="unreviewed")) == {strange, more}


def test_second_review_changes_nothing(db, store):
    make_rule(BIG, store=store, action="hold")
    make_rule(SMALL, condition("province", "any_of", ["广东"]), store=store)
    for values in ({}, {"paid": Decimal(500)}, {"province": "西藏"}):
        waiting(store, **values)

    first = review(store)
    before = list(Order.objects.order_by("pk").values()), OrderEvent.objects.count(), Hold.objects.count()
    second = review(store, at=LATER)

    assert (first, second) == ((1, 1, 1, 0), (0, 0, 0, 0))
    assert (list(Order.objects.order_by("pk").values()), OrderEvent.objects.count(), Hold.objects.count()) == before


def test_changed_order_is_looked_at_again(db, store, agent):
    make_rule(condition("flag", "any_of", ["3"]), store=store)
    order = waiting(store)
    review(store)

    add_remark(store=store, order_id=order.pk, text="已电联", actor=agent, at=LATER)
    after_remark = review(store, at=LATER)
    set_flag(store=store, order_id=order.pk, flag=3, actor=agent, at=LATER + timedelta(seconds=1))
    after_flag = review(store, at=LATER + timedelta(seconds=2))

    assert (after_remark, after_flag) == ((0, 0, 1, 0), (1, 0, 0, 0))


def test_changed_rules_look_at_left_orders_again(db, store, manager):
    rule = make_rule(BIG, store=store)
    waiting(store)
    review(store)

    nothing_new = review(store, at=LATER)
    values = RuleValues(name="every", action="accept")
    save_rule(store=store, values=values, actor=manager, at=LATER + timedelta(seconds=1), rule_id=rule.pk)

    assert nothing_new == (0, 0, 0, 0)
    assert review(store, at=LATER + timedelta(seconds=2)) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    "changing", [condition("time_of_day", "between", ["12:09", "13:00"]), condition("staff_at_work", "at_least", 1)]
)
def test_rules_on_time_or_staff_look_again_every_ten_minutes(db, store, agent, changing):
    make_rule(changing, store=store)
    waiting(store)
    ten = timedelta(minutes=10)
    agent.memberships.update(seen_at=NOON + ten)

    assert review(store) == (0, 0, 1, 0)
    assert review(store, at=NOON + ten) == (0, 0, 0, 0)
    assert review(store, at=NOON + ten + timedelta(seconds=1)) == (1, 0, 0, 0)


def test_rules_on_note_types_wait_for_the_recognition(db, store):
    make_rule(condition("note_types", "any_of", ["address_change"]), store=store, action="hold", name="address")
    make_rule(store=store)
    order = waiting(store)
    record_note(order=order, text="改地址", at=NOON)
    BuyerNote.objects.filter(order=order).update(recognised_at=None, types=[])

    unread = review(store, at=LATER)
    BuyerNote.objects.filter(order=order).update(recognised_at=LATER, types=["address_change"])

    assert unread == (0, 0, 0, 0)
    assert review(store, at=LATER) == (0, 1, 0, 0)


def test_rules_that_ask_no_types_do_not_wait_for_a_note(db, store):
    make_rule(condition("note", "is", "yes"), store=store)
    order = waiting(store)
    record_note(order=order, text="改地址", at=NOON)
    BuyerNote.objects.filter(order=order).update(recognised_at=None)

    assert review(store, at=LATER) == (1, 0, 0, 0)


# What people decided stands


def test_released_hold_is_not_opened_again_and_the_next_rule_decides(db, store, agent):
    make_rule(BIG, store=store, name="big", action="hold")
    make_rule(store=store, name="rest")
    order = waiting(store, paid=Decimal(500))
    review(store)

    release_hold(store=store, order_id=order.pk, kind="risk", reason="核对过", actor=agent, at=LATER)
    result = review(store, at=LATER + timedelta(seconds=1))

    assert result == (1, 0, 0, 0)
    assert (order.holds.count(), Order.objects.get(pk=order.pk).acceptance_rule) == (1, "rest")


@pytest.mark.parametrize("change", ["rename", "reason"])
def test_released_hold_stays_released_when_the_rule_is_renamed(db, store, agent, manager, change):
    rule = make_rule(store=store, name="big", action="hold", hold_reason="check")
    order = waiting(store)
    review(store)
    release_hold(store=store, order_id=order.pk, kind="risk", reason="核对过", actor=agent, at=LATER)

    new = {"name": "large"} if change == "rename" else {"hold_reason": "look"}
    values = RuleValues(**{"name": "big", "action": "hold", "hold_kind": "risk", "hold_reason": "check"} | new)
    save_rule(store=store, values=values, actor=manager, at=LATER, rule_id=rule.pk)

    assert review(store, at=LATER + timedelta(seconds=1)) == (0, 0, 1, 0)
    assert not order.holds.filter(released_at=None).exists()


def test_hold_that_nobody_released_may_open_again(db, store):
    make_rule(store=store, name="big", action="hold")
    order = waiting(store)
    review(store)
    release_hold(store=store, order_id=order.pk, kind="risk", reason="by itself", actor=None, at=LATER, source="system")

    assert review(store, at=LATER + timedelta(seconds=1)) == (0, 1, 0, 0)


def test_order_held_for_that_already_is_not_held_twice(db, store, agent):
    make_rule(store=store, action="hold")
    order = waiting(store)
    open_hold(store=store, order_id=order.pk, kind="risk", reason="可疑", actor=agent, at=NOON)

    assert review(store) == (0, 0, 0, 1)

    assert (order.holds.get().rule, order.events.count()) == ("", 1)
    assert review(store, at=LATER) == (0, 0, 0, 0)


def test_order_taken_back_to_review_stays_with_people(db, store, agent):
    make_rule(store=store)
    order = waiting(store)
    review(store)
    unaccept_order(store=store, order_id=order.pk, actor=agent, at=LATER)

    assert review(store, at=LATER + timedelta(seconds=1)) == (0, 0, 1, 0)
    assert Order.objects.get(pk=order.pk).acceptance == "unreviewed"


def test_payment_is_not_accepted_by_itself_while_a_rule_is_on(db, store, manager):
    make_rule(BIG, store=store, name="big")
    order = make_order(store=store, status="pending_payment", paid_at=None)

    mark_paid(store=store, order_id=order.pk, method="transfer", actor=manager, at=NOON)

    assert Order.objects.get(pk=order.pk).acceptance == "unreviewed"
    assert review(store, at=LATER) == (0, 0, 1, 0)


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
