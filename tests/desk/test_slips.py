"""Packing slips of a print batch."""

import re

import pytest
import time_machine

from orders.core.models import Order, Wish
from orders.core.services import add_remark
from orders.core.statuses import WishKind
from orders.desk import services
from orders.desk.acts import ACTS
from orders.desk.services import Item
from orders.desk.views import printing
from orders.fulfilment.services import record_print
from orders.notes.models import BuyerNote
from tests.factories import NOON, make_line, make_order, make_recipient


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def printed(store, actor, orders, act="print", **values):
    items = [Item(order.pk, order.number) for order in orders]
    return services.start_batch(store=store, act=ACTS[act], items=items, values=values, actor=actor, at=NOON)


def page(client, job, query=""):
    return client.get(f"/orders/batches/{job.pk}/print/{query}")


def slips(html):
    return re.findall(r'<article class="slip" data-order="([^"]+)"', html)


def test_slip_says_what_to_pack_and_for_whom_masked(warehouse_client, warehouse, agent, store):
    order = make_order(store=store, number="1", lines=0, services=["送装"])
    make_line(
        order=order, position=1, spec="颜色:黑", agreed_spec="颜色:白", sku_code="K-1", quantity=3, shipped_quantity=1
    )
    make_line(order=order, position=2, title="袜子", is_gift=True)
    make_line(order=order, position=3, title="取消的", is_closed=True)
    make_recipient(order=order)
    BuyerNote.objects.create(store=store, order=order, text="要礼盒", received_at=NOON)
    add_remark(store=store, order_id=order.pk, text="已电联", actor=agent, at=NOON)
    Wish.objects.create(store=store, order=order, kind=WishKind.GIFT_WRAP, text="红色礼盒", agreed_at=NOON)
    Wish.objects.create(store=store, order=order, kind=WishKind.GIFT, text="算了", agreed_at=NOON, withdrawn_at=NOON)

    html = page(warehouse_client, printed(store, warehouse, [order])).content.decode()

    assert slips(html) == ["1"]
    for text in (
        "颜色:白",
        "K-1",
        "袜子",
        "[Gift]",
        "送装",
        "要礼盒",
        "已电联",
        "红色礼盒",
        "张*",
        "138****1234",
        "Demo",
    ):
        assert text in html
    for text in ("颜色:黑", "取消的", "算了", "13812341234", "张三", "科技园路"):
        assert text not in html
    assert re.findall(r'<td class="num">(\d)</td>', html) == ["2", "1", "3"]
    assert "Printed by warehouse, 2026-06-01 12:00" in html
    assert "data-reprint" not in html


def test_slips_stand_in_the_order_of_the_list(warehouse_client, warehouse, store):
    orders = [make_order(store=store, number=number) for number in "312"]

    assert slips(page(warehouse_client, printed(store, warehouse, orders)).content.decode()) == ["3", "1", "2"]


def test_a_reprint_is_marked(warehouse_client, warehouse, store):
    order = make_order(store=store)
    record_print(store=store, order_id=order.pk, actor=warehouse, at=NOON)

    assert 'data-reprint="2"' in page(warehouse_client, printed(store, warehouse, [order])).content.decode()


def test_orders_that_were_not_printed_have_no_slip(warehouse_client, warehouse, store):
    orders = [make_order(store=store, number="1"), make_order(store=store, number="2", hold_kinds=["risk"])]

    assert slips(page(warehouse_client, printed(store, warehouse, orders)).content.decode()) == ["1"]


def test_an_order_shipped_since_shows_what_was_in_it(warehouse_client, warehouse, store):
    order = make_order(store=store)
    job = printed(store, warehouse, [order])
    order.lines.update(shipped_quantity=1)
    Order.objects.update(status="shipped")

    assert re.findall(r'<td class="num">(\d)</td>', page(warehouse_client, job).content.decode()) == ["1", "1"]


def test_many_slips_come_in_parts(warehouse_client, warehouse, store, monkeypatch):
    monkeypatch.setattr(printing, "SLIPS", 2)
    job = printed(store, warehouse, [make_order(store=store, number=number) for number in "123"])

    first = page(warehouse_client, job)
    second = warehouse_client.get(first.context["next_url"])

    assert slips(first.content.decode()) == ["1", "2"]
    assert slips(second.content.decode()) == ["3"]
    assert second.context["next_url"] == ""


def test_other_batches_and_other_stores_have_no_slips(manager_client, outsider_client, manager, store):
    order = make_order(store=store)
    flagged, slip = printed(store, manager, [order], act="flag", flag=1), printed(store, manager, [order])

    assert page(manager_client, flagged).status_code == 404
    assert page(outsider_client, slip).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_statements_do_not_grow(warehouse_client, warehouse, store, count, django_assert_num_queries):
    job = printed(store, warehouse, [make_order(store=store, lines=2) for _ in range(count)])
    page(warehouse_client, job)

    with django_assert_num_queries(8):  # session, user, membership, job, its rows, orders, lines, wishes
        page(warehouse_client, job)
