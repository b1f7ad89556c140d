"""Acts on selected notes: take, give back, give to, leave to a person; and taking the next ones."""

import re
from datetime import timedelta

import pytest
import time_machine

from orders.core.models import OrderEvent
from orders.notes.models import BuyerNote
from orders.notes.services import assign_note, confirm_note
from orders.notes.views import bulk
from tests.factories import NOON, make_user
from tests.notes.helpers import make_noted_order, target

BULK, NEXT = "/orders/notes/bulk/", "/orders/notes/take-next/"
HTMX = {"HX-Request": "true"}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def note_of(order):
    return BuyerNote.objects.get(order=order)


def assignees(*orders):
    return [note.assignee and note.assignee.username for note in map(note_of, orders)]


def said(response):
    return response.headers.get("HX-Trigger", "")


def test_selected_notes_are_taken_and_the_list_answers(agent_client, store):
    first, second, other = (make_noted_order(store=store) for _ in range(3))
    selected = [note_of(first).pk, note_of(second).pk]

    response = agent_client.post(BULK, {"act": "take", "selected": selected, "query": "tab=todo"}, headers=HTMX)

    assert assignees(first, second, other) == ["agent", "agent", None]
    assert 'id="list"' in response.content.decode()
    assert "2 notes are yours." in said(response)
    assert "counts-changed" in said(response)
    assert OrderEvent.objects.filter(kind="note_assigned", order=first, actor__username="agent").count() == 1


def test_all_of_the_filter_are_taken(agent_client, store):
    wanted, other = make_noted_order("周六送", store=store), make_noted_order("开发票", store=store)

    agent_client.post(BULK, {"act": "take", "_all": "1", "query": "tab=todo&text=周六"})

    assert assignees(wanted, other) == ["agent", None]


def test_notes_are_given_back(agent_client, agent, store):
    order = make_noted_order(store=store)
    assign_note(**target(order, assignee=agent))

    response = agent_client.post(BULK, {"act": "give_back", "selected": [note_of(order).pk]})

    assert (response.status_code, response.url) == (302, "/orders/notes/?")
    assert assignees(order) == [None]


def test_manager_gives_notes_to_a_colleague(manager_client, agent, store):
    order = make_noted_order(store=store)

    page = manager_client.get("/orders/notes/").content.decode()
    manager_client.post(BULK, {"act": f"assign:{agent.pk}", "selected": [note_of(order).pk]})

    assert f'value="assign:{agent.pk}"' in page
    assert assignees(order) == ["agent"]


def test_agent_gives_notes_to_nobody_else(agent_client, store):
    order, li = make_noted_order(store=store), make_user("li", store=store)

    response = agent_client.post(BULK, {"act": f"assign:{li.pk}", "selected": [note_of(order).pk]})

    assert response.status_code == 403
    assert assignees(order) == [None]


@pytest.mark.parametrize("person", ["", "0", "x", "stranger"])
def test_only_a_colleague_who_handles_notes_gets_them(manager_client, store, other_store, person):
    order = make_noted_order(store=store)
    stranger = make_user("stranger", store=other_store)
    value = stranger.pk if person == "stranger" else person

    response = manager_client.post(BULK, {"act": f"assign:{value}", "selected": [note_of(order).pk]}, headers=HTMX)

    assert "Choose the colleague" in said(response)
    assert assignees(order) == [None]


def test_notes_are_left_to_a_person_with_a_reason(agent_client, store):
    order = make_noted_order(store=store)
    selected = [note_of(order).pk]

    refused = agent_client.post(BULK, {"act": "manual", "selected": selected, "reason": ""}, headers=HTMX)
    done = agent_client.post(BULK, {"act": "manual", "selected": selected, "reason": "要改款"}, headers=HTMX)

    assert "Nothing was changed" in said(refused)
    assert "1 note waits for a person." in said(done)
    assert note_of(order).state == "manual"


def test_what_is_handled_is_left_out_and_said(agent_client, store):
    handled, waiting = (make_noted_order(store=store) for _ in range(2))
    confirm_note(**target(handled, outcome="agreed"))
    selected = [note_of(handled).pk, note_of(waiting).pk]

    response = agent_client.post(BULK, {"act": "take", "selected": selected}, headers=HTMX)

    assert "1 note is yours. 1 was left out:" in said(response)
    assert assignees(handled, waiting) == [None, "agent"]


def test_notes_of_another_store_are_not_touched(agent_client, other_store):
    order = make_noted_order(store=other_store)

    response = agent_client.post(BULK, {"act": "take", "selected": [note_of(order).pk]}, headers=HTMX)

    assert "No note is selected." in said(response)
    assert assignees(order) == [None]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"act": "take"}, "No note is selected."),
        ({"act": "take", "selected": ["x", "9" * 40, "٣"]}, "No note is selected."),
        ({"act": "nonsense", "selected": ["1"]}, "Choose what to do"),
        ({"act": "take", "_all": "1", "query": "kind=nonsense"}, "The filter could not be read"),
    ],
)
def test_what_cannot_be_read_changes_nothing(agent_client, store, data, says):
    order = make_noted_order(store=store)

    response = agent_client.post(BULK, data, headers=HTMX)

    assert says in said(response)
    assert assignees(order) == [None]


def test_too_many_at_once_are_refused(agent_client, store, monkeypatch):
    monkeypatch.setattr(bulk, "MOST_AT_ONCE", 1)
    orders = [make_noted_order(store=store) for _ in range(2)]

    response = agent_client.post(BULK, {"act": "take", "_all": "1", "query": ""}, headers=HTMX)

    assert "That is more than 1 notes" in said(response)
    assert assignees(*orders) == [None, None]


def test_act_answers_with_the_page_of_the_list_one_looks_at(agent_client, store):
    order = make_noted_order("周六送", store=store)
    make_noted_order("开发票", store=store)
    headers = {**HTMX, "HX-Current-URL": "http://testserver/orders/notes/?tab=all&text=周六"}

    response = agent_client.post(BULK, {"act": "take", "selected": [note_of(order).pk]}, headers=headers)

    assert re.findall(r'data-row data-order="([^"]*)"', response.content.decode()) == [order.number]


def test_next_notes_are_the_most_urgent_that_nobody_has(agent_client, store, monkeypatch):
    li = make_user("li", store=store)
    soon, taken, late = (make_noted_order(store=store, ship_by=NOON + timedelta(hours=hour)) for hour in (1, 2, 3))
    assign_note(**target(taken, assignee=li))

    response = agent_client.post(NEXT, headers=HTMX)

    assert assignees(soon, taken, late) == ["agent", "li", "agent"]
    assert response.headers["HX-Push-Url"] == "/orders/notes/?tab=mine"
    assert "2 notes are yours." in said(response)
    assert re.findall(r'data-row data-order="([^"]*)"', response.content.decode()) == [soon.number, late.number]


def test_no_note_is_left_to_take(agent_client, store):
    response = agent_client.post(NEXT, headers=HTMX)

    assert "No note is left" in said(response)
    assert agent_client.post(NEXT).url == "/orders/notes/?"


@pytest.mark.parametrize("path", [BULK, NEXT])
def test_warehouse_and_finance_cannot_act(warehouse_client, finance_client, store, path):
    order = make_noted_order(store=store)
    data = {"act": "take", "selected": [note_of(order).pk]}

    assert [client.post(path, data).status_code for client in (warehouse_client, finance_client)] == [403, 403]
    assert assignees(order) == [None]
