"""Undoing a single act of the last minutes: each kind, and why one cannot be taken back any more."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.common.access import ROLE_RIGHTS, Role
from orders.core.models import Hold, Order
from orders.core.services import (
    OrderError,
    accept_order,
    add_remark,
    claim_order,
    open_hold,
    release_hold,
    set_flag,
    set_tags,
    unaccept_order,
)
from orders.core.statuses import Acceptance, HoldKind
from orders.desk.acts import ACTS
from orders.desk.recent_acts import recent_acts, undo_act
from orders.desk.services import Item, start_batch
from orders.fulfilment.services import record_print, ship_order
from tests.conftest import signed_in
from tests.factories import NOON, make_order, make_user

RIGHTS = ROLE_RIGHTS[Role.AGENT]
LATER = NOON + timedelta(minutes=1)
WATCHED = (
    "acceptance", "flag", "tags", "hold_kinds", "claimed_by_id", "latest_remark", "status", "acceptance_rule",
    "accepted_at",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def call(order, actor, at=NOON):
    return {"store": order.store, "order_id": order.pk, "actor": actor, "at": at}


def state(order):
    return Order.objects.values(*WATCHED).get(pk=order.pk)


def last(order):
    return order.events.order_by("-pk").first()


def undo(order, actor, *, rights=RIGHTS, at=LATER):
    return undo_act(store=order.store, event_id=last(order).pk, actor=actor, rights=rights, at=at)


def hold(order, actor, at=NOON, **values):
    open_hold(**call(order, actor, at), **{"kind": HoldKind.MANUAL, "reason": "colour", **values})


def release(order, actor):
    release_hold(**call(order, actor), kind=HoldKind.MANUAL, reason="fine")


ACT = {
    "flag": lambda order, actor: set_flag(**call(order, actor), flag=3),
    "tags": lambda order, actor: set_tags(**call(order, actor), tags=["VIP"]),
    "hold": hold,
    "claim": lambda order, actor: claim_order(**call(order, actor)),
    "remark": lambda order, actor: add_remark(**call(order, actor), text="called"),
}


@pytest.mark.parametrize("name", ACT)
def test_undo_puts_the_order_back(store, agent, name):
    order = make_order(store=store, flag=1, tags=["old"])
    before = state(order)
    ACT[name](order, agent)
    changed = state(order)

    undo(order, agent)

    assert changed != before
    assert state(order) == before


def test_undo_of_accepting_takes_back_to_review(store, agent):
    order = make_order(store=store, acceptance=Acceptance.UNREVIEWED)
    before = state(order)
    accept_order(**call(order, agent))

    undo(order, agent)

    assert state(order) == before


def test_undo_of_accepting_with_a_reason_holds_again_as_it_was(store, agent, manager):
    order = make_order(store=store, acceptance=Acceptance.UNREVIEWED, lines=2)
    line = order.lines.order_by("pk").last()
    hold(order, manager, NOON - timedelta(hours=1), kind=HoldKind.RISK, reason="new buyer")
    hold(order, manager, NOON - timedelta(hours=1), kind=HoldKind.OUT_OF_STOCK, reason="L is out", line_id=line.pk)
    accept_order(**call(order, agent), release_reason="all fine")

    undo(order, agent)

    order.refresh_from_db()
    holds = Hold.objects.filter(released_at__isnull=True).order_by("kind")
    assert [(one.kind, one.reason, one.line_id) for one in holds] == [
        ("out_of_stock", "L is out", line.pk), ("risk", "new buyer", None),
    ]  # fmt: skip
    assert (order.acceptance, order.hold_kinds) == (Acceptance.UNREVIEWED, ["out_of_stock", "risk"])


def test_undo_of_releasing_holds_again_for_the_old_reason(store, agent, manager):
    order = make_order(store=store)
    hold(order, manager, NOON - timedelta(hours=1), reason="wait for red")
    release(order, agent)

    undo(order, agent)

    again = Hold.objects.get(released_at__isnull=True)
    assert (again.kind, again.reason, again.opened_by) == (HoldKind.MANUAL, "wait for red", agent)


def test_undo_of_a_hold_leaves_that_of_a_line_alone(store, agent, manager):
    order = make_order(store=store)
    hold(order, manager, NOON - timedelta(hours=1), line_id=order.lines.get().pk)
    hold(order, agent)

    with pytest.raises(OrderError, match="A line of the order is held for the same"):
        undo(order, agent)

    assert Hold.objects.filter(released_at__isnull=True).count() == 2


# Why not


def problem(store, actor, rights=RIGHTS, at=LATER):
    return recent_acts(store, actor, rights, at).acts[-1].problem


def test_changed_since_names_who(store, agent, manager):
    order = make_order(store=store)
    set_flag(**call(order, agent), flag=3)
    event = last(order)
    set_flag(**call(order, manager, LATER), flag=4)

    with pytest.raises(OrderError, match="manager changed the order at 12:01 since"):
        undo_act(store=store, event_id=event.pk, actor=agent, rights=RIGHTS, at=LATER)

    assert problem(store, agent) == "manager changed the order at 12:01 since."
    assert Order.objects.get().flag == 4


def test_own_later_act_stands_in_the_way(store, agent):
    order = make_order(store=store)
    set_flag(**call(order, agent), flag=3)
    add_remark(**call(order, agent, LATER), text="x")

    acts = recent_acts(store, agent, RIGHTS, LATER).acts

    assert [act.problem for act in acts] == ["", "You changed the order since."]


def test_printed_and_shipped_since_are_said(store, agent, warehouse):
    order = make_order(store=store)
    set_flag(**call(order, agent), flag=3)
    record_print(**call(order, warehouse, LATER))
    printed = problem(store, agent)
    Order.objects.update(printed_at=None)
    ship_order(**call(order, warehouse, LATER), courier="SF", tracking_number="SF1234567890123")

    assert printed == "Printed at 12:01 since: hold the order, and tell the warehouse."
    assert problem(store, agent) == "Shipped at 12:01 since."


def test_what_is_final_says_so(store, warehouse):
    order = make_order(store=store)
    ship_order(**call(order, warehouse), courier="SF", tracking_number="SF1234567890123")

    assert problem(store, warehouse, ROLE_RIGHTS[Role.WAREHOUSE]) == str(ACTS["ship"].final)


def test_take_over_goes_back_in_the_queue(store, agent, manager):
    order = make_order(store=store)
    claim_order(**call(order, agent))
    claim_order(**call(order, manager), take_over=True)

    assert problem(store, manager, ROLE_RIGHTS[Role.MANAGER]).startswith("It was agent's before")


def test_undo_of_unaccepting_is_to_accept(store, agent):
    order = make_order(store=store)
    unaccept_order(**call(order, agent))

    with pytest.raises(OrderError, match="Accept the order again"):
        undo(order, agent)


def test_only_who_did_it_within_minutes_and_alone(store, agent, manager):
    order = make_order(store=store)
    set_flag(**call(order, agent), flag=3)

    with pytest.raises(OrderError, match="Only agent, who did it"):
        undo(order, manager)
    with pytest.raises(OrderError, match="for 15 minutes"):
        undo(order, agent, at=NOON + timedelta(minutes=16))
    assert recent_acts(store, agent, RIGHTS, NOON + timedelta(minutes=16)).acts == []


def test_right_is_checked_again(store, agent):
    order = make_order(store=store)
    set_flag(**call(order, agent), flag=3)

    with pytest.raises(OrderError, match="Your role does not include"):
        undo(order, agent, rights=ROLE_RIGHTS[Role.WAREHOUSE])
    assert Order.objects.get().flag == 3


def test_batches_link_to_their_receipt(agent_client, store, agent):
    order = make_order(store=store)
    job = start_batch(
        store=store, act=ACTS["flag"], items=[Item(order.pk, order.number)], values={"flag": 2}, actor=agent, at=NOON
    )

    recent = recent_acts(store, agent, RIGHTS, NOON)
    html = agent_client.get("/orders/shift/").content.decode()

    assert (recent.acts, [batch.job for batch in recent.batches]) == ([], [job])
    assert f'data-batch="{job.pk}"' in html
    assert f'href="/orders/batches/{job.pk}/"' in html
    with pytest.raises(OrderError, match="its receipt takes it back"):
        undo(order, agent)


def test_list_takes_three_statements(store, agent):
    for _ in range(3):
        set_flag(**call(make_order(store=store), agent), flag=3)

    with CaptureQueriesContext(connection) as statements:
        recent = recent_acts(store, agent, RIGHTS, LATER)

    assert [act.problem for act in recent.acts] == ["", "", ""]
    assert len(statements) == 3


# Posting it


def test_button_takes_the_act_back(agent_client, store, agent):
    order = make_order(store=store)
    set_flag(**call(order, agent), flag=3)
    url = f"/orders/shift/undo/{last(order).pk}/"

    html = agent_client.get("/orders/shift/").content.decode()
    response = agent_client.post(url)
    again = agent_client.post(url, headers={"HX-Request": "true"})

    assert f'action="{url}"' in html
    assert response.url == "/orders/shift/"
    assert Order.objects.get().flag == 0
    assert (again.status_code, "Not undone: You changed the order since." in again.headers["HX-Trigger"]) == (204, True)


def test_event_of_another_store_is_not_there(store, agent, outsider):
    order = make_order(store=store)
    set_flag(**call(order, agent), flag=3)

    assert signed_in(outsider).post(f"/orders/shift/undo/{last(order).pk}/").status_code == 404
    assert Order.objects.get().flag == 3


def test_colleague_cannot_take_it_back(store, agent):
    order, colleague = make_order(store=store), make_user(store=store)
    set_flag(**call(order, agent), flag=3)

    response = signed_in(colleague).post(f"/orders/shift/undo/{last(order).pk}/", headers={"HX-Request": "true"})

    assert "Only agent, who did it, can undo it." in response.headers["HX-Trigger"]
    assert Order.objects.get().flag == 3
