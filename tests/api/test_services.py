"""Services that a shop offers in some places, over the API."""

import pytest

from backoffice.common.access import Role
from orders.core.models import Order
from orders.fulfilment.models import LocalService
from tests.api.client import error, make_api
from tests.factories import make_order
from tests.fulfilment.stocking import settle_all

INSTALL = {"name": "上门安装", "places": ["广东 深圳", "上海市"], "product_codes": ["A"]}


@pytest.fixture
def api(store):
    return make_api(store, Role.MANAGER)


def test_service_is_offered_changed_and_taken_off(api):
    made = api.post("services/", INSTALL)
    path = f"services/{made.json()['id']}/"

    changed = api.put(path, {**INSTALL, "product_codes": [], "is_active": False}).json()
    listed = api.get("services/").json()["results"]

    assert made.status_code == 201
    assert (made.json()["places"], made.json()["product_codes"], made.json()["orders"]) == (
        ["广东 深圳", "上海"],
        ["A"],
        0,
    )
    assert (changed["product_codes"], changed["is_active"], changed["updated_by"]) == ([], False, api.owner.username)
    assert [(row["id"], row["name"]) for row in listed] == [(changed["id"], "上门安装")]
    assert api.get(path).json() == changed
    assert (api.delete(path).status_code, error(api.get(path))) == (204, (404, "not_found"))


def test_orders_to_its_places_are_tagged_counted_and_listed(api, store):
    make_order(store=store, number="1001", province="广东", city="深圳市")
    make_order(store=store, number="1002", province="浙江", city="杭州市")

    made = api.post("services/", {"name": "安装", "places": ["广东 深圳"]}).json()
    settle_all(store)

    assert api.get(f"services/{made['id']}/").json()["orders"] == 1
    assert [row["number"] for row in api.get(f"orders/?{made['query']}").json()["results"]] == ["1001"]
    assert Order.objects.get(number="1001").tags == ["安装"]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"places": []}, "invalid"),
        ({"places": ["Atlantis"]}, "field"),
        ({"places": ["广东 深圳 南山 粤海"]}, "field"),
        ({"name": "x" * 41}, "invalid"),
        ({"product_codes": ["x" * 101]}, "invalid"),
    ],
)
def test_service_that_cannot_be_is_refused(api, bad, code):
    assert error(api.post("services/", {**INSTALL, **bad})) == (422, code)
    assert not LocalService.objects.exists()


def test_same_key_offers_once_and_a_taken_name_is_refused(api):
    first, second = (api.post("services/", INSTALL, Idempotency_Key="s") for _ in range(2))

    assert first.json() == second.json()
    assert error(api.post("services/", INSTALL)) == (422, "field")


def test_service_of_another_store_is_not_found(api, other_store):
    path, stranger = f"services/{api.post('services/', INSTALL).json()['id']}/", make_api(other_store)

    assert stranger.get("services/").json()["results"] == []
    assert [error(answer) for answer in (stranger.get(path), stranger.put(path, INSTALL), stranger.delete(path))] == [
        (404, "not_found")
    ] * 3
