"""Messages to buyers, consents and greetings over the API."""

import pytest

from backoffice.common.access import Role
from backoffice.common.jobs import run_pending_jobs
from orders.core.models import Order
from orders.fulfilment.models import BuyerConsent, Message, MessageTemplate
from orders.fulfilment.services.messages import SendError, register_sender
from tests.api.client import error, make_api
from tests.factories import NOON, make_line, make_order

SHIPPED = {"name": "On its way", "purpose": "shipped", "text": "{number} has left", "is_active": True}
GREETING = {"name": "New year", "purpose": "greeting", "text": "happy new year from {shop}", "is_active": True}


@pytest.fixture
def manager(store):
    store.sends_messages = True
    store.save()
    return make_api(store, Role.MANAGER)


@pytest.fixture
def api(store):
    return make_api(store, Role.AGENT)


@pytest.fixture
def order(store):
    return make_order(store=store, number="1001", status="shipped", shipped_at=NOON)


def add(manager, **values):
    return manager.post("messages/templates/", {**SHIPPED, **values}).json()["id"]


def test_text_is_chosen_written_and_listed(manager, api, store, order):
    make_order(store=store, number="1002", status="shipped", shipped_at=NOON)
    text = add(manager)

    texts = api.get("orders/1001/texts/").json()["results"]
    written = api.post("messages/", {"order": "1001", "template": text, "version": order.version})

    assert texts == [{"template": text, "name": "On its way", "purpose": "shipped", "text": "1001 has left"}]
    assert written.status_code == 201
    assert api.get("messages/", {"order": "1001"}).json()["results"] == [written.json()]
    assert api.get("messages/", {"order": "1002"}).json()["results"] == []
    answer = {name: written.json()[name] for name in ("order", "template", "purpose", "text", "state", "by")}
    assert answer == {
        "order": "1001", "template": text, "purpose": "shipped", "text": "1001 has left", "state": "recorded",
        "by": api.owner.username,
    }  # fmt: skip
    assert order.events.get(kind="messaged").source == "api"


def test_second_message_about_the_same_asks_to_say_so(manager, api, order):
    body = {"order": "1001", "template": add(manager)}
    api.post("messages/", body)

    assert error(api.post("messages/", body)) == (422, "repeated")
    assert api.post("messages/", {**body, "again": True}).status_code == 201
    assert Message.objects.count() == 2


def test_message_whose_purpose_is_not_true_is_a_gate(manager, api, store):
    make_order(store=store, number="1001")

    assert error(api.post("messages/", {"order": "1001", "template": add(manager)})) == (422, "hold")
    assert api.get("orders/1001/texts/").json()["results"] == []


def test_stale_version_of_the_order_is_a_conflict(manager, api, order):
    body = {"order": "1001", "template": add(manager), "version": order.version + 1}

    assert error(api.post("messages/", body)) == (409, "version")
    assert not Message.objects.exists()


def test_same_key_writes_once(manager, api, order):
    body = {"order": "1001", "template": add(manager)}

    first, second = (api.post("messages/", body, Idempotency_Key="m") for _ in range(2))

    assert (first.status_code, first.json()) == (201, second.json())
    assert Message.objects.count() == 1


def test_refusal_of_the_sending_service_stands_with_the_message(
    manager, api, store, order, django_capture_on_commit_callbacks
):
    class Refuses:
        def send(self, _order, _text):
            raise SendError("no credit")

    text = add(manager)
    register_sender(store.code, Refuses())
    try:
        with django_capture_on_commit_callbacks(execute=True):
            api.post("messages/", {"order": "1001", "template": text})
        settings = manager.get("messages/settings/").json()
    finally:
        register_sender(store.code, None)

    row = api.get("messages/").json()["results"][0]
    assert (row["state"], row["error"], settings["has_sender"]) == ("failed", "no credit", True)


def test_store_writes_nothing_until_a_manager_switches_it_on(store, api, order):
    manager = make_api(store, Role.MANAGER)
    body = {"order": "1001", "template": add(manager)}
    before = manager.get("messages/settings/").json()
    refused = error(api.post("messages/", body))

    after = manager.put("messages/settings/", {"is_active": True}).json()

    assert (before, refused) == ({"is_active": False, "has_sender": False}, (422, "hold"))
    assert after == {"is_active": True, "has_sender": False}
    assert api.post("messages/", body).status_code == 201


def test_template_is_changed_and_deleted(manager, api, order):
    text = add(manager)
    api.post("messages/", {"order": "1001", "template": text})
    path = f"messages/templates/{text}/"

    changed = manager.put(path, {**SHIPPED, "text": "gone: {tracking}", "is_active": False}).json()
    listed = manager.get("messages/templates/").json()["results"]
    deleted = manager.delete(path)

    assert (changed["text"], changed["is_active"], changed["updated_by"]) == (
        "gone: {tracking}", False, manager.owner.username,
    )  # fmt: skip
    assert listed == [changed]
    assert (deleted.status_code, error(manager.get(path))) == (204, (404, "not_found"))
    assert api.get("messages/").json()["results"][0]["template"] is None


@pytest.mark.parametrize(
    "bad",
    [
        {"text": "call 13800138000"},
        {"text": "{price}"},
        {"purpose": "sale"},
        {"text": "6222021234567890128"},
        {"name": ""},
    ],
)
def test_template_with_what_does_not_belong_there_is_refused(manager, bad):
    answer = manager.post("messages/templates/", {**SHIPPED, **bad})

    assert answer.status_code == 422
    assert not MessageTemplate.objects.exists()


def test_taken_name_is_refused(manager):
    add(manager)

    assert error(manager.post("messages/templates/", SHIPPED)) == (422, "field")


def test_consent_is_written_down_with_its_evidence_and_taken_back(api, order):
    unasked = api.get("orders/1001/consent/").json()

    given = api.put("orders/1001/consent/", {"given": True, "evidence": "in the chat of May 3"}).json()
    withdrawn = api.put("orders/1001/consent/", {"given": False}).json()

    assert unasked == {"given": None, "evidence": "", "by": None, "at": None}
    assert (given["given"], given["evidence"], given["by"]) == (True, "in the chat of May 3", api.owner.username)
    assert withdrawn["given"] is False
    assert api.get("orders/1001/consent/").json() == withdrawn


def test_consent_needs_evidence_and_a_known_buyer(api, store):
    make_order(store=store, number="1001")
    Order.objects.filter(pk=make_order(store=store, number="1002").pk).update(buyer=None)

    assert error(api.put("orders/1001/consent/", {"given": True})) == (422, "field")
    assert error(api.put("orders/1002/consent/", {"given": True, "evidence": "chat"})) == (404, "not_found")
    assert error(api.get("orders/1002/consent/")) == (404, "not_found")
    assert not BuyerConsent.objects.exists()


def test_greetings_go_to_who_agreed_and_bought(manager, api, store):
    for number, code in (("1001", "A"), ("1002", "A"), ("1003", "B")):
        make_line(order=make_order(store=store, number=number, lines=0, paid_at=NOON), sku_code=code)
    for number in ("1001", "1003"):
        api.put(f"orders/{number}/consent/", {"given": True, "evidence": "in the chat"})
    text = manager.post("messages/templates/", GREETING).json()["id"]

    count = manager.post("greetings/count/", {"code": "A"}).json()
    asked = manager.post("greetings/", {"code": "A", "template": text})
    run_pending_jobs()
    done = manager.get(f"greetings/{asked.json()['id']}/").json()

    assert (count, asked.status_code) == ({"count": 1}, 201)
    assert (asked.json()["buyers"], asked.json()["messages"]) == (1, None)
    assert (done["state"], done["template"], done["messages"], done["left_out"]) == ("done", text, 1, 0)
    assert [row["order"] for row in api.get("messages/").json()["results"]] == ["1001"]


@pytest.mark.parametrize("bad", [{}, {"first": "2026-06-02", "last": "2026-06-01"}, {"code": " "}])
def test_segment_says_what_or_when_they_bought(manager, bad):
    assert error(manager.post("greetings/count/", bad)) == (422, "invalid")


def test_greeting_of_nobody_or_with_another_text_is_refused(manager):
    shipped = add(manager)
    greeting = manager.post("messages/templates/", GREETING).json()["id"]

    assert error(manager.post("greetings/", {"code": "A", "template": greeting})) == (422, "field")
    assert error(manager.post("greetings/", {"code": "A", "template": shipped})) == (422, "field")
    assert error(manager.post("greetings/", {"code": "A", "template": 999})) == (404, "not_found")


def test_other_store_has_its_own_texts_and_messages(manager, api, order, other_store):
    text, stranger = add(manager), make_api(other_store)
    api.post("messages/", {"order": "1001", "template": text})

    assert stranger.get("messages/").json()["results"] == []
    assert error(stranger.post("messages/", {"order": "1001", "template": text})) == (404, "not_found")
    assert error(stranger.get("orders/1001/texts/")) == (404, "not_found")
    assert error(stranger.put(f"messages/templates/{text}/", SHIPPED)) == (404, "not_found")
    assert error(stranger.delete(f"messages/templates/{text}/")) == (404, "not_found")
