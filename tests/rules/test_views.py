import re
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.common.models import Schedule, Store
from orders.core.models import Order
from orders.core.services import open_hold
from orders.notes.services import record_note
from orders.rules.models import AcceptanceRule
from orders.rules.services import review_orders
from tests.factories import NOON, make_job, make_order
from tests.rules.making import condition, make_rule, waiting

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def rows(page) -> list[str]:
    return re.findall(r'<tr data-rule="(\d+)"', page.content.decode())


def sent(*conditions, **values):
    """Return the form as a browser sends it: (field, {name: value}) for each row."""
    data = {"name": "小额", "action": "accept", "is_active": "on"} | values
    for index, (field, parts) in enumerate(conditions):
        data.setdefault("row", []).append(f"{index}:{field}")
        data |= {f"c{index}-{name}": value for name, value in parts.items()}
    return data


AMOUNT = ("amount", {"op": "at_most", "value": "500"})


def test_list_says_each_rule_in_order(manager_client, store):
    rules = [make_rule(condition("amount", "at_least", "500"), store=store, name=name) for name in ("b", "a")]

    page = manager_client.get("/settings/rules/")

    assert rows(page) == [str(rule.pk) for rule in rules]
    assert "Paid amount at least ¥500.00" in page.content.decode()


def test_empty_list_leads_to_a_new_rule(manager_client):
    assert 'href="/settings/rules/new/"' in manager_client.get("/settings/rules/").content.decode()


def test_rule_is_saved_as_sent(manager_client, store):
    data = sent(
        AMOUNT,
        ("title", {"op": "contains_none", "value": "台灯，衬衫, 裙"}),
        ("province", {"op": "none_of", "value": ["西藏", "新疆"]}),
        ("time_of_day", {"op": "between", "value": "22:00", "until": "08:00"}),
        ("note", {"op": "is", "value": "no"}),
    )

    response = manager_client.post("/settings/rules/new/", data)

    assert (response.status_code, response.url) == (302, "/settings/rules/")
    rule = AcceptanceRule.objects.get()
    assert (rule.name, rule.action, rule.is_active, rule.store) == ("小额", "accept", True, store)
    assert rule.conditions == [
        condition("amount", "at_most", "500.00"),
        condition("title", "contains_none", ["台灯", "衬衫", "裙"]),
        condition("province", "none_of", ["西藏", "新疆"]),
        condition("time_of_day", "between", ["22:00", "08:00"]),
        condition("note", "is", "no"),
    ]


def test_saved_form_shows_what_was_saved_and_saves_it_again(manager_client, store):
    rule = make_rule(
        condition("title", "contains_any", ["台灯", "裙"]),
        condition("time_of_day", "between", ["22:00", "08:00"]),
        condition("flag", "any_of", ["1"]),
        store=store, name="a", action="hold", hold_reason="看一下",
    )  # fmt: skip
    page = manager_client.get(f"/settings/rules/{rule.pk}/").content.decode()

    assert 'value="台灯, 裙"' in page
    assert 'value="22:00"' in page
    assert 'value="08:00"' in page
    assert re.search(r'value="1"[^>]*checked', page)
    seen = re.search(r'name="seen_at" value="([^"]+)"', page)[1]
    words = ("title", {"op": "contains_any", "value": "台灯, 裙"})
    data = sent(words, name="b", action="leave", seen_at=seen.replace("&#x2B;", "+"))
    assert manager_client.post(f"/settings/rules/{rule.pk}/", data).status_code == 302
    rule.refresh_from_db()
    assert (rule.name, rule.action, rule.hold_kind, len(rule.conditions)) == ("b", "leave", "", 1)


def test_rule_changed_meanwhile_answers_409_and_keeps_what_was_typed(manager_client, store):
    rule = make_rule(store=store, name="a")
    data = sent(AMOUNT, name="mine", seen_at="2026-05-01T00:00:00+00:00")

    response = manager_client.post(f"/settings/rules/{rule.pk}/", data)

    assert (response.status_code, AcceptanceRule.objects.get().name) == (409, "a")
    assert 'value="mine"' in response.content.decode()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_rows_are_added_and_removed_by_the_form_itself(manager_client, headers):
    data = sent(AMOUNT, name="", do="add", field="stock")

    added = manager_client.post("/settings/rules/new/", data, headers=headers).content.decode()
    removed = manager_client.post("/settings/rules/new/", data | {"do": "remove:0"}, headers=headers).content.decode()

    assert re.findall(r'data-condition="(\w+)"', added) == ["amount", "stock"]
    assert 'name="row" value="1:stock"' in added
    assert re.search(r'name="c0-value" value="500"', added)
    assert "field-error" not in added
    assert re.findall(r'data-condition="(\w+)"', removed) == []
    assert ("<html" in added) is (not headers)
    assert not AcceptanceRule.objects.exists()


def test_added_row_gets_a_number_of_its_own(manager_client):
    data = sent(AMOUNT, AMOUNT) | {
        "row": ["7:amount"],
        "c7-op": "at_least",
        "c7-value": "9",
        "do": "add",
        "field": "flag",
    }

    page = manager_client.post("/settings/rules/new/", data).content.decode()

    assert re.findall(r'name="row" value="([^"]+)"', page) == ["7:amount", "8:flag"]


BROKEN = [
    ("empty", {}),
    ("no name", sent(AMOUNT, name="")),
    ("unknown act", sent(AMOUNT, action="explode")),
    ("unknown hold", sent(AMOUNT, action="hold", hold_kind="refund_open")),
    ("no hold", sent(AMOUNT, action="hold")),
    ("bad amount", sent(("amount", {"op": "at_most", "value": "many"}))),
    ("no value", sent(("amount", {"op": "at_most"}))),
    ("bad comparison", sent(("amount", {"op": "contains_any", "value": "1"}))),
    ("bad choice", sent(("province", {"op": "any_of", "value": ["Mars"]}))),
    ("no choice", sent(("province", {"op": "any_of"}))),
    ("bad stock", sent(("stock", {"op": "is", "value": "?"}))),
    ("one time", sent(("time_of_day", {"op": "between", "value": "22:00"}))),
    ("zero byte", sent(("title", {"op": "contains_any", "value": "a\0b"}))),
    ("zero byte in the name", sent(AMOUNT, name="a\0b")),
    ("too many rows", sent(*[AMOUNT] * 21)),
]


@pytest.mark.parametrize("act", ["save", "try"])
@pytest.mark.parametrize("data", [data for _name, data in BROKEN], ids=[name for name, _data in BROKEN])
def test_broken_form_is_answered_422_with_the_reason(manager_client, data, act):
    response = manager_client.post("/settings/rules/new/", data | {"do": act})

    page = response.content.decode()
    assert (response.status_code, AcceptanceRule.objects.count()) == (422, 0)
    assert "field-error" in page or "notice-error" in page


@pytest.mark.parametrize(
    "junk",
    [
        {"row": ["x", ":", "1", "-1:amount", "²:amount", "9999:amount", "0:moon", "0:"]},
        {"row": ["0:amount"], "do": "add:moon"},
        {"row": ["0:amount"], "do": "remove:x"},
        {"do": "explode"},
        {"seen_at": "yesterday"},
        {"seen_at": "2026-99-99T00:00:00Z"},
        {"seen_at": "2026-06-01T00:00:00"},
        {"field": "moon", "do": "add"},
    ],
)
def test_junk_in_the_form_is_never_an_error_of_the_server(manager_client, junk):
    response = manager_client.post("/settings/rules/new/", {"name": "x", "action": "leave"} | junk)

    assert response.status_code in {200, 302, 422}


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_try_counts_before_saving(manager_client, store, headers):
    for paid in (100, 200, 600):
        make_order(store=store, paid=Decimal(paid))
    make_rule(store=store, name="rest", action="leave")
    data = sent(AMOUNT, do="try", action="hold", hold_kind="risk", is_active="")

    page = manager_client.post("/settings/rules/new/", data, headers=headers).content.decode()

    assert 'data-dry-run="0/0/3/3"' in page  # behind the rule that takes all
    assert AcceptanceRule.objects.count() == 1
    AcceptanceRule.objects.all().delete()
    page = manager_client.post("/settings/rules/new/", data, headers=headers).content.decode()
    assert 'data-dry-run="0/2/1/3"' in page
    assert "Would accept 0 of 3, hold 2, leave 1 to people." in page
    assert all(f"/orders/{number}/" in page for number in Order.objects.values_list("number", flat=True))


def test_try_puts_an_edited_rule_at_its_own_place(manager_client, store):
    make_order(store=store)
    rule = make_rule(condition("amount", "at_least", "500"), store=store, name="first", is_active=False)
    make_rule(store=store, name="rest", action="leave")

    page = manager_client.post(f"/settings/rules/{rule.pk}/", sent(AMOUNT, name="first", do="try")).content.decode()

    assert 'data-dry-run="1/0/0/1"' in page
    rule.refresh_from_db()
    assert (rule.is_active, rule.conditions) == (False, [condition("amount", "at_least", "500.00")])


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_list_is_tried_in_place(manager_client, store, headers):
    make_rule(store=store)
    make_order(store=store)

    page = manager_client.get("/settings/rules/?try=1", headers=headers).content.decode()

    assert 'data-dry-run="1/0/0/1"' in page
    assert ("<html" in page) is (not headers)


def test_rules_are_moved_switched_copied_and_deleted_from_the_list(manager_client, store):
    first, second = make_rule(store=store, name="a"), make_rule(store=store, name="b")

    moved = manager_client.post(f"/settings/rules/{second.pk}/move/", {"up": "1"}, headers=HTMX)
    switched = manager_client.post(f"/settings/rules/{first.pk}/switch/", {"active": "0"}, headers=HTMX)
    copied = manager_client.post(f"/settings/rules/{first.pk}/duplicate/")
    deleted = manager_client.post(f"/settings/rules/{second.pk}/delete/")

    assert rows(moved) == [str(second.pk), str(first.pk)]
    assert (switched.status_code, "toast" in switched.headers["HX-Trigger"]) == (200, True)
    assert (copied.url, deleted.url) == ("/settings/rules/", "/settings/rules/")
    found = AcceptanceRule.objects.order_by("position").values_list("name", "is_active")
    assert list(found) == [("a", False), ("a (copy 1)", False)]


def test_pages_cost_the_same_for_one_rule_and_three(manager_client, store):
    def statements(url):
        with CaptureQueriesContext(connection) as captured:
            manager_client.get(url)
        return len(captured)

    urls = ("/settings/rules/", "/settings/rules/?try=1", "/settings/automations/")
    make_rule(store=store)
    make_order(store=store)
    manager_client.get(urls[0])
    one = [statements(url) for url in urls]
    for _number in range(2):
        make_rule(store=store)
        record_note(order=make_order(store=store), text="礼盒", at=NOON)
        make_job(store=store, kind="review", state="done")

    assert [statements(url) for url in urls] == one


# Automations


def states(client) -> dict[str, str]:
    page = client.get("/settings/automations/").content.decode()
    return dict(re.findall(r'data-automation="(\w+)" data-state="(\w+)"', page))


def test_automations_name_every_act_and_whether_it_is_on(manager_client, store):
    found = states(manager_client)

    assert set(found) >= {
        "accept_on_payment", "rules", "recognition", "note_unhandled", "refund_open", "balance_unpaid",
        "platform_forbids", "incomplete", "appointed_date", "claims", "promise", "gifts", "stock", "anomalies",
        "traces", "outbox", "pull",
        *Schedule.objects.values_list("kind", flat=True),
    }  # fmt: skip
    assert (found["accept_on_payment"], found["rules"], found["note_unhandled"]) == ("on", "off", "always")
    assert (found["gifts"], found["stock"]) == ("off", "always")


def test_acceptance_on_payment_waits_while_a_rule_is_on_and_is_switched_here(manager_client, store):
    make_rule(store=store)
    paused = states(manager_client)

    manager_client.post("/settings/automations/accept-on-payment/", {"active": "0"})

    assert (paused["accept_on_payment"], paused["rules"]) == ("paused", "on")
    assert not Store.objects.get(pk=store.pk).accepts_on_payment
    assert states(manager_client)["accept_on_payment"] == "off"


def test_automations_tell_their_last_effect(manager_client, store, agent):
    make_rule(store=store)
    waiting(store)
    review_orders(store=store, at=NOON)
    result = {"accepted": 41, "held": 9, "left": 13}
    make_job(store=store, kind="review", state="done", result=result, finished_at=NOON)
    make_job(store=None, kind="rollup", state="done", result={"days": 2, "seconds": 0.5}, finished_at=NOON)
    make_job(store=store, kind="recognition", state="done", result={"notes": 1}, finished_at=NOON)
    make_job(store=store, kind="promise", state="done", result={"orders": 3}, finished_at=NOON)
    make_job(store=None, kind="purge", state="done", result={"sessions": 1, "job_files": 4}, finished_at=NOON)
    record_note(order=make_order(store=store), text="礼盒", at=NOON)
    open_hold(store=store, order_id=waiting(store).pk, kind="appointed_date", reason="周六", actor=agent, at=NOON)

    page = manager_client.get("/settings/automations/").content.decode()

    assert "Last look: 41 accepted, 9 held, 13 left · 1 order decided so far" in page
    assert page.count("1 order held now") == 2
    for effect in ("2 days summed up", "1 note read", "3 orders changed", "5 entries and files wiped"):
        assert effect in page


def test_only_operations_are_led_to_the_schedules(manager_client, admin_client):
    assert "operations switch it" in manager_client.get("/settings/automations/").content.decode()
    assert 'href="/ops/jobs/"' in admin_client.get("/settings/automations/").content.decode()


def test_audit_names_the_change_of_rules(manager_client, store, manager):
    rule = make_rule(store=store, name="a")
    manager_client.post(f"/settings/rules/{rule.pk}/switch/", {"active": "0"})
    manager_client.post("/settings/rules/new/", sent(AMOUNT))

    page = manager_client.get("/settings/audit/").content.decode()

    assert page.count("Acceptance rules changed") >= 3
    assert "Accept · Paid amount at most ¥500.00" in page
