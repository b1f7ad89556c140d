"""Who holds what and did what: exact figures, who sees whom, and a manager's act on all claims of a person."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.common.access import Role
from backoffice.common.models import Job, Membership
from orders.core.models import Order
from orders.core.services import accept_order, add_remark, open_hold, set_flag
from orders.core.statuses import EventKind, HoldKind, OrderStatus
from orders.desk.services import DeskError, undo_batch
from orders.desk.workload import CAP, give_back_claims, take_claims, workload
from orders.fulfilment.services import ship_order
from orders.notes.services import assign_note, confirm_note, record_note
from tests.conftest import signed_in
from tests.factories import NOON, make_order, make_user

PATH = "/orders/workload/"


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def wang(store):
    return make_user("wang", store=store, display_name="Wang Fang")


def call(order, actor, at=NOON):
    return {"store": order.store, "order_id": order.pk, "actor": actor, "at": at}


def claimed(store, actor, **values):
    return make_order(store=store, claimed_by=actor, claim_expires_at=NOON + timedelta(minutes=5), **values)


def figures(html, person, name):
    row = html.split(f'data-person="{person}"')[1].split("</tr>")[0]
    return row.split(f'data-metric="{name}" data-value="')[1].split('"')[0]


def person_of(load, user):
    return next(person for person in load.people if person.user_id == user.pk)


def test_claims_count_live_leases_of_orders_that_have_not_left(store, agent, wang):
    claimed(store, agent, ship_by=NOON - timedelta(hours=1))
    claimed(store, agent, ship_by=NOON + timedelta(hours=3))
    claimed(store, agent, status=OrderStatus.PENDING_PAYMENT)
    claimed(store, agent, status=OrderStatus.SHIPPED, ship_by=NOON - timedelta(hours=9))
    make_order(store=store, claimed_by=agent, claim_expires_at=NOON)
    claimed(store, wang, ship_by=NOON + timedelta(hours=1))

    load = workload(store, NOON)

    hers, his = person_of(load, agent), person_of(load, wang)
    assert (hers.claims, hers.overdue, hers.earliest) == (3, 1, NOON - timedelta(hours=1))
    assert (his.claims, his.overdue, his.earliest) == (1, 0, NOON + timedelta(hours=1))
    assert (load.total.claims, load.total.overdue, load.total.earliest) == (4, 1, NOON - timedelta(hours=1))


def test_a_day_of_two_people_is_counted_by_kind(store, agent, wang, warehouse):
    held, accepted, noted, shipped = (
        make_order(store=store), make_order(store=store, acceptance="unreviewed"), make_order(store=store),
        make_order(store=store),
    )  # fmt: skip
    record_note(order=noted, text="gift box", at=NOON)
    open_hold(**call(held, agent, NOON - timedelta(hours=2)), kind=HoldKind.MANUAL, reason="colour")
    accept_order(**call(accepted, agent, NOON - timedelta(hours=1)))
    confirm_note(**call(noted, wang, NOON - timedelta(minutes=5)), outcome="done")
    add_remark(**call(held, wang, NOON - timedelta(minutes=4)), text="called")
    add_remark(**call(held, wang, NOON - timedelta(days=1)), text="yesterday")
    set_flag(**call(held, wang, NOON - timedelta(minutes=3)), flag=2)
    ship_order(**call(shipped, warehouse, NOON - timedelta(minutes=2)), courier="SF", tracking_number="SF1234567890123")

    load = workload(store, NOON)

    assert dict(person_of(load, agent).acts) == {"held": 1, "accepted": 1}
    assert dict(person_of(load, wang).acts) == {"notes": 1, "remarks": 1}
    assert dict(person_of(load, warehouse).acts) == {"shipped": 1}
    assert [person_of(load, who).act_count for who in (agent, wang, warehouse)] == [2, 3, 1]
    assert person_of(load, wang).last_act_at == NOON - timedelta(minutes=3)
    assert (load.total.act_count, load.total.last_act_at) == (6, NOON - timedelta(minutes=2))


def test_notes_given_and_not_handled_are_counted(store, agent, manager):
    for state in ("open", "done"):
        order = make_order(store=store)
        record_note(order=order, text="gift box", at=NOON)
        assign_note(**call(order, manager), assignee=agent)
        if state == "done":
            confirm_note(**call(order, agent), outcome="done")

    assert person_of(workload(store, NOON), agent).notes == 1


def test_who_is_at_work_stands_first(store, agent, wang, finance):
    Membership.objects.filter(user=wang).update(seen_at=NOON - timedelta(minutes=2))

    load = workload(store, NOON)

    assert [(person.name, person.is_at_work) for person in load.people] == [("Wang Fang", True), ("agent", False)]


def test_unclaimed_are_ready_and_nobodys(store, agent):
    first = make_order(store=store, ship_by=NOON + timedelta(hours=1))
    make_order(store=store)
    make_order(store=store, claimed_by=agent, claim_expires_at=NOON)
    claimed(store, agent)
    make_order(store=store, hold_kinds=[HoldKind.RISK])
    make_order(store=store, acceptance="unreviewed")

    load = workload(store, NOON)

    assert (load.unclaimed, load.unclaimed_earliest, CAP) == (3, first.ship_by, 1000)


def test_another_store_counts_nothing(store, other_store, agent):
    make_user("both", store=store).memberships.create(store=other_store, roles=[Role.AGENT])
    both = Membership.objects.get(store=other_store).user
    order = claimed(other_store, both)
    add_remark(**call(order, both), text="elsewhere")

    load = workload(store, NOON)

    assert (load.total.claims, load.total.act_count, load.unclaimed) == (0, 0, 0)
    assert person_of(workload(other_store, NOON), both).claims == 1


def test_workload_takes_the_same_statements_for_any_number(store, agent, manager):
    with CaptureQueriesContext(connection) as few:
        workload(store, NOON)
    for _ in range(3):
        colleague = make_user(store=store)
        add_remark(**call(claimed(store, colleague), colleague), text="x")
    with CaptureQueriesContext(connection) as many:
        workload(store, NOON)

    assert len(few) == len(many) == 6


# The page


@pytest.mark.parametrize("who", ["agent", "warehouse"])
def test_people_see_only_themselves(request, store, manager, who):
    claimed(store, manager)
    html = request.getfixturevalue(f"{who}_client").get(PATH).content.decode()

    assert f'data-person="{who}"' in html
    assert 'data-person="manager"' not in html
    assert "workload/claims" not in html


def test_manager_sees_everybody_with_links_to_the_queue(manager_client, store, agent):
    claimed(store, agent, ship_by=NOON - timedelta(hours=1))
    html = manager_client.get(PATH).content.decode()

    assert (figures(html, "agent", "claims"), figures(html, "agent", "overdue")) == ("1", "1")
    assert "/orders/?queue=pending_shipment&amp;claimed_by=agent&amp;queue=pending_payment" in html
    assert "/orders/?queue=pending_shipment&amp;sub=ready&amp;claimed_by=none" in html
    assert "/orders/shift/?person=agent#handled" not in html  # nothing was done: nothing to drill into


def test_figure_of_claims_equals_the_list_it_leads_to(manager_client, store, agent):
    for status in (OrderStatus.PENDING_SHIPMENT, OrderStatus.PENDING_PAYMENT, OrderStatus.SHIPPED):
        claimed(store, agent, status=status)
    html = manager_client.get(PATH).content.decode()

    listed = manager_client.get("/orders/?queue=pending_shipment&claimed_by=agent&queue=pending_payment")

    assert figures(html, "agent", "claims") == "2"
    assert listed.content.decode().count("data-order=") == 2


@pytest.mark.parametrize("who", ["finance", "ops"])
def test_page_is_closed_to_others(request, who):
    assert request.getfixturevalue(f"{who}_client").get(PATH).status_code == 403


# A manager's act


def test_manager_takes_all_claims_of_a_person_over(manager_client, manager, store, agent, wang):
    theirs, other = [claimed(store, agent), claimed(store, agent)], claimed(store, wang)

    response = manager_client.post("/orders/workload/claims/", {"person": agent.pk, "act": "take"})

    job = Job.objects.get()
    event = theirs[0].events.get()
    assert response.url == PATH
    assert set(Order.objects.filter(claimed_by=manager)) == set(theirs)
    assert Order.objects.get(pk=other.pk).claimed_by == wang
    assert (event.kind, event.before, event.after) == (
        EventKind.CLAIMED, {"claimed_by": "agent"}, {"claimed_by": "manager"},
    )  # fmt: skip
    assert (job.rows.count(), job.params["description"]) == (2, "Claims of agent, taken over")


def test_manager_gives_claims_back_and_undoes_it(manager_client, manager, store, agent):
    order = claimed(store, agent)

    manager_client.post("/orders/workload/claims/", {"person": agent.pk, "act": "give_back"})
    freed = Order.objects.get()
    job = Job.objects.get()
    receipt = manager_client.get(f"/orders/batches/{job.pk}/")
    undo_batch(store=store, job=job, actor=manager, at=NOON)

    assert (freed.claimed_by, freed.claim_expires_at) == (None, None)
    assert order.events.order_by("pk").first().kind == EventKind.CLAIM_RELEASED
    assert "Claims of agent, given back" in receipt.content.decode()
    assert Order.objects.get().claimed_by == agent


def test_htmx_gets_the_table_back(manager_client, store, agent):
    claimed(store, agent)

    response = manager_client.post(
        "/orders/workload/claims/", {"person": agent.pk, "act": "give_back"}, headers={"HX-Request": "true"}
    )

    html = response.content.decode()
    assert html.lstrip().startswith('<div id="workload"')
    assert figures(html, "agent", "claims") == "0"
    assert "Claims of agent that anybody can take now: 1." in response.headers["HX-Trigger"]


def test_nothing_to_take_is_said(store, agent, manager):
    with pytest.raises(DeskError, match="agent holds no order now"):
        give_back_claims(store=store, person=agent, actor=manager, at=NOON)
    with pytest.raises(DeskError, match="yours already"):
        take_claims(store=store, person=manager, actor=manager, at=NOON)


@pytest.mark.parametrize(
    ("data", "status"),
    [({}, 404), ({"person": "x"}, 404), ({"person": "9" * 30}, 404), ({"person": "agent"}, 404)],
)
def test_claims_of_nobody_are_not_there(manager_client, store, data, status):
    assert manager_client.post("/orders/workload/claims/", {"act": "take", **data}).status_code == status


def test_claims_of_another_stores_person_are_not_there(manager_client, outsider):
    response = manager_client.post("/orders/workload/claims/", {"act": "take", "person": outsider.pk})

    assert response.status_code == 404


def test_act_must_be_one_of_the_two(manager_client, store, agent):
    claimed(store, agent)

    manager_client.post("/orders/workload/claims/", {"act": "\x00", "person": agent.pk})

    assert Order.objects.get().claimed_by == agent
    assert not Job.objects.exists()


def test_only_managers_take_claims(store, agent, wang):
    claimed(store, wang)

    response = signed_in(agent).post("/orders/workload/claims/", {"act": "take", "person": wang.pk})

    assert response.status_code == 403
    assert Order.objects.get().claimed_by == wang
