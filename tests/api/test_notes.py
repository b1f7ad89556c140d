"""The note desk over the API: the inbox, taking notes, quick replies, what notes ask for."""

from datetime import timedelta

import pytest
import time_machine

from backoffice.common.access import Role
from orders.notes.models import BuyerNote, QuickReply
from orders.notes.queries import TABS
from orders.notes.services import assign_note, confirm_note, save_reply
from tests.api.client import error, make_api
from tests.factories import NOON, make_order, make_user
from tests.notes.helpers import make_noted_order, make_sold_order, read_notes, target


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def api(store):
    return make_api(store, Role.AGENT)


def orders(response):
    return [note["order"] for note in response.json()["results"]]


def test_note_has_what_the_rules_read_and_what_was_ordered(api, store):
    order = make_sold_order("颜色:白色 刻字", sold=("颜色分类:白色;尺码:L",), store=store, number="3552001")
    read_notes(order)
    assign_note(**target(order, assignee=api.owner))

    (note,) = api.get("notes/").json()["results"]

    assert (note["order"], note["state"], note["assignee"]) == ("3552001", "needs_info", api.owner.username)
    assert (note["text"], note["types"]) == ("颜色:白色 刻字", ["colour_size", "engraving"])
    assert note["pairs"]["colour"] == "白色"
    assert {problem["code"] for problem in note["problems"]} == {"missing", "difference"}
    assert note["lines"] == [{"title": "真丝连衣裙", "spec": "颜色分类:黑色;尺码:L", "quantity": 1}]
    assert (note["negotiation"], note["handled_at"]) == (None, None)


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_is_a_list(api, store, tab):
    order = make_noted_order(store=store)
    if tab == "handled":
        confirm_note(**target(order, outcome="agreed"))

    answer = api.get("notes/", {"tab": tab})

    assert answer.status_code == 200
    assert (order.number in orders(answer)) == (tab in {"todo", "unread", "handled", "all"})


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ({"text": "周六"}, ["1"]),
        ({"product": "衬衫"}, ["2"]),
        ({"kind": "invoice"}, ["2"]),
        ({"received_from": "2026-06-02"}, []),
        ({"received_to": "2026-06-01"}, ["1", "2"]),
    ],
)
def test_list_is_narrowed_as_the_page_is(api, store, query, hits):
    make_sold_order("周六送", store=store, number="1", ship_by=NOON + timedelta(hours=1))
    invoice = make_sold_order("开发票", store=store, number="2", title="棉衬衫", ship_by=NOON + timedelta(hours=2))
    BuyerNote.objects.filter(order=invoice).update(types=["invoice"])

    assert orders(api.get("notes/", query)) == hits


@pytest.mark.parametrize(
    "query", [{"tab": "x"}, {"kind": "x"}, {"received_from": "x"}, {"text": "\0"}, {"text": "x" * 201}, {"state": "x"}]
)
def test_bad_filter_is_refused(api, query):
    assert error(api.get("notes/", query)) == (422, "invalid")


def test_damaged_cursor_is_refused(api):
    assert error(api.get("notes/", {"after": "x"})) == (422, "cursor")


def test_pages_are_whole_addresses(api, store):
    for hour in range(52):
        make_noted_order(store=store, ship_by=NOON + timedelta(hours=hour))
    headers = {"Authorization": f"Bearer {api.clear}"}

    first = api.get("notes/", {"text": "gift"}).json()
    second = api.client.get(first["next"], headers=headers).json()

    assert (len(first["results"]), len(second["results"]), first["previous"], second["next"]) == (50, 2, None, None)
    assert api.client.get(second["previous"], headers=headers).json()["results"] == first["results"]


def test_notes_of_another_store_are_not_there(api, other_store):
    make_noted_order(store=other_store)
    colleague = make_user(store=other_store)
    save_reply(store=other_store, title="hi", text="x", actor=colleague, at=NOON, is_shared=True, may_share=True)

    assert orders(api.get("notes/", {"tab": "all"})) == []
    assert api.get("quick-replies/").json() == {"results": []}
    assert api.get("notes/topics/").json()["notes"] == 0


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_as_often_for_many_notes(api, store, count, django_assert_num_queries):
    for _ in range(count):
        make_noted_order(store=store)

    with django_assert_num_queries(6):
        assert len(orders(api.get("notes/"))) == count


def test_next_notes_are_taken_once(api, store):
    late, soon = (make_noted_order(store=store, ship_by=NOON + timedelta(hours=hour)) for hour in (9, 1))
    make_order(store=store)

    first, again = (api.post("notes/take-next/", {}, Idempotency_Key="k") for _ in range(2))

    assert first.status_code == 201
    assert [note["order"] for note in first.json()["taken"]] == [soon.number, late.number]
    assert again.json() == first.json()
    assert error(api.post("notes/take-next/")) == (409, "state")


def test_quick_reply_is_written_and_listed(api):
    answer = api.post("quick-replies/", {"title": "Ask", "text": "{buyer}, {missing}?", "kind": "engraving"})

    assert answer.status_code == 201
    assert api.get("quick-replies/").json()["results"] == [answer.json()]
    assert (answer.json()["shared"], answer.json()["use_count"]) == (False, 0)


def test_only_a_manager_shares_a_reply(api, store):
    reply = {"title": "Ask", "text": "which?", "shared": True}

    assert error(api.post("quick-replies/", reply)) == (422, "field")
    assert make_api(store, Role.MANAGER).post("quick-replies/", reply).json()["shared"] is True
    assert QuickReply.objects.count() == 1


def test_own_reply_is_changed_and_deleted(api, store):
    own = api.post("quick-replies/", {"title": "Ask", "text": "which?"}).json()
    path = f"quick-replies/{own['id']}/"

    changed = api.put(path, {"title": "Ask", "text": "which colour?", "kind": "colour_size"})
    foreign = make_api(store, Role.AGENT)

    assert (changed.status_code, changed.json()["text"], changed.json()["kind"]) == (
        200,
        "which colour?",
        "colour_size",
    )
    assert error(foreign.put(path, {"title": "Ask", "text": "x"})) == (404, "not_found")
    assert error(foreign.delete(path)) == (404, "not_found")
    assert api.delete(path).status_code == 204
    assert not QuickReply.objects.exists()


def test_reply_of_the_store_is_a_managers(api, store):
    manager = make_api(store, Role.MANAGER)
    shared = manager.post("quick-replies/", {"title": "Ask", "text": "which?", "shared": True}).json()
    path = f"quick-replies/{shared['id']}/"

    refused = [error(api.put(path, {"title": "Ask", "text": "x"})), error(api.delete(path))]

    assert refused == [(409, "state"), (409, "state")]
    assert QuickReply.objects.get().text == "which?"
    assert manager.delete(path).status_code == 204


@pytest.mark.parametrize(
    "body",
    [{}, {"title": "x" * 61, "text": "x"}, {"title": "x", "text": "x" * 501}, {"title": "x", "text": "x", "kind": "?"}],
)
def test_bad_reply_is_refused(api, body):
    assert error(api.post("quick-replies/", body)) == (422, "invalid")


def test_reply_with_an_unknown_variable_is_refused(api):
    assert error(api.post("quick-replies/", {"title": "x", "text": "{phone}"})) == (422, "field")


def test_topics_count_types_and_wishes(api, store):
    for number in ("1", "2"):
        read_notes(make_sold_order("换成蓝色", sold=("颜色分类:白色;尺码:L",), store=store, number=number))

    with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
        found = api.get("notes/topics/", {"days": "7"}).json()

    assert (found["days"], found["notes"], found["unread"]) == (7, 2, 0)
    assert [(topic["kind"], topic["count"]) for topic in found["types"]] == [("colour_size", 2)]
    (wish,) = found["wishes"]
    assert (wish["product"], wish["wanted"], wish["count"], wish["is_sold"]) == ("真丝连衣裙", "蓝色", 2, False)
    assert {quote["order"] for quote in wish["quotes"]} == {"1", "2"}


def test_topics_of_another_time_are_refused(api):
    assert error(api.get("notes/topics/", {"days": "8"})) == (422, "invalid")
