from datetime import timedelta

import pytest

from backoffice.common.models import AuditEntry, Store
from orders.rules.models import AcceptanceRule
from orders.rules.queries import rules_of
from orders.rules.services import (
    RuleError,
    RuleValues,
    delete_rule,
    duplicate_rule,
    editing,
    move_rule,
    save_rule,
    switch_rule,
    unsaved_rule,
)
from tests.factories import NOON, make_store, make_user
from tests.parallel import in_parallel
from tests.rules.making import condition, make_rule

LATER = NOON + timedelta(minutes=1)


def names(store):
    return list(rules_of(store).values_list("name", flat=True))


def test_saved_rule_is_clean_dated_and_in_the_audit(store, manager):
    values = RuleValues(
        name="  大额   13812341234 ", action="hold", hold_kind="risk", hold_reason=" 核对  13812341234 ",
        conditions=[condition("amount", "at_least", "500")],
    )  # fmt: skip

    rule = save_rule(store=store, values=values, actor=manager, at=NOON)

    rule.refresh_from_db()
    assert (rule.name, rule.hold_reason) == ("大额 138****1234", "核对 138****1234")
    assert (rule.position, rule.is_active, rule.updated_by, rule.updated_at) == (1, True, manager, NOON)
    assert rule.conditions == [condition("amount", "at_least", "500.00")]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject, entry.actor) == ("rules_changed", rule.name, manager)
    assert entry.data == {"after": "Hold: Risk · Paid amount at least ¥500.00"}


def test_hold_is_dropped_from_a_rule_that_does_not_hold(store):
    rule = unsaved_rule(store, RuleValues(name="x", action="accept", hold_kind="risk", hold_reason="y"))

    assert (rule.hold_kind, rule.hold_reason, rule.pk) == ("", "", None)


@pytest.mark.parametrize(
    "values",
    [
        {"name": " "},
        {"name": "x" * 61},
        {"action": "explode"},
        {"action": "hold"},
        {"action": "hold", "hold_kind": "refund_open"},  # a fact, not for rules
        {"action": "hold", "hold_kind": "risk", "hold_reason": "x" * 201},
        {"conditions": [{"field": "moon"}]},
        {"conditions": [condition("pieces", "at_least", 1)] * 21},
    ],
)
def test_values_that_cannot_be_are_refused(store, values):
    with pytest.raises(RuleError) as refusal:
        save_rule(store=store, values=RuleValues(**({"name": "x", "action": "accept"} | values)), actor=None, at=NOON)

    assert (refusal.value.code, AcceptanceRule.objects.count()) == ("field", 0)


def test_two_rules_of_a_store_have_two_names(store, other_store):
    make_rule(store=store, name="big")
    make_rule(store=other_store, name="big")

    with pytest.raises(RuleError, match="big"):
        make_rule(store=store, name="big")


def test_a_store_has_so_many_rules_and_no_more(store, monkeypatch):
    monkeypatch.setattr(editing, "MAX_RULES", 1)
    rule = make_rule(store=store)

    with pytest.raises(RuleError, match="at most 1"):
        duplicate_rule(store=store, rule_id=rule.pk, actor=None, at=NOON)


def test_edited_rule_keeps_its_place_and_its_counts(store, manager):
    rule = make_rule(store=store, name="a")
    make_rule(store=store, name="b")
    AcceptanceRule.objects.filter(pk=rule.pk).update(match_count=7)

    save_rule(
        store=store, values=RuleValues(name="c", action="leave"), actor=manager, at=LATER, rule_id=rule.pk, seen_at=NOON
    )

    rule.refresh_from_db()
    assert (names(store), rule.match_count, rule.action) == (["c", "b"], 7, "leave")


def test_rule_that_somebody_else_changed_is_not_overwritten(store, manager):
    rule = make_rule(store=store, name="a")
    values = RuleValues(name="c", action="leave")
    save_rule(store=store, values=values, actor=manager, at=LATER, rule_id=rule.pk)

    with pytest.raises(RuleError, match="manager") as refusal:
        save_rule(store=store, values=values, actor=None, at=LATER, rule_id=rule.pk, seen_at=NOON)

    assert refusal.value.code == "version"


def test_store_knows_whether_a_rule_is_on(store, manager):
    def known():
        return Store.objects.get(pk=store.pk).has_acceptance_rules, store.has_acceptance_rules

    call = {"store": store, "actor": manager, "at": NOON}
    first, found = make_rule(store=store), []
    found.append(known())
    switch_rule(**call, rule_id=first.pk, is_active=False)
    found.append(known())
    switch_rule(**call, rule_id=first.pk, is_active=True)
    found.append(known())
    delete_rule(**call, rule_id=first.pk)
    found.append(known())

    assert found == [(True, True), (False, False), (True, True), (False, False)]


def test_saved_flags_of_a_stale_store_do_not_come_back(store, manager):
    stale = Store.objects.get(pk=store.pk)
    Store.objects.filter(pk=store.pk).update(name="New name")

    make_rule(store=stale)

    assert Store.objects.get(pk=store.pk).name == "New name"


def test_rules_move_by_one_and_stop_at_the_ends(store, manager):
    first, _second, third = (make_rule(store=store, name=name) for name in "abc")
    call = {"store": store, "actor": manager, "at": NOON}

    move_rule(**call, rule_id=third.pk, up=True)
    up = names(store)
    move_rule(**call, rule_id=first.pk, up=True)
    stopped = names(store)
    move_rule(**call, rule_id=first.pk, up=False)

    assert (up, stopped, names(store)) == (["a", "c", "b"], ["a", "c", "b"], ["c", "a", "b"])
    assert AuditEntry.objects.order_by("-sequence").first().data == {"position": [1, 2]}


def test_copy_is_behind_the_others_and_off(store, manager):
    rule = make_rule(condition("pieces", "at_least", 2), store=store, name="big", action="hold", hold_reason="x")
    call = {"store": store, "actor": manager, "at": NOON}

    copy, again = (duplicate_rule(**call, rule_id=rule.pk) for _number in range(2))

    assert (names(store), copy.is_active, again.is_active) == (["big", "big (copy 1)", "big (copy 2)"], False, False)
    assert (copy.conditions, copy.hold_kind, copy.hold_reason) == (rule.conditions, "risk", "x")


@pytest.mark.parametrize("act", [move_rule, switch_rule, delete_rule, duplicate_rule, save_rule])
def test_rule_of_another_store_is_not_there(store, other_store, act):
    rule = make_rule(store=store)
    more = {
        move_rule: {"up": True},
        switch_rule: {"is_active": False},
        save_rule: {"values": RuleValues(name="x", action="leave")},
    }

    with pytest.raises(AcceptanceRule.DoesNotExist):
        act(store=other_store, rule_id=rule.pk, actor=None, at=NOON, **more.get(act, {}))

    assert AcceptanceRule.objects.values_list("name", "action", "is_active").get() == ("rule 1", "accept", True)


@pytest.mark.django_db(transaction=True)
def test_rules_saved_at_once_stand_at_different_places():
    store = make_store()
    person = make_user(store=store)

    def save(name):
        shop = Store.objects.get(pk=store.pk)
        return save_rule(store=shop, values=RuleValues(name=name, action="accept"), actor=person, at=NOON)

    results = in_parallel(*[lambda name=name: save(name) for name in "abcd"])

    assert sorted(rule.position for rule in results) == [1, 2, 3, 4]
    assert AuditEntry.objects.filter(action="rules_changed").count() == 4
