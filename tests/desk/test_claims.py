"""Who works on what next: claiming the most urgent orders, giving orders to a colleague."""

import re
from datetime import timedelta

import pytest
import time_machine

from orders.core.models import Order
from orders.core.services import OrderError
from orders.core.statuses import HoldKind
from orders.desk import services
from orders.desk.claims import WAITING_HOLDS, assign_order, people_who_work
from tests.factories import NOON, make_order, make_store, make_user


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def claimed(actor):
    return set(Order.objects.filter(claimed_by=actor).values_list("number", flat=True))


def test_claim_next_takes_the_most_urgent_that_are_nobodys(agent_client, agent, store):
    colleague = make_user(store=store)
    for number, hours in (("urgent1", 1), ("urgent2", 2)):
        make_order(store=store, number=number, ship_by=NOON + timedelta(hours=hours))
    make_order(store=store, number="risky", ship_by=NOON, hold_kinds=[HoldKind.RISK], acceptance="unreviewed")
    make_order(store=store, ship_by=NOON, claimed_by=colleague, claim_expires_at=NOON + timedelta(minutes=1))
    make_order(store=make_store(code="else"), number="elsewhere", ship_by=NOON)
    for _ in range(20):
        make_order(store=store, ship_by=NOON + timedelta(hours=9), lines=0)

    response = agent_client.post("/orders/claim-next/")

    assert response.url == "/orders/?queue=pending_shipment&sub=mine"
    assert len(claimed(agent)) == 20
    assert {"urgent1", "urgent2", "risky"} <= claimed(agent)


@pytest.mark.parametrize("kind", WAITING_HOLDS)
def test_claim_next_leaves_what_nobody_here_can_work_on(agent_client, agent, store, kind):
    make_order(store=store, number="waits", ship_by=NOON, hold_kinds=[kind])
    make_order(store=store, number="free")

    agent_client.post("/orders/claim-next/")

    assert claimed(agent) == {"free"}


@pytest.mark.parametrize(
    ("sub", "numbers"),
    [
        ("unreviewed", {"new"}),
        ("out_of_stock", {"stock"}),
        ("held", {"stock", "refund"}),
        ("nonsense", {"new", "stock"}),
    ],
)
def test_claim_next_takes_from_the_sub_queue_one_looks_at(agent_client, agent, store, sub, numbers):
    make_order(store=store, number="new", acceptance="unreviewed")
    make_order(store=store, number="stock", hold_kinds=[HoldKind.OUT_OF_STOCK])
    make_order(store=store, number="refund", hold_kinds=[HoldKind.REFUND_OPEN])

    agent_client.post("/orders/claim-next/", {"sub": sub})

    assert claimed(agent) == numbers


def test_nothing_left_to_claim_is_said(agent_client, agent, store):
    response = agent_client.post("/orders/claim-next/", {"sub": "unreviewed"}, headers={"HX-Request": "true"})

    assert "No order is left here" in response.headers["HX-Trigger"]


@pytest.mark.parametrize(
    ("query", "sub", "label"),
    [
        ("", "", "Claim the next 20"),
        ("?sub=unreviewed", "unreviewed", "Claim 20: Not reviewed"),
        ("?sub=due_soon", "due_soon", "Claim 20: Within 4 h"),
        ("?sub=mine", "", "Claim the next 20"),
    ],
)
def test_the_button_says_what_it_takes(agent_client, store, query, sub, label):
    html = agent_client.get(f"/orders/{query}").content.decode()

    form = re.search(r'<form[^>]*claim-next/".*?</form>', html, re.DOTALL)[0]
    assert f'name="sub" value="{sub}"' in form
    assert label in form


def test_a_row_shows_who_has_it_until_when(agent_client, store):
    wang = make_user("wang", store=store, display_name="Wang Fang")
    make_order(store=store, claimed_by=wang, claim_expires_at=NOON + timedelta(minutes=20))
    make_order(store=store, claimed_by=wang, claim_expires_at=NOON)

    html = agent_client.get("/orders/").content.decode()

    assert re.findall(r'avatar-name person-\d" title="([^"]*)">(.)<', html) == [("Wang Fang until 12:20", "W")]


# Giving orders to a colleague


def test_people_who_work_are_active_members_who_may(store, agent, warehouse, manager):
    make_user(store=make_store())
    make_user("gone", store=store, is_active=False)

    assert [name for _pk, name in people_who_work(store)] == ["agent", "manager"]


def test_assign_order_names_both(store, agent, manager):
    order = make_order(store=store, claimed_by=manager, claim_expires_at=NOON + timedelta(minutes=5))

    assign_order(store=store, order_id=order.pk, person=agent, actor=manager, at=NOON)

    order.refresh_from_db()
    event = order.events.get()
    assert (order.claimed_by, order.claim_expires_at) == (agent, NOON + timedelta(minutes=20))
    assert (event.actor, event.before, event.after) == (manager, {"claimed_by": "manager"}, {"claimed_by": "agent"})


def test_assign_order_refuses_who_does_not_work_on_orders(store, warehouse, manager):
    order = make_order(store=store)

    with pytest.raises(OrderError, match="warehouse does not work on orders"):
        assign_order(store=store, order_id=order.pk, person=warehouse, actor=manager, at=NOON)


def test_manager_gives_orders_to_a_colleague_and_takes_it_back(manager_client, manager, agent, store):
    wang = make_user("wang", store=store)
    until = NOON + timedelta(minutes=5)
    theirs, free = make_order(store=store, claimed_by=wang, claim_expires_at=until), make_order(store=store)
    data = {"act": "assign", "selected": [theirs.pk, free.pk], "query": "queue=all"}

    asked = manager_client.post("/orders/bulk/", data, headers={"HX-Request": "true"})
    manager_client.post("/orders/bulk/", {**data, "person": agent.pk, "confirmed": "1"})
    given = list(Order.objects.order_by("pk").values_list("claimed_by__username", flat=True))
    job = services.Job.objects.get()
    services.undo_batch(store=store, job=job, actor=manager, at=NOON)

    assert f'<option value="{agent.pk}">agent</option>' in asked.content.decode()
    assert given == ["agent", "agent"]
    assert list(Order.objects.order_by("pk").values_list("claimed_by__username", flat=True)) == ["wang", None]


def test_undo_of_giving_leaves_what_somebody_took_over(manager, agent, store):
    wang, order = make_user("wang", store=store), make_order(store=store)
    job = services.start_batch(
        store=store, act=services.ACTS["assign"], items=[services.Item(order.pk, order.number)],
        values={"person": agent.pk}, actor=manager, at=NOON,
    )  # fmt: skip
    assign_order(store=store, order_id=order.pk, person=wang, actor=wang, at=NOON)

    result = services.undo_batch(store=store, job=job, actor=manager, at=NOON)

    assert result.refused == {order.pk: f"wang changed order {order.number} since: it stays as it is."}
    assert Order.objects.get().claimed_by == wang
    assert job.rows.get().data["stays"] == result.refused[order.pk]
