"""Batches over the API: one act, many orders, a receipt."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.common.access import Role
from backoffice.common.jobs import run_pending_jobs
from backoffice.common.models import Job
from orders.core.models import Order
from orders.core.statuses import Acceptance
from orders.fulfilment.models import Shipment
from tests.api.client import error, make_api
from tests.factories import make_order


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
    assert api.post(f"orders/batches/{batch['id']}/undo/").status_code == 200
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


def test_refused_orders_are_tried_again(api, store, monkeypatch):
    order = make_order(store=store)
    batch = api.post("orders/batches/", {"act": "remark", "text": "a", "orders": [order.number]}).json()

    assert error(api.post(f"orders/batches/{batch['id']}/retry/")) == (422, "invalid")
