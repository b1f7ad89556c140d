"""Stock, products, shortages and gift rules over the API."""

import pytest
import time_machine

from backoffice.common.access import Role
from orders.fulfilment.models import GiftRule, Product, Shortage, Sku
from tests.api.client import error, make_api
from tests.factories import NOON
from tests.fulfilment.stocking import make_order_of, make_sku, settle_all


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def api(store):
    return make_api(store, Role.MANAGER)


def codes(answer):
    return [sku["code"] for sku in answer.json()["results"]]


def test_skus_are_listed_with_their_stock(api, store):
    make_sku(store=store, code="A", on_hand=12, location="A-01")
    make_order_of(store, "A", quantity=3)
    settle_all(store)

    (sku,) = api.get("stock/skus/").json()["results"]

    assert (sku["code"], sku["on_hand"], sku["reserved"], sku["free"], sku["location"]) == ("A", 12, 3, 9, "A-01")


@pytest.mark.parametrize(
    ("query", "hits"),
    [({"tab": "uncounted"}, ["NEW"]), ({"search": "LO"}, ["LOW"]), ({"tab": "low"}, ["LOW"]), ({"sort": "cover"}, [])],
)
def test_skus_are_narrowed(api, store, query, hits):
    make_sku(store=store, code="LOW", on_hand=0)
    make_sku(store=store, code="NEW")

    assert codes(api.get("stock/skus/", query)) == hits


def test_list_goes_on_by_its_links(api, store):
    product = make_sku(store=store, code="A00").product
    Sku.objects.bulk_create(Sku(store=store, product=product, code=f"A{n:02}") for n in range(1, 52))

    first = api.get("stock/skus/").json()
    second = api.get(first["next"].partition("/api/v1/")[2]).json()

    assert ([sku["code"] for sku in second["results"]], second["next"]) == (["A50", "A51"], None)


def test_unknown_tab_is_refused(api):
    assert api.get("stock/skus/", {"tab": "x"}).status_code == 422


def test_movements_and_counts_change_stock(api, store):
    sku = make_sku(store=store, code="A", on_hand=10)

    moved = api.post(f"stock/skus/{sku.pk}/movements/", {"kind": "receive", "quantity": 5})
    counted = api.post(f"stock/skus/{sku.pk}/counts/", {"counted": 7})
    ledger = api.get(f"stock/skus/{sku.pk}/movements/").json()["results"]

    assert (moved.status_code, moved.json()["on_hand"], counted.json()["on_hand"]) == (201, 15, 7)
    assert [row["kind"] for row in ledger] == ["count", "receive", "count"]


def test_more_than_is_there_cannot_be_scrapped(api, store):
    sku = make_sku(store=store, code="A", on_hand=1)

    answer = api.post(f"stock/skus/{sku.pk}/movements/", {"kind": "scrap", "quantity": 5, "reason": "破损"})

    assert error(answer)[:2] == (422, "field")


def test_stale_version_is_refused(api, store):
    sku = make_sku(store=store, code="A", on_hand=1)

    answer = api.post(f"stock/skus/{sku.pk}/counts/", {"counted": 5, "version": sku.version - 1})

    assert error(answer)[:2] == (409, "version")


def test_products_and_skus_are_saved(api, store):
    product = api.post("stock/products/", {"code": "P", "title": "裙"}).json()
    sku = api.post("stock/skus/", {"product": product["id"], "code": "S", "safety_stock": 2}).json()
    changed = api.put(f"stock/products/{product['id']}/", {"code": "P", "title": "新裙", "version": product["version"]})
    api.put(f"stock/skus/{sku['id']}/", {"product": product["id"], "code": "S", "barcode": "690"})

    assert (Product.objects.get().title, changed.json()["title"]) == ("新裙", "新裙")
    assert (Sku.objects.get().barcode, Sku.objects.get().safety_stock) == ("690", 0)
    assert api.get(f"stock/products/{product['id']}/").json()["code"] == "P"
    assert [row["code"] for row in api.get("stock/products/").json()["results"]] == ["P"]


def test_shortage_is_listed_and_decided(api, store):
    make_sku(store=store, code="A", on_hand=0)
    order = make_order_of(store, "A", quantity=2)
    settle_all(store)

    (row,) = api.get("shortages/").json()["results"]
    answer = api.post(
        f"shortages/{row['id']}/decide/",
        {"solution": "wait", "answer": "愿意等", "expected_on": "2026-06-05", "version": row["version"]},
    )

    assert (row["order"], row["quantity"], row["solution"]) == (order.number, 2, None)
    assert (answer.status_code, answer.json()["solution"]) == (200, "wait")
    assert Shortage.objects.get().answer == "愿意等"


def test_gift_rule_is_tried_saved_and_switched(api, store):
    gift = make_sku(store=store, code="CUP", on_hand=0)
    make_order_of(store, "A")
    values = {"name": "送杯垫", "gift": gift.pk, "starts_at": "2026-05-01T00:00:00+08:00"}

    tried = api.post("gift-rules/try/", values).json()
    rule = api.post("gift-rules/", values).json()
    switched = api.post(f"gift-rules/{rule['id']}/switch/", {"is_active": True}).json()

    assert tried == {"order_count": 1, "open_count": 1, "lacking": 1}
    assert (rule["is_active"], switched["is_active"]) == (False, True)
    assert [row["gift"] for row in api.get("gift-rules/").json()["results"]] == ["CUP"]


def test_gift_rule_is_changed_and_deleted(api, store):
    gift = make_sku(store=store, code="CUP")
    values = {"name": "送杯垫", "gift": gift.pk, "starts_at": "2026-05-01T00:00:00+08:00"}
    rule = api.post("gift-rules/", values).json()

    api.put(f"gift-rules/{rule['id']}/", values | {"name": "新名字"})
    named = GiftRule.objects.get().name
    gone = api.delete(f"gift-rules/{rule['id']}/")

    assert (named, gone.status_code, GiftRule.objects.exists()) == ("新名字", 204, False)


def test_offer_is_written_down_and_the_answer_still_awaited(api, store):
    make_sku(store=store, code="A", on_hand=0)
    make_order_of(store, "A", quantity=2)
    settle_all(store)
    (row,) = api.get("shortages/").json()["results"]
    path = f"shortages/{row['id']}/"

    offered = api.post(f"{path}offer/", {"solution": "refund", "version": row["version"]}).json()
    stale = error(api.post(f"{path}offer/", {"solution": "refund", "version": row["version"]}))
    api.post(f"{path}decide/", {"solution": "wait", "answer": "愿意等", "expected_on": "2026-06-05"})

    assert (offered["solution"], offered["decided_at"], stale) == ("refund", None, (409, "version"))
    assert error(api.post(f"{path}offer/", {"solution": "refund"})) == (409, "state")
