"""The order's page says what each line has of the stock, how it is packed, and what must be looked at."""

import pytest
import time_machine

from backoffice.common.access import Role
from orders.core.models import Hold
from orders.fulfilment.models import LineCheck, Product, Shortage
from orders.fulfilment.services.gifts import GiftValues, save_gift_rule, switch_gift_rule
from orders.rules.facts import load_facts
from tests.conftest import signed_in
from tests.factories import NOON, make_user
from tests.fulfilment.stocking import fresh, make_order_of, make_sku, settle_all


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def client(store):
    return signed_in(make_user("manager", store=store, roles=(Role.MANAGER,)))


def page_of(client, order):
    return client.get(f"/orders/{order.number}/")


def test_line_shows_what_is_reserved_and_on_hand(client, store):
    make_sku(store=store, code="A", on_hand=12)
    order = make_order_of(store, "A", quantity=3)
    settle_all(store)

    page = page_of(client, order)

    assert 'data-reserved="3"' in page.text
    assert "12 on hand, 9 free" in page.text


def test_short_line_leads_to_the_shortage_and_so_does_the_strip(client, store):
    make_sku(store=store, code="A", on_hand=1)
    order = make_order_of(store, "A", quantity=3)
    settle_all(store)

    page = page_of(client, order)
    led = client.get(f"/orders/shortages/of/{order.number}/")

    address = f"/orders/shortages/{Shortage.objects.get().pk}/"
    assert 'data-short="2"' in page.text
    assert f'href="{address}"' in page.text
    assert [(blocker.link, list(blocker.acts)) for blocker in page.context["blockers"]][-1] == (
        f"/orders/shortages/of/{order.number}/", [],
    )  # fmt: skip
    assert led["Location"] == address


def test_gift_is_named_after_its_rule(client, store):
    gift = make_sku(store=store, code="CUP", on_hand=5)
    rule = save_gift_rule(
        store=store,
        values=GiftValues(name="送杯垫", gift_id=gift.pk, starts_at=NOON.replace(month=1)),
        actor=None,
        at=NOON,
    )
    order = make_order_of(store, "A")
    switch_gift_rule(store=store, rule_id=rule.pk, is_active=True, actor=None, at=NOON)
    settle_all(store)

    assert "Gift of “送杯垫”" in page_of(client, order).text


def test_checks_are_ticked_on_the_page(client, store):
    make_sku(store=store, code="A", on_hand=5, needs_check=True)
    Product.objects.update(packing_instruction="裹两层")
    order = make_order_of(store, "A")
    line = order.lines.get()

    before = page_of(client, order)
    client.post(f"/orders/shipping/checks/{line.pk}/spec/")
    after = page_of(client, order)

    assert f'action="/orders/shipping/checks/{line.pk}/spec/"' in before.text
    assert "裹两层" in before.text
    assert 'data-check="spec" data-done="1"' in after.text
    assert LineCheck.objects.get().line == line


def test_check_of_a_product_is_asked_for_by_the_platforms_item_id(client, store):
    make_sku(store=store, code="A")
    Product.objects.update(platform_id="601", needs_packing_check=True)
    order = make_order_of(store, "")
    order.lines.update(product_id="601")

    assert f'action="/orders/shipping/checks/{order.lines.get().pk}/packing/"' in page_of(client, order).text


def test_check_follows_the_agreed_code_though_stock_is_held_of_another(client, store):
    make_sku(store=store, code="A", on_hand=5)
    make_sku(store=store, code="B", on_hand=5, needs_check=True)
    order = make_order_of(store, "A")
    settle_all(store)
    order.lines.update(agreed_sku_code="B")

    page = page_of(client, order)

    assert f'action="/orders/shipping/checks/{order.lines.get().pk}/spec/"' in page.text
    assert 'data-reserved="1"' in page.text


def test_check_that_is_not_asked_for_is_refused_with_a_toast(client, store):
    line = make_order_of(store, "A").lines.get()

    answer = client.post(f"/orders/shipping/checks/{line.pk}/spec/", headers={"HX-Request": "true"})

    assert answer.status_code == 204
    assert "needs no such check" in answer["HX-Trigger"].encode().decode("unicode_escape")
    assert not LineCheck.objects.exists()


def test_stock_costs_the_page_one_statement(client, store, django_assert_num_queries):
    order = make_order_of(store, "A", "B")
    page_of(client, order)
    make_sku(store=store, code="A", on_hand=5)
    make_sku(store=store, code="B", on_hand=5)
    settle_all(store)

    with django_assert_num_queries(10):  # the lines with their second looks, and the order's waybills
        page_of(client, order)


def test_rules_see_that_a_line_is_short(store):
    make_sku(store=store, code="A", on_hand=0)
    make_sku(store=store, code="B", on_hand=5)
    short, enough = make_order_of(store, "A"), make_order_of(store, "B")
    settle_all(store)
    Hold.objects.all().delete()

    facts = load_facts(store, [fresh(short), fresh(enough)], NOON)

    assert [fact.stock for fact in facts] == ["short", "enough"]
