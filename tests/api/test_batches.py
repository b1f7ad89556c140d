"""Batches over the API: one act, many orders, a receipt."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.common.access import Role
from backoffice.common.jobs import run_pending_jobs
from backoffice.common.models import Job
from orders.core.models import Order
from orders.core.services import open_hold
from orders.core.statuses import Acceptance, HoldKind, OrderStatus
from orders.fulfilment.models import Shipment
from tests.api.client import error, make_api
from tests.factories import NOON, make_order


@pytest.fixture
def api(store):
    return make_api(store, Role.AGENT)


def test_batch_does_its_act_and_counts_what_it_left_out(api, store):
    orders = [make_order(store=store), make_order(store=store), make_order(store=store, flag=3)]

    response = api.post("orders/batches/", {"act": "flag", "flag": 3, "orders": [order.number for order in orders]})
    answer = response.json()

    assert response.status_code == 201
    assert (answer["state"], answer["count"], answer["done"], answer["refused"]) == ("done", 2, 2, 0)
    assert answer["left_out"] == {"has this flag already": 1}
    assert {(row["number"], row["outcome"]) for row in answer["rows"]} == {
        (order.number, "done") for order in orders[:2]
    }
    assert Order.objects.filter(flag=3).count() == 3
    assert api.get(f"orders/batches/{answer['id']}/").json() == answer


def test_batch_of_a_query_takes_all_of_it(api, store):
    make_order(store=store, acceptance=Acceptance.UNREVIEWED)
    make_order(store=store, acceptance=Acceptance.UNREVIEWED, flag=2)

    answer = api.post("orders/batches/", {"act": "accept", "query": "flag=2"}).json()

    assert answer["done"] == 1
    assert Order.objects.get(acceptance=Acceptance.ACCEPTED).flag == 2


def test_batch_is_undone_once_by_who_did_it(api, store):
    order, colleague = make_order(store=store), make_api(store, Role.AGENT)
    batch = api.post("orders/batches/", {"act": "flag", "flag": 3, "orders": [order.number]}).json()

    assert error(colleague.post(f"orders/batches/{batch['id']}/undo/")) == (422, "invalid")
    undone = api.post(f"orders/batches/{batch['id']}/undo/")

    assert (undone.status_code, batch["undone"], undone.json()["undone"]) == (200, False, True)
    assert error(api.post(f"orders/batches/{batch['id']}/undo/")) == (422, "invalid")
    assert Order.objects.get().flag == 0


def test_batch_ships_parcels(store):
    api, good, other = make_api(store, Role.WAREHOUSE), make_order(store=store), make_order(store=store)
    parcels = [{"order": good.number, "tracking_number": "SF1234567890123"},
               {"order": other.number, "courier": "nobody", "tracking_number": "SF1234567890124"},
               {"order": "999", "courier": "SF", "tracking_number": "SF1234567890125"}]  # fmt: skip

    answer = api.post("orders/batches/", {"act": "ship", "parcels": parcels}).json()

    assert [(row["number"], row["outcome"]) for row in answer["rows"]] == [
        (good.number, "done"), (other.number, "skipped"), ("999", "skipped"),
    ]  # fmt: skip
    assert Shipment.objects.get().order_id == good.pk


def test_batch_gives_orders_to_a_colleague(store):
    manager, agent = make_api(store, Role.MANAGER), make_api(store, Role.AGENT)
    body = {"act": "assign", "person": agent.owner.username, "orders": [make_order(store=store).number]}

    assert manager.post("orders/batches/", body).json()["done"] == 1
    assert Order.objects.get().claimed_by == agent.owner
    assert manager.post("orders/batches/", body | {"person": None}).json()["done"] == 1
    assert Order.objects.get().claimed_by is None


def test_batch_gives_orders_to_nobody_who_does_not_work_on_them(store, outsider):
    manager, packer = make_api(store, Role.MANAGER), make_api(store, Role.WAREHOUSE)
    body = {"act": "assign", "orders": [make_order(store=store).number]}

    for name in (packer.owner.username, outsider.username):
        assert error(manager.post("orders/batches/", body | {"person": name})) == (422, "field")
    assert error(manager.post("orders/batches/", body)) == (422, "invalid")
    assert not Job.objects.exists()


def test_batch_closes_unpaid_orders(store):
    order = make_order(store=store, status=OrderStatus.PENDING_PAYMENT)
    body = {"act": "close_unpaid", "reason": "never paid", "orders": [order.number, make_order(store=store).number]}

    refused = make_api(store, Role.AGENT).post("orders/batches/", body)
    answer = make_api(store, Role.MANAGER).post("orders/batches/", body).json()

    assert error(refused) == (403, "permission_denied")
    assert (answer["done"], answer["left_out"]) == (1, {"paid already": 1})
    order.refresh_from_db()
    assert order.status == OrderStatus.CLOSED


def test_batch_prints_slips(store):
    numbers = [make_order(store=store).number, make_order(store=store, acceptance=Acceptance.UNREVIEWED).number]

    answer = make_api(store, Role.WAREHOUSE).post("orders/batches/", {"act": "print", "orders": numbers}).json()

    papers = Job.objects.get(pk=answer["papers"])
    assert (answer["done"], sum(answer["left_out"].values())) == (1, 1)
    assert (papers.kind, papers.params["paper"]) == ("print", "packing_slip")
    assert papers.params["ids"] == [Order.objects.get(number=numbers[0]).pk]


@pytest.fixture
def held(store):
    """An order that is not reviewed yet, held by hand for two reasons."""
    order = make_order(store=store, acceptance=Acceptance.UNREVIEWED)
    for kind in (HoldKind.MANUAL, HoldKind.OUT_OF_STOCK):
        open_hold(store=store, order_id=order.pk, kind=kind, reason="wait", actor=None, at=NOON)
    return order


@pytest.mark.parametrize(
    ("given", "acceptance", "kinds"),
    [({}, Acceptance.UNREVIEWED, []), ({"accept_too": True}, Acceptance.ACCEPTED, []),
     ({"only": "manual"}, Acceptance.UNREVIEWED, ["out_of_stock"])],
)  # fmt: skip
def test_batch_releases_holds_and_may_accept_too(api, held, given, acceptance, kinds):
    body = {"act": "release", "reason": "go", "orders": [held.number]}

    answer = api.post("orders/batches/", body | given).json()

    held.refresh_from_db()
    assert answer["done"] == 1
    assert (held.acceptance, held.hold_kinds) == (acceptance, kinds)


@pytest.mark.parametrize(("given", "left"), [({}, 2), ({"release_reason": "asked the buyer"}, 0)])
def test_batch_accepts_and_with_a_reason_releases_holds(api, held, given, left):
    answer = api.post("orders/batches/", {"act": "accept", "orders": [held.number]} | given).json()

    held.refresh_from_db()
    assert answer["done"] == 1
    assert (held.acceptance, len(held.hold_kinds)) == (Acceptance.ACCEPTED, left)


def test_large_batch_is_the_workers(api, store, monkeypatch):
    monkeypatch.setattr("orders.desk.services.INLINE_LIMIT", 1)
    numbers = [make_order(store=store).number for _ in range(2)]

    batch = api.post("orders/batches/", {"act": "flag", "flag": 1, "orders": numbers}).json()
    run_pending_jobs()

    assert (batch["state"], batch["rows"]) == ("queued", [])
    done = api.get(f"orders/batches/{batch['id']}/").json()
    assert (done["state"], done["done"]) == ("done", 2)


@pytest.mark.parametrize(
    "body",
    [{}, {"act": "explode"}, {"act": "flag", "orders": ["1"]}, {"act": "flag", "flag": 1}, {"act": "ship",
         "orders": ["1"]},
     {"act": "flag", "flag": 1, "orders": ["1"], "query": "flag=1"}, {"act": "flag", "flag": 1, "orders": ["1"]},
     {"act": "flag", "flag": 1, "query": "flag=9"}, {"act": "flag", "flag": 1, "query": "flag=5"},
     {"act": "hold", "kind": "refund_open", "reason": "why", "query": "flag=0"}],
)  # fmt: skip
def test_bad_batch_is_refused(store, body):
    assert error(make_api(store).post("orders/batches/", body)) == (422, "invalid")
    assert not Job.objects.exists()


def test_batch_needs_the_right_of_its_act(store):
    warehouse, number = make_api(store, Role.WAREHOUSE), make_order(store=store).number

    refused = warehouse.post("orders/batches/", {"act": "flag", "flag": 1, "orders": [number]})
    done = warehouse.post("orders/batches/", {"act": "remark", "text": "torn box", "orders": [number]})

    assert error(refused) == (403, "permission_denied")
    assert done.status_code == 201


def test_another_stores_batch_and_orders_are_not_there(api, store, other_store):
    batch = api.post("orders/batches/", {"act": "flag", "flag": 1, "orders": [make_order(store=store).number]}).json()
    stranger, theirs = make_api(other_store), make_order(store=other_store)

    assert error(stranger.get(f"orders/batches/{batch['id']}/")) == (404, "not_found")
    assert error(stranger.post(f"orders/batches/{batch['id']}/undo/")) == (404, "not_found")
    assert error(api.post("orders/batches/", {"act": "flag", "flag": 1, "orders": [theirs.number]})) == (422, "invalid")


def test_same_key_does_a_batch_once(api, store):
    body = {"act": "remark", "text": "a", "orders": [make_order(store=store).number]}

    first, second = (api.post("orders/batches/", body, Idempotency_Key="k") for _ in range(2))

    assert first.json() == second.json()
    assert Job.objects.count() == 1


def test_claim_next_takes_what_is_most_urgent(api, store):
    late = make_order(store=store, ship_by=timezone.now() - timedelta(hours=1))

    assert [row["number"] for row in api.post("orders/claim-next/").json()["rows"]] == [late.number]
    assert error(api.post("orders/claim-next/")) == (409, "state")


def test_claim_next_of_a_sub_queue_takes_only_from_it(api, store):
    make_order(store=store, ship_by=timezone.now() - timedelta(hours=1))
    fresh = make_order(store=store, acceptance=Acceptance.UNREVIEWED)

    answer = api.post("orders/claim-next/", {"sub": "unreviewed"}).json()

    assert [row["number"] for row in answer["rows"]] == [fresh.number]
    assert error(api.post("orders/claim-next/", {"sub": "unreviewed"})) == (409, "state")
    assert error(api.post("orders/claim-next/", {"sub": "nowhere"})) == (422, "invalid")


def test_refused_orders_are_tried_again(api, store, monkeypatch):
    order = make_order(store=store)
    batch = api.post("orders/batches/", {"act": "remark", "text": "a", "orders": [order.number]}).json()

    assert error(api.post(f"orders/batches/{batch['id']}/retry/")) == (422, "invalid")
