"""Gifts and stock of orders whose files come and come again."""

from datetime import timedelta

import pytest

from analytics.models import DailySales, ProductSales
from analytics.rollups.runs import roll_range
from analytics.rollups.verification import verify_rollups
from orders.core.models import Order
from orders.core.services import agree_spec
from orders.fulfilment.models import LineStock
from orders.fulfilment.services.gifts import GiftValues, save_gift_rule, switch_gift_rule
from tests.factories import NOON
from tests.fulfilment.stocking import make_sku, on_shelf, settle_all
from tests.intake.files import SHIPPED, line_row, order_row, save_detail, save_list
from tests.intake.importing import LATER, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def gift(store):
    gift = make_sku(store=store, code="GIFT", on_hand=9)
    values = GiftValues(name="One more", gift_id=gift.pk, starts_at=NOON - timedelta(days=3650))
    rule = save_gift_rule(store=store, values=values, actor=None, at=NOON)
    switch_gift_rule(store=store, rule_id=rule.pk, is_active=True, actor=None, at=NOON)
    return gift


def counts_of(order):
    order.refresh_from_db()
    return order.line_count, order.piece_count, order.gift_count


def keys_of(order):
    return [line.key.partition(":")[0] for line in order.lines.order_by("pk")]


def test_gift_stays_when_the_detail_replaces_the_provisional_line(store, gift, tmp_path):
    run(save_list(tmp_path, [order_row("1001", 宝贝总数量="3")]))
    order = Order.objects.get()
    settle_all(store)
    provisional = counts_of(order)

    run(save_detail(tmp_path, [line_row("1001", "5001", 购买数量="2"), line_row("1001", "5002", 标题="围巾")]))
    settle_all(store)

    assert provisional == (2, 4, 1)
    assert (keys_of(order), counts_of(order), on_shelf(gift)) == (["gift", "5001", "5002"], (3, 4, 1), (9, 1))


def test_gift_stays_counted_when_the_list_comes_again(store, gift, tmp_path):
    run(save_list(tmp_path, [order_row("1001", 宝贝总数量="3")]))
    order = Order.objects.get()
    settle_all(store)

    run(save_list(tmp_path, [order_row("1001", 宝贝总数量="5")], name=LATER))
    settle_all(store)

    assert counts_of(order) == (2, 6, 1)


def test_order_that_the_platform_ships_takes_its_gift_along(store, gift, tmp_path):
    run(save_list(tmp_path, [order_row("1001", 宝贝总数量="3")]))
    settle_all(store)

    shipped = order_row("1001", 宝贝总数量="3", 订单状态=SHIPPED, 物流单号="SF1234567890123")
    run(save_list(tmp_path, [shipped], name=LATER))
    settle_all(store)

    order = Order.objects.get()
    assert (on_shelf(gift), counts_of(order)) == ((8, 0), (2, 4, 1))
    assert set(order.lines.values_list("is_gift", "shipped_quantity")) == {(False, 3), (True, 1)}


def test_stock_of_a_provisional_line_goes_to_the_real_one(store, tmp_path):
    sku = make_sku(store=store, code="B", on_hand=9)
    run(save_list(tmp_path, [order_row("1001", 宝贝总数量="2")]))
    order = Order.objects.get()
    agree_spec(
        store=store, order_id=order.pk, line_id=order.lines.get().pk, spec="red", sku_code="B", actor=None, at=NOON
    )
    settle_all(store)
    before = on_shelf(sku)

    run(save_detail(tmp_path, [line_row("1001", "5001", 购买数量="2")]))
    settle_all(store)

    assert (before, on_shelf(sku)) == ((9, 2), (9, 2))
    assert LineStock.objects.get().line == order.lines.get()


def test_stock_of_a_provisional_line_is_released_when_nobody_knows_whose_it_is(store, tmp_path):
    sku = make_sku(store=store, code="B", on_hand=9)
    run(save_list(tmp_path, [order_row("1001", 宝贝总数量="2")]))
    order = Order.objects.get()
    agree_spec(
        store=store, order_id=order.pk, line_id=order.lines.get().pk, spec="red", sku_code="B", actor=None, at=NOON
    )
    settle_all(store)

    run(save_detail(tmp_path, [line_row("1001", "5001"), line_row("1001", "5002", 标题="围巾")]))
    settle_all(store)

    assert on_shelf(sku) == (9, 0)


def test_gifts_are_packed_and_not_sold(store, gift, tmp_path):
    run(save_list(tmp_path, [order_row("1001", 宝贝总数量="3")]))
    run(save_detail(tmp_path, [line_row("1001", "5001", 购买数量="2"), line_row("1001", "5002", 标题="围巾")]))
    settle_all(store)
    day = Order.objects.get().paid_at.date()
    first, last = day - timedelta(days=1), day + timedelta(days=1)

    roll_range(stores=[store], first=first, last=last, at=NOON)

    assert sum(DailySales.objects.values_list("piece_count", flat=True)) == 3
    assert sum(ProductSales.objects.values_list("piece_count", flat=True)) == 3
    assert not verify_rollups(stores=[store], first=first, last=last).mismatches
