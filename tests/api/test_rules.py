"""The acceptance rules and the automations over the API."""

import pytest
import time_machine

from backoffice.common.models import AuditEntry, Store
from orders.core.models import Order
from orders.rules.models import AcceptanceRule
from tests.api.client import error, make_api
from tests.factories import NOON, make_user
from tests.rules.making import condition, make_rule, waiting

SMALL = condition("amount", "at_most", "500.00")


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def sent(*conditions, **values):
    return {"name": "small", "action": "accept", "conditions": conditions or [SMALL], **values}


def names(api):
    return [rule["name"] for rule in api.get("rules/").json()["results"]]


def test_rule_is_made_behind_the_others(api, store):
    make_rule(SMALL, store=store, name="first")

    answer = api.post("rules/", sent(condition("province", "none_of", ["西藏", "新疆"])))

    assert answer.status_code == 201
    rule = AcceptanceRule.objects.get(name="small")
    assert answer.json() == {
        "id": rule.pk, "position": 2, "name": "small", "action": "accept", "hold_kind": "", "hold_reason": "",
        "conditions": [{"field": "province", "op": "none_of", "value": ["西藏", "新疆"],
                        "text": "Province none of 西藏, 新疆"}],
        "is_active": True, "match_count": 0, "last_matched_at": None, "updated_by": api.owner.username,
        "updated_at": "2026-06-01T12:00:00+08:00",
    }  # fmt: skip
    assert names(api) == ["first", "small"]
    assert Store.objects.get(pk=store.pk).has_acceptance_rules
    assert AuditEntry.objects.filter(action="rules_changed", actor=api.owner, subject="small").count() == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"action": "ship"}, "action"),
        ({"action": "hold"}, "hold_kind"),
        ({"action": "hold", "hold_kind": "refund_open"}, "hold_kind"),
        ({"conditions": [condition("weather", "is", "rain")]}, "conditions"),
        ({"conditions": [SMALL, condition("amount", "is", "5")]}, "conditions"),
        ({"conditions": [condition("amount", "at_least", "much")]}, "conditions"),
        ({"conditions": [condition("title", "contains_any", ["a\0"])]}, "conditions"),
        ({"conditions": [SMALL] * 21}, "conditions"),
    ],
)
def test_bad_field_is_named(api, values, field):
    answer = api.post("rules/", sent() | values)

    assert error(answer) == (422, "invalid")
    assert list(answer.json()["fields"]) == [field]
    assert not AcceptanceRule.objects.exists()


def test_bad_value_is_named_at_its_condition(api):
    answer = api.post("rules/", sent(SMALL, condition("pieces", "at_least", -1)))

    assert answer.json()["fields"]["conditions"] == {"1": {"value": ["Give a whole number from 0 to 9999."]}}


def test_taken_name_is_refused(api, store):
    make_rule(SMALL, store=store, name="small")

    assert error(api.post("rules/", sent())) == (422, "field")


def test_same_key_makes_one_rule(api):
    first, second = (api.post("rules/", sent(), Idempotency_Key="k") for _ in range(2))

    assert first.json() == second.json()
    assert (second.status_code, second["Idempotent-Replay"]) == (201, "true")
    assert AcceptanceRule.objects.count() == 1


def test_rule_is_changed_at_its_place(api, store):
    rule = make_rule(SMALL, store=store, name="old")
    make_rule(SMALL, store=store, name="other")
    seen = api.get(f"rules/{rule.pk}/").json()

    hold = {"action": "hold", "hold_kind": "risk", "hold_reason": "look", "is_active": False}
    answer = api.put(f"rules/{rule.pk}/", sent(**hold, updated_at=seen["updated_at"]))

    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in hold} == hold
    assert names(api) == ["small", "other"]


def test_rule_that_changed_meanwhile_is_not_overwritten(api, store):
    rule = make_rule(SMALL, store=store, name="old")

    answer = api.put(f"rules/{rule.pk}/", sent(updated_at="2026-06-01T11:00:00+08:00"))

    assert error(answer) == (409, "version")
    assert names(api) == ["old"]


def test_rule_moves_and_stays_at_the_end(api, store):
    first, last = (make_rule(SMALL, store=store, name=name) for name in ("a", "b"))

    up = api.post(f"rules/{last.pk}/move/", {"up": True})
    again = api.post(f"rules/{last.pk}/move/", {"up": True})

    assert (up.json()["position"], again.json()["position"]) == (1, 1)
    assert names(api) == ["b", "a"]
    assert api.post(f"rules/{first.pk}/move/", {"up": True}).json()["position"] == 1


def test_moving_twice_with_one_key_moves_once(api, store):
    rules = [make_rule(SMALL, store=store, name=name) for name in "abc"]

    for _ in range(2):
        api.post(f"rules/{rules[2].pk}/move/", {"up": True}, Idempotency_Key="k")

    assert names(api) == ["a", "c", "b"]


def test_rule_is_switched_copied_and_deleted(api, store):
    rule = make_rule(SMALL, store=store, name="a")

    off = api.post(f"rules/{rule.pk}/switch/", {"is_active": False})
    copy = api.post(f"rules/{rule.pk}/duplicate/")
    gone = api.delete(f"rules/{rule.pk}/")

    assert off.json()["is_active"] is False
    assert (copy.status_code, copy.json()["name"], copy.json()["is_active"]) == (201, "a (copy 1)", False)
    assert (gone.status_code, gone.content, names(api)) == (204, b"", ["a (copy 1)"])
    assert error(api.delete(f"rules/{rule.pk}/")) == (404, "not_found")


def test_stored_rules_are_tried_and_nothing_changes(api, store):
    make_rule(SMALL, store=store, name="small")
    make_rule(store=store, name="off", is_active=False)
    cheap, dear = waiting(store=store, paid="80.00"), waiting(store=store, paid="900.00")

    answer = api.post("rules/try/")

    assert answer.json() == {
        "day": "2026-06-01", "is_today": True, "total": 2, "is_capped": False, "accepted": 1, "held": 0, "left": 1,
        "shares": [
            {"rule": "small", "action": "accept", "count": 1, "orders": [cheap.number]},
            {"rule": None, "action": "leave", "count": 1, "orders": [dear.number]},
        ],
    }  # fmt: skip
    assert not Order.objects.filter(acceptance="accepted").exists()


def test_rule_is_tried_before_it_is_saved(api, store):
    rule = make_rule(SMALL, store=store, name="small")
    waiting(store=store, paid="80.00")
    all_held = {"name": "all", "action": "hold", "hold_kind": "risk"}

    beside = api.post("rules/try/", {"rule": all_held}).json()
    instead = api.post("rules/try/", {"rule": all_held, "id": rule.pk}).json()

    assert ([share["rule"] for share in beside["shares"]], beside["held"]) == (["small", "all", None], 0)
    assert ([share["rule"] for share in instead["shares"]], instead["held"]) == (["all", None], 1)
    assert names(api) == ["small"]


def test_bad_rule_is_not_tried(api):
    answer = api.post("rules/try/", {"rule": {"name": "x", "action": "hold"}})

    assert error(answer) == (422, "invalid")
    assert answer.json()["fields"]["rule"]["hold_kind"] == ["This field is required."]


def test_rules_of_another_store_are_not_there(api, other_store):
    pk = make_rule(SMALL, store=other_store).pk

    answers = [
        api.get(f"rules/{pk}/"), api.put(f"rules/{pk}/", sent()), api.delete(f"rules/{pk}/"),
        api.post(f"rules/{pk}/move/", {"up": True}), api.post(f"rules/{pk}/switch/", {"is_active": False}),
        api.post(f"rules/{pk}/duplicate/"), api.post("rules/try/", {"id": pk}),
    ]  # fmt: skip

    assert {error(answer) for answer in answers} == {(404, "not_found")}
    assert names(api) == []


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_as_often_for_many_rules(api, store, count, django_assert_num_queries):
    for number in range(count):
        make_rule(SMALL, store=store, name=f"{number}")
    AcceptanceRule.objects.update(updated_by=make_user())

    with django_assert_num_queries(4):
        assert len(names(api)) == count


# What happens by itself


def test_automations_say_whether_they_are_on(api, store):
    make_rule(SMALL, store=store)

    rows = {row["key"]: row for row in api.get("automations/").json()["results"]}

    assert (rows["rules"]["state"], rows["rules"]["has_switch"]) == ("on", False)
    assert rows["accept_on_payment"]["has_switch"]
    assert rows["note_unhandled"]["state"] == "always"


def test_acceptance_on_payment_is_switched(api, store):
    states = [
        api.put("automations/accept-on-payment/", {"is_active": is_active}).json()["state"]
        for is_active in (False, True)
    ]

    assert states == ["off", "on"]
    assert Store.objects.get(pk=store.pk).accepts_on_payment
    assert AuditEntry.objects.filter(action="settings_changed", actor=api.owner).count() == 2


def test_bad_switch_is_refused(api):
    assert error(api.put("automations/accept-on-payment/", {"is_active": "perhaps"})) == (422, "invalid")


@pytest.mark.parametrize("count", [1, 3])
def test_automations_ask_as_often_for_many_orders(store, count, django_assert_num_queries):
    api = make_api(store)
    for _ in range(count):
        waiting(store=store)
        make_rule(SMALL, store=store)

    with django_assert_num_queries(11):  # one of them for the last jobs of all kinds
        assert api.get("automations/").status_code == 200
