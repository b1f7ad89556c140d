"""The note inbox as a page: tabs, rows, filters, paging, roles, and how often it asks the database."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.core.models import Order
from orders.notes.models import BuyerNote
from orders.notes.queries import TABS
from orders.notes.services import assign_note, confirm_note, negotiate_note
from orders.notes.views import inbox
from tests.factories import NOON, make_user
from tests.notes.helpers import make_noted_order, make_sold_order, read_notes, target

PATH = "/orders/notes/"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def shown(response):
    """Return the numbers of the orders in the list."""
    return re.findall(r'data-row data-order="([^"]*)"', response.content.decode())


def tab_counts(html):
    return {key: int(count) for key, count in re.findall(r'data-queue="(\w+)" data-count="(\d+)"', html)}


def test_row_says_what_the_note_wants_and_what_was_ordered(agent_client, store):
    order = make_sold_order("颜色:白色 刻字", sold=("颜色分类:白色;尺码:L",), store=store, number="3552001")
    read_notes(order)
    li = make_user("li", store=store, display_name="李雷")
    assign_note(**target(order, assignee=li))

    html = agent_client.get(PATH).content.decode()

    assert '<tbody id="note-' in html
    assert 'data-row data-order="3552001" data-note-state="needs_info"' in html
    assert "颜色:白色 刻字" in html
    assert "<mark>白色</mark> ≠ 黑色" in html
    assert "Text to engrave is missing" in html
    assert re.findall(r"data-note-type>([^<]*)<", html) == ["Colour or size", "Engraving"]
    assert 'data-assignee="li"' in html
    assert "data-countdown" in html
    assert ">黑色 L</span>" in html
    assert 'data-pane-url="/orders/notes/3552001/pane/"' in html


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_lists_its_notes(agent_client, agent, store, tab):
    order = make_noted_order(store=store)
    if tab == "handled":
        confirm_note(**target(order, outcome="agreed"))
    elif tab == "changed_after_print":
        Order.objects.update(printed_at=NOON - timedelta(hours=1))
        BuyerNote.objects.update(changed_after_print=True, received_at=NOON)
    elif tab == "mine":
        assign_note(**target(order, assignee=agent))
    elif tab in {"unread", "recognised", "needs_info", "manual"}:
        BuyerNote.objects.update(state=tab)

    response = agent_client.get(PATH, {"tab": tab})

    assert shown(response) == [order.number]
    assert f'data-queue="{tab}"' in response.content.decode()


def test_tabs_count_and_links_keep_the_filter(agent_client, agent, store):
    for state in ("unread", "manual", "manual"):
        order = make_noted_order(store=store)
        BuyerNote.objects.filter(order=order).update(state=state)
    assign_note(**target(order, assignee=agent))

    html = agent_client.get(PATH, {"text": "gift"}).content.decode()

    counts = {
        "todo": 3,
        "mine": 1,
        "unread": 1,
        "needs_info": 0,
        "manual": 2,
        "recognised": 0,
        "changed_after_print": 0,
    }
    assert tab_counts(html) == counts
    assert "?tab=manual&amp;text=gift" in html


def test_counts_stop_at_a_thousand(agent_client, store, monkeypatch):
    monkeypatch.setattr(inbox, "COUNT_CAP", 2)
    for _ in range(4):
        make_noted_order(store=store)

    html = agent_client.get(PATH).content.decode()

    assert tab_counts(html)["todo"] == 2
    assert '<span class="tab-count">2+</span>' in html


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ({"text": "周六"}, ["1"]),
        ({"text": "100%"}, []),
        ({"product": "衬衫"}, ["2"]),
        ({"product": "连衣"}, ["1"]),
        ({"kind": "invoice"}, ["2"]),
        ({"received_from": "2026-06-01"}, ["1", "2"]),
        ({"received_from": "2026-06-02"}, []),
        ({"received_to": "2026-06-01"}, ["1", "2"]),
        ({"received_to": "2026-05-31"}, []),
        ({"text": "周六", "product": "衬衫"}, []),
    ],
)
def test_filters(agent_client, store, query, hits):
    make_sold_order("周六送", store=store, number="1", ship_by=NOON + timedelta(hours=1))
    invoice = make_sold_order("开发票", store=store, number="2", title="棉衬衫", ship_by=NOON + timedelta(hours=2))
    BuyerNote.objects.filter(order=invoice).update(types=["invoice"])

    response = agent_client.get(PATH, query)

    assert response.status_code == 200
    assert shown(response) == hits
    assert response.content.decode().count('class="chip"') == len(query)


@pytest.mark.parametrize(
    "query",
    [
        {"received_from": "yesterday"},
        {"received_to": "9999-12-31"},
        {"kind": "nonsense"},
        {"tab": "nonsense"},
        {"text": "x" * 300},
        {"text": "\0"},
    ],
)
def test_unreadable_filter_is_said_and_lists_nothing(agent_client, store, query):
    make_noted_order(store=store)

    response = agent_client.get(PATH, query)

    assert response.status_code == 422
    assert shown(response) == []
    assert "data-error" in response.content.decode()


def test_pages_go_on_and_back(agent_client, store, monkeypatch):
    for hour in range(3):
        make_noted_order(store=store, number=f"100{hour}", ship_by=NOON + timedelta(hours=hour))
    monkeypatch.setattr("orders.notes.queries.inbox.PAGE_SIZE", 2)

    first = agent_client.get(PATH, {"text": "gift"})
    following = re.search(r'data-next="([^"]*)"', first.content.decode())[1].replace("&amp;", "&")
    second = agent_client.get(following)
    previous = re.search(r'data-previous="([^"]*)"', second.content.decode())[1].replace("&amp;", "&")

    assert shown(first) == ["1000", "1001"]
    assert 'data-total="3"' in first.content.decode()
    assert shown(second) == ["1002"]
    assert shown(agent_client.get(previous)) == ["1000", "1001"]


def test_damaged_place_is_said_and_shows_the_first_page(agent_client, store):
    order = make_noted_order(store=store)

    response = agent_client.get(PATH, {"after": "nonsense"})

    assert shown(response) == [order.number]
    assert "That place in the list is gone" in response.content.decode()


def test_htmx_gets_the_list_alone(agent_client, store):
    make_noted_order(store=store)

    part = agent_client.get(PATH, headers={"HX-Request": "true"})

    assert part.content.decode().lstrip().startswith('<div id="list"')
    assert "HX-Request" in part.headers["Vary"]


def test_note_of_another_store_is_not_listed(agent_client, other_store):
    make_noted_order(store=other_store)

    assert shown(agent_client.get(PATH, {"tab": "all"})) == []


def test_empty_tab_says_what_would_be_there(agent_client):
    html = agent_client.get(PATH, {"tab": "needs_info"}).content.decode()

    assert "Notes that lack something, such as the text to engrave, appear here." in html
    assert "No note matches these filters" in agent_client.get(PATH, {"text": "x"}).content.decode()


def test_warehouse_sees_and_cannot_act(warehouse_client, store):
    order = make_noted_order(store=store)

    response = warehouse_client.get(PATH)

    assert shown(response) == [order.number]
    assert 'id="bulk"' not in response.content.decode()
    assert "take_next" not in response.content.decode()


def test_negotiation_and_outcome_stand_in_the_row(agent_client, store):
    order = make_noted_order(store=store)
    negotiate_note(**target(order, negotiation="talking", text="half price asked"))

    html = agent_client.get(PATH).content.decode()

    assert 'data-negotiation="talking"' in html
    assert "half price asked" in html


@pytest.mark.parametrize("tab", TABS)
def test_list_asks_as_often_for_three_notes_as_for_one(manager_client, manager, store, tab):
    def count():
        order = make_noted_order(store=store, printed_at=NOON - timedelta(hours=2))
        state = tab if tab in {"unread", "recognised", "needs_info"} else "manual"
        BuyerNote.objects.update(state=state, changed_after_print=True, assignee=manager)
        BuyerNote.objects.filter(order=order).update(received_at=NOON)
        if tab == "handled":
            BuyerNote.objects.update(state="confirmed", handled_at=NOON, handled_by=manager)
        with CaptureQueriesContext(connection) as queries:
            assert len(shown(manager_client.get(PATH, {"tab": tab}))) == BuyerNote.objects.count()
        return len(queries)

    counts = [count(), count(), count()]

    assert counts[0] == counts[2]


def test_pane_frames_the_card_of_the_note(agent_client, store, other_store):
    order, stranger = make_noted_order(store=store), make_noted_order(store=other_store)

    html = agent_client.get(f"/orders/notes/{order.number}/pane/", headers={"HX-Request": "true"}).content.decode()

    assert 'class="pane-title"' in html
    assert f'hx-get="/orders/{order.number}/note/"' in html
    assert agent_client.get(f"/orders/notes/{order.number}/pane/").url == f"/orders/{order.number}/"
    assert agent_client.get(f"/orders/notes/{stranger.number}/pane/").status_code == 404


def test_side_bar_counts_the_notes_to_do(agent_client, store):
    make_noted_order(store=store)
    confirm_note(**target(make_noted_order(store=store), outcome="agreed"))

    html = agent_client.get("/orders/counts/").content.decode()

    assert re.search(r'id="nav-count-notes"[^>]*>1<', html)
