"""After an act: going on in the queue, and taking the act back."""

import json
from datetime import timedelta

import pytest

from orders.core.models import Order
from orders.core.services import open_hold
from orders.core.statuses import Acceptance
from tests.conftest import signed_in
from tests.desk.acting import HTMX, post, toast
from tests.factories import NOON, make_order, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue(store):
    return [
        make_order(store=store, number=f"Q{i}", ship_by=NOON + timedelta(hours=i), acceptance=Acceptance.UNREVIEWED)
        for i in range(3)
    ]


def test_the_pane_goes_on_to_the_next_order_after_a_decision(agent_client, queue):
    query = "?pane=1&queue=pending_shipment&sub=unreviewed"

    response = post(agent_client, queue[0], "accept", {"version": "1"}, query, **HTMX)
    events = json.loads(response.headers["HX-Trigger"])

    assert response.context["order"] == queue[1]
    assert (response.context["place"].position, response.context["place"].total) == (1, 2)
    assert events["order-advanced"] == {"number": "Q1"}
    assert events["list-changed"] is True
    assert events["toast"]["toasts"][0]["text"] == "Order Q0 was accepted."
    assert Order.objects.get(number="Q1").opened_at is not None


def test_the_pane_stays_after_a_remark_and_at_the_end(agent_client, queue):
    query = "?pane=1&queue=pending_shipment&sub=unreviewed"

    remark = post(agent_client, queue[0], "remark", {"text": "hm"}, query, **HTMX)
    last = post(agent_client, queue[2], "accept", {}, query, **HTMX)
    page = post(agent_client, queue[1], "accept", {}, query.replace("pane=1&", ""), **HTMX)

    assert (remark.context["order"], last.context["order"], page.context["order"]) == (queue[0], queue[2], queue[1])
    assert 'id="order-view"' in page.content.decode()


def test_undo_takes_an_act_back_once(agent_client, store):
    order = make_order(store=store, flag=2)
    url = toast(post(agent_client, order, "flag", {"flag": "5", "version": "1"}, **HTMX))["undo"]

    first = agent_client.post(url, headers=HTMX)
    second = agent_client.post(url, headers=HTMX)

    assert Order.objects.get().flag == 2
    assert (first.status_code, toast(first)["text"]) == (204, f"Order {order.number} is as it was.")
    assert toast(second)["text"].startswith("Not undone: agent changed order")


@pytest.mark.parametrize(
    ("act", "data", "values"),
    [
        ("accept", {}, {"acceptance": Acceptance.UNREVIEWED}),
        ("hold", {"kind": "risk", "reason": "look"}, {}),
        ("claim", {}, {}),
        ("tags", {"tags": "new"}, {"tags": ["old"]}),
    ],
)
def test_undo_restores_what_was(agent_client, store, act, data, values):
    order = make_order(store=store, **values)
    url = toast(post(agent_client, order, act, data, **HTMX))["undo"]

    response = agent_client.post(url)

    fresh = Order.objects.get()
    assert (response.status_code, response.url) == (302, f"/orders/{order.number}/")
    for name in ("acceptance", "hold_kinds", "claimed_by_id", "tags"):
        assert getattr(fresh, name) == getattr(order, name)


def test_undo_is_for_the_person_who_acted(agent_client, store):
    order = make_order(store=store)
    open_hold(store=store, order_id=order.pk, kind="risk", reason="look", actor=None, at=NOON)
    url = toast(post(agent_client, order, "flag", {"flag": "5"}, **HTMX))["undo"]

    assert signed_in(make_user("wang", store=store)).post(url).status_code == 404
    assert agent_client.post(f"/orders/{order.number}/undo/?token=forged", headers=HTMX).status_code == 204
    assert Order.objects.get().flag == 5
