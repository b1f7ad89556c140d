"""Products and skus by hand: listed, added, edited, and what happens when two edit at once."""

import pytest
import time_machine

from backoffice.common.access import Role
from orders.fulfilment.models import Product, Sku
from orders.fulfilment.services.products import ProductValues, save_product
from tests.conftest import signed_in
from tests.factories import NOON, make_user
from tests.fulfilment.stocking import make_sku

VALUES = {"code": "DRESS", "title": "真丝连衣裙", "supplier": "示例厂", "is_active": "on"}


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def client(store):
    return signed_in(make_user("keeper", store=store, roles=(Role.WAREHOUSE,)))


def test_list_shows_products_with_their_skus(client, store):
    product = make_sku(store=store, code="A").product
    make_sku(store=store, code="B", product=product)

    page = client.get("/orders/stock/products/")

    assert [row.shown for row in page.context["rows"]] == [product]
    assert '<td class="num" data-label="Skus">2</td>' in page.text


def test_list_finds_codes_by_their_beginning(client, store):
    make_sku(store=store, code="A")
    make_sku(store=store, code="B")

    page = client.get("/orders/stock/products/?search=P-B")

    assert [row.shown.code for row in page.context["rows"]] == ["P-B"]


def test_product_is_added(client, store):
    answer = client.post("/orders/stock/products/new/", VALUES)

    product = Product.objects.get(store=store)
    assert answer["Location"] == f"/orders/stock/products/{product.pk}/"
    assert (product.title, product.supplier, product.is_active) == ("真丝连衣裙", "示例厂", True)


def test_product_is_edited(client, store):
    product = make_sku(store=store, code="A").product

    client.post(
        f"/orders/stock/products/{product.pk}/",
        VALUES | {"packing_instruction": "裹两层", "needs_brand_check": "on", "version": product.version},
    )

    product.refresh_from_db()
    assert (product.code, product.packing_instruction, product.needs_brand_check) == ("DRESS", "裹两层", True)


def test_taken_code_is_refused(client, store):
    make_sku(store=store, code="A")

    answer = client.post("/orders/stock/products/new/", VALUES | {"code": "P-A"})

    assert answer.status_code == 422
    assert "P-A" in answer.text


def test_conflict_shows_both_values(client, store):
    product = make_sku(store=store, code="A").product
    seen = product.version
    save_product(
        store=store, values=ProductValues(code=product.code, title="新标题"), actor=None, at=NOON,
        product_id=product.pk,
    )  # fmt: skip

    answer = client.post(
        f"/orders/stock/products/{product.pk}/", VALUES | {"code": product.code, "supplier": "", "version": seen}
    )

    assert answer.status_code == 409
    assert [(row["theirs"], row["yours"]) for row in answer.context["conflict_rows"]] == [("新标题", "真丝连衣裙")]


def test_sku_is_added_and_edited(client, store):
    product = make_sku(store=store, code="A").product
    base = f"/orders/stock/products/{product.pk}/skus/"

    client.post(f"{base}new/", {"code": "A-2", "spec": "红色", "safety_stock": "3", "is_active": "on"})
    sku = Sku.objects.get(code="A-2")
    client.post(f"{base}{sku.pk}/", {"code": "A-2", "barcode": "690", "safety_stock": "4", "needs_check": "on"})

    sku.refresh_from_db()
    assert (sku.product, sku.barcode, sku.safety_stock, sku.needs_check, sku.is_active) == (
        product, "690", 4, True, False,
    )  # fmt: skip


def test_sku_of_another_product_is_not_found(client, store):
    product, other = make_sku(store=store, code="A").product, make_sku(store=store, code="B")

    assert client.get(f"/orders/stock/products/{product.pk}/skus/{other.pk}/").status_code == 404


def test_product_of_another_store_is_not_found(client, other_store):
    product = make_sku(store=other_store, code="A").product

    assert client.get(f"/orders/stock/products/{product.pk}/").status_code == 404
