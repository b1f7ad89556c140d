"""Shipping over the API: scanning out, splitting, merging, checks."""

import pytest
import time_machine

from backoffice.common.access import Role
from orders.core.services import open_hold
from orders.fulfilment.models import MergeCandidate, MergeRefusal, Shipment, Waybill
from tests.api.client import error, make_api
from tests.factories import NOON, make_line, make_order, make_recipient
from tests.fulfilment.parcels import NUMBER, make_parcel, make_sku
from tests.fulfilment.test_merges import order_to

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def api(store):
    return make_api(store, Role.WAREHOUSE)


def test_scan_ships_every_order_of_the_parcel_once(api, store):
    waybill = make_parcel(store, orders=2)

    answer = api.post("shipping/scan/", {"number": NUMBER.lower()})
    again = api.post("shipping/scan/", {"number": NUMBER})

    numbers = [line.order.number for line in waybill.lines.order_by("order_id")]
    assert [row["order"] for row in answer.json()["shipments"]] == numbers
    assert {row["shipped_by"] for row in answer.json()["shipments"]} == {api.owner.username}
    assert error(again) == (409, "state")
    assert again.json()["detail"] == f"Parcel {NUMBER} was already shipped by {api.owner} at 06-01 12:00."


def test_scan_with_one_key_twice_is_one_act(api, store):
    make_parcel(store)

    first, second = (api.post("shipping/scan/", {"number": NUMBER}, Idempotency_Key="k1") for _ in range(2))

    assert (first.status_code, first.json()) == (200, second.json())
    assert Shipment.objects.count() == 1


def test_scan_refuses_a_held_order_an_unknown_number_and_none(api, store, other_store):
    waybill = make_parcel(store)
    make_parcel(other_store, "SF9999999999999")
    call = {"store": store, "order_id": waybill.lines.get().order_id, "actor": None, "at": NOON}
    open_hold(**call, kind="manual", reason="wait")

    assert error(api.post("shipping/scan/", {"number": NUMBER})) == (422, "hold")
    assert error(api.post("shipping/scan/", {"number": "SF9999999999999"})) == (404, "not_found")
    assert error(api.post("shipping/scan/", {"number": "!"})) == (422, "field")
    assert error(api.post("shipping/scan/", {}))[0] == 422
    assert not Shipment.objects.exists()


def test_split_and_unmerge(api, store):
    waybill = make_parcel(store, orders=2)
    number = waybill.lines.order_by("-order_id").first().order.number

    split = api.post(f"waybills/{waybill.pk}/split/", {"lines": [{"order": number, "position": 1, "quantity": 1}]})
    alone = api.post(f"waybills/{waybill.pk}/unmerge/", {})
    wrong = api.post(f"waybills/{waybill.pk}/split/", {"lines": [{"order": "A1", "position": 1, "quantity": 1}]})

    assert (split.status_code, [line["order"] for line in split.json()["lines"]]) == (201, [number])
    assert (error(alone), error(wrong)) == ((409, "state"), (422, "field"))


def test_unmerge_gives_each_order_its_parcel(api, store):
    waybill = make_parcel(store, orders=3)

    answer = api.post(f"waybills/{waybill.pk}/unmerge/", {"version": waybill.version})

    assert [parcel["order_count"] for parcel in answer.json()] == [1, 1, 1]
    assert error(api.post("waybills/999/unmerge/", {})) == (404, "not_found")


def test_merges_are_listed_accepted_refused_and_suggested_again(api, store):
    orders = [order_to(store) for _ in range(2)]
    numbers = [order.number for order in orders]
    (group,) = api.get("shipping/merges/").json()["results"]

    refused = api.post("shipping/merges/refuse/", {"recipient": group["recipient"], "orders": numbers})
    hidden = api.get("shipping/merges/").json()["results"]
    again = api.delete(f"shipping/merges/refusals/{refused.json()['id']}/")
    merged = api.post("shipping/merges/accept/", {"orders": numbers, "courier": "SF"})

    assert ([row["order"] for row in group["orders"]], group["saved"]) == (numbers, 1)
    assert (refused.status_code, hidden, again.status_code) == (201, [], 204)
    assert (merged.status_code, merged.json()["order_count"]) == (201, 2)
    assert (Waybill.objects.count(), MergeRefusal.objects.count()) == (1, 0)


def test_merges_name_what_keeps_an_order_out(api, store):
    orders = [order_to(store) for _ in range(2)]
    open_hold(store=store, order_id=orders[1].pk, kind="manual", reason="wait", actor=None, at=NOON)

    (group,) = api.get("shipping/merges/").json()["results"]
    answer = api.post("shipping/merges/accept/", {"orders": [order.number for order in orders]})

    assert group["orders"][1]["reasons"] == [{"key": "manual", "text": "Held by hand", "blocks": True}]
    assert (error(answer), orders[1].number in answer.json()["detail"]) == ((422, "hold"), True)


def test_merges_refuse_a_strange_cursor_and_orders_of_others(api, store, other_store):
    mine, theirs = order_to(store), order_to(other_store)
    assert MergeCandidate.objects.count() == 2

    assert error(api.get("shipping/merges/", {"after": "x"})) == (422, "cursor")
    answer = api.post("shipping/merges/accept/", {"orders": [mine.number, theirs.number]})
    assert error(answer) == (422, "invalid")
    assert error(api.delete("shipping/merges/refusals/999/")) == (404, "not_found")


def test_checks_are_read_and_ticked(api, store):
    order = make_order(store=store, lines=0)
    make_recipient(order=order)
    make_line(order=order, sku_code=make_sku(store, needs_check=True).code)

    before = api.get(f"orders/{order.number}/checks/").json()["results"]
    after = api.post(f"orders/{order.number}/checks/", {"position": 1, "kind": "spec"}).json()["results"]

    assert before == [{"position": 1, "kind": "spec", "checked_by": None, "checked_at": None}]
    assert [(check["kind"], check["checked_by"]) for check in after] == [("spec", api.owner.username)]
    for values in ({"position": 1, "kind": "brand"}, {"position": 9, "kind": "spec"}):
        assert error(api.post(f"orders/{order.number}/checks/", values)) == (422, "field")
