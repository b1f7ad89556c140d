from datetime import timedelta
from decimal import Decimal

import pytest

from orders.core.models import Hold, Order, OrderEvent
from orders.core.services import (
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
from orders.rules.models import AcceptanceRule
from orders.rules.services import move_rule, save_rule
from orders.rules.services.editing import RuleValues
from tests.factories import NOON, make_order
from tests.rules.making import condition, make_rule, waiting
from tests.rules.reviewing import BIG, LATER, SMALL, review

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
