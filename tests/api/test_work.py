"""The API of workload and shifts."""

from datetime import date, timedelta

import pytest
import time_machine

from backoffice.common.access import Role
from orders.core.services import add_remark, claim_order, open_hold
from orders.core.statuses import HoldKind
from orders.desk.models import ShiftNote
from tests.api.client import error, make_api
from tests.factories import NOON, make_order


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def agent_api(store):
    return make_api(store, Role.AGENT)


def work(order, actor):
    call = {"store": order.store, "order_id": order.pk, "actor": actor, "at": NOON}
    claim_order(**call)
    add_remark(**call, text="called 13812341234")
    open_hold(**call, kind=HoldKind.MANUAL, reason="colour")


def test_workload_counts_each_person(api, store, agent_api):
    make_order(store=store)
    work(make_order(store=store, ship_by=NOON - timedelta(hours=1)), agent_api.owner)

    answer = api.get("workload/").json()

    person = next(row for row in answer["people"] if row["username"] == agent_api.owner.username)
    assert person == {
        "username": agent_api.owner.username, "name": agent_api.owner.username, "is_at_work": False, "claims": 1,
        "earliest_ship_by": "2026-06-01T11:00:00+08:00", "overdue": 1, "notes": 0,
        "acts": {"accepted": 0, "held": 1, "shipped": 0, "notes": 0, "remarks": 1}, "act_count": 3,
        "last_act_at": "2026-06-01T12:00:00+08:00",
    }  # fmt: skip
    assert (answer["unclaimed"], answer["unclaimed_is_capped"]) == (1, False)


def test_workload_of_others_is_the_managers(api, store, agent_api):
    assert [row["username"] for row in agent_api.get("workload/").json()["people"]] == [agent_api.owner.username]


def test_shift_tells_what_was_done_and_is_open(agent_api, store):
    order = make_order(store=store)
    work(order, agent_api.owner)

    answer = agent_api.get("shifts/").json()

    assert (answer["user"], answer["day"], answer["note"]) == (agent_api.owner.username, "2026-06-01", None)
    assert {row["kind"]: row["count"] for row in answer["handled"]} == {"claimed": 1, "remarked": 1, "held": 1}
    assert [row["number"] for row in answer["claims"]] == [order.number]
    assert [(row["order"], row["reason"]) for row in answer["holds"]] == [(order.number, "colour")]
    assert (answer["notes"], answer["exceptions"], answer["refused"]) == ([], [], [])


def test_shift_of_another_is_the_managers(api, store, other_store, agent_api):
    work(make_order(store=store), agent_api.owner)
    stranger = make_api(other_store, Role.ADMIN)

    assert len(api.get("shifts/", {"user": agent_api.owner.username, "day": "2026-06-01"}).json()["handled"]) == 3
    assert api.get("shifts/", {"user": agent_api.owner.username, "day": "2026-05-31"}).json()["handled"] == []
    assert error(agent_api.get("shifts/", {"user": api.owner.username})) == (403, "permission_denied")
    assert error(stranger.get("shifts/", {"user": agent_api.owner.username})) == (404, "not_found")


@pytest.mark.parametrize("query", [{"day": "x"}, {"day": "2026-06-02"}, {"day": "0001-01-01"}, {"user": "x" * 200}])
def test_shift_of_garbage_is_refused(api, query):
    assert error(api.get("shifts/", query)) == (422, "invalid")


def test_note_is_left_for_the_next_shift(agent_api, store):
    answer = agent_api.post("shifts/note/", {"text": "call 13812341234"}).json()

    note = ShiftNote.objects.get()
    assert (note.user, note.day, note.text) == (agent_api.owner, date(2026, 6, 1), "call 138****1234")
    assert (answer["note"]["text"], answer["note"]["day"]) == ("call 138****1234", "2026-06-01")
    assert agent_api.post("shifts/note/", {"text": ""}).json()["note"] is None


@pytest.mark.parametrize(
    "body", [{}, {"text": "x" * 1001}, {"text": "x", "day": "2026-05-01"}, {"text": "x", "day": "?"}]
)
def test_bad_note_is_refused(agent_api, body):
    assert error(agent_api.post("shifts/note/", body)) == (422, "invalid")
    assert not ShiftNote.objects.exists()


def test_manager_takes_claims_over_and_gives_them_back(store, agent_api):
    manager = make_api(store, Role.MANAGER)
    order = make_order(store=store, number="1001")
    claim_order(store=store, order_id=order.pk, actor=agent_api.owner, at=NOON)

    taken = manager.post("workload/claims/", {"user": agent_api.owner.username, "act": "take"})
    order.refresh_from_db()
    holder = order.claimed_by
    given = manager.post("workload/claims/", {"user": manager.owner.username, "act": "give_back"}).json()
    order.refresh_from_db()

    assert (taken.status_code, taken.json()["done"], taken.json()["rows"][0]["number"]) == (201, 1, "1001")
    assert (holder, given["done"], order.claimed_by) == (manager.owner, 1, None)


def test_claims_of_nobody_or_of_a_stranger_are_refused(store, other_store, agent_api):
    manager, stranger = make_api(store, Role.MANAGER), make_api(other_store)
    body = {"user": agent_api.owner.username, "act": "take"}

    assert error(manager.post("workload/claims/", body)) == (422, "invalid")
    assert error(manager.post("workload/claims/", {**body, "user": stranger.owner.username})) == (404, "not_found")
    assert error(agent_api.post("workload/claims/", body)) == (403, "permission_denied")
