"""Couriers and their numbers, and who takes a parcel, over the API."""

import pytest

from backoffice.common.access import Role
from orders.fulfilment.models import PoolNumber
from tests.api.client import error, make_api
from tests.factories import make_order


@pytest.fixture
def api(store):
    return make_api(store, Role.MANAGER)


def test_courier_is_set_up_changed_and_filled(api):
    made = api.put("couriers/", {"courier": "YTO", "is_default": True, "warn_below": 3}).json()
    added = api.post("couriers/numbers/", {"courier": "YTO", "numbers": ["YT0000000000001 ~ YT0000000000002"]})
    again = api.post("couriers/numbers/", {"courier": "YTO", "numbers": ["YT0000000000002", "YT0000000000009"]}).json()

    assert made == {
        "courier": "YTO", "is_default": True, "is_active": True, "warn_below": 3, "free": 0, "used": 0, "is_low": True,
    }  # fmt: skip
    assert (added.status_code, added.json()) == (201, {"added": 2, "known": 0, "used": 0})
    assert again == {"added": 1, "known": 1, "used": 0}
    assert api.get("couriers/").json()["results"] == [{**made, "free": 3, "is_low": False}]


def test_only_one_courier_is_the_usual_one(api):
    for code in ("YTO", "SF"):
        api.put("couriers/", {"courier": code, "is_default": True})

    usual = {row["courier"] for row in api.get("couriers/").json()["results"] if row["is_default"]}
    assert usual == {"SF"}


def test_prices_are_set_and_listed(api):
    api.put("couriers/", {"courier": "YTO"})

    known = api.put("couriers/prices/", {"courier": "YTO", "price": "3.50", "provinces": {"新疆": "18.00"}}).json()

    assert known == {"results": [{"courier": "YTO", "price": "3.50", "provinces": {"新疆": "18.00"}}]}
    assert api.get("couriers/prices/").json() == known
    assert api.put("couriers/prices/", {"courier": "YTO", "price": None}).json() == {"results": []}


@pytest.mark.parametrize(
    ("bad", "code"),
    [({"price": None}, "field"), ({"courier": "SF"}, "field"), ({"provinces": {"Mars": "1"}}, "invalid"),
     ({"price": "-1"}, "invalid")],
)  # fmt: skip
def test_prices_that_cannot_be_are_refused(api, bad, code):
    api.put("couriers/", {"courier": "YTO"})
    body = {"courier": "YTO", "price": "3.50", "provinces": {"新疆": "18.00"}}

    assert error(api.put("couriers/prices/", {**body, **bad})) == (422, code)


def test_same_key_adds_numbers_once(api):
    body = {"courier": "YTO", "numbers": ["YT0000000000001"]}

    first, second = (api.post("couriers/numbers/", body, Idempotency_Key="n") for _ in range(2))

    assert first.json() == second.json() == {"added": 1, "known": 0, "used": 0}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"courier": "PIGEON", "numbers": ["YT1"]}, "invalid"),
        ({"courier": "YTO", "numbers": []}, "invalid"),
        ({"courier": "YTO", "numbers": ["YT0009 ~ YT0001"]}, "field"),
    ],
)
def test_numbers_that_cannot_be_are_refused(api, body, code):
    assert error(api.post("couriers/numbers/", body)) == (422, code)
    assert not PoolNumber.objects.exists()


def test_another_courier_takes_a_parcel_without_a_number(api, store):
    make_order(store=store, number="1001")
    parcel = api.post("waybills/", {"orders": ["1001"], "courier": "YTO"}).json()
    path = f"waybills/{parcel['id']}/courier/"

    changed = api.post(path, {"courier": "SF", "version": parcel["version"]}).json()
    stale = error(api.post(path, {"courier": "YTO", "version": parcel["version"]}))
    api.post(f"waybills/{parcel['id']}/number/", {"number": "SF1234567890123"})

    assert (changed["courier"], stale) == ("SF", (409, "version"))
    assert error(api.post(path, {"courier": "YTO"})) == (409, "state")
    assert error(api.post(path, {"courier": "pigeon post"})) == (422, "field")


def test_couriers_of_another_store_are_its_own(api, other_store):
    api.put("couriers/", {"courier": "YTO"})

    assert make_api(other_store).get("couriers/").json()["results"] == []
