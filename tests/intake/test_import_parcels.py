"""Parcels and stock of orders whose detail comes after they were packed in part."""

from datetime import timedelta

import pytest

from orders.core.models import Order, OrderEvent
from orders.core.services import agree_spec
from orders.fulfilment.models import PoolNumber, Waybill
from orders.fulfilment.services import assign_number, plan_waybill, ship_waybill
from tests.factories import NOON
from tests.fulfilment.stocking import make_sku, on_shelf, settle_all
from tests.fulfilment.test_waybills import make_account, pieces
from tests.intake.files import line_row, order_row, save_detail, save_list
from tests.intake.importing import run

pytestmark = pytest.mark.django_db
NUMBER = "SF1234567890123"


def plan(order, quantity, number=NUMBER):
    line = order.lines.get()
    waybill = plan_waybill(
        store=order.store, order_ids=[order.pk], courier="SF", lines={line.pk: quantity}, actor=None, at=NOON
    )
    return assign_number(store=order.store, waybill_id=waybill.pk, number=number, actor=None, at=NOON)


@pytest.fixture
def order(store, tmp_path):
    """An order of three pieces of which only the list is known."""
    run(save_list(tmp_path, [order_row("1001", 宝贝总数量="3")]))
    return Order.objects.get()


def agree(order, code="A"):
    agree_spec(
        store=order.store, order_id=order.pk, line_id=order.lines.get().pk, spec="白色", sku_code=code, actor=None,
        at=NOON,
    )  # fmt: skip


def test_what_left_of_the_agreed_sku_is_not_deducted_from_the_real_ones_as_well(store, order, tmp_path):
    agreed, first, second = (make_sku(store=store, code=code, on_hand=10) for code in "ABC")
    agree(order)
    settle_all(store)
    plan(order, 2)
    ship_waybill(store=store, number=NUMBER, actor=None, at=NOON + timedelta(hours=1))

    rows = [line_row("1001", "5001", 商家编码="B"), line_row("1001", "5002", 购买数量="2", 商家编码="C")]
    run(save_detail(tmp_path, rows))
    settle_all(store, NOON + timedelta(hours=2))

    assert (on_shelf(agreed), on_shelf(first), on_shelf(second)) == ((8, 0), (10, 0), (10, 1))


def test_parcels_of_parts_stay_when_there_is_one_real_line(store, order, tmp_path):
    parcels = [plan(order, 1), plan(order, 2, "SF1234567890124")]

    run(save_detail(tmp_path, [line_row("1001", "5001", 购买数量="3")]))

    line = order.lines.get()
    assert [pieces(waybill) for waybill in parcels] == [{line.pk: 1}, {line.pk: 2}]


def test_parcels_of_parts_are_given_up_when_nobody_knows_of_which_lines(store, order, tmp_path):
    parcels = [plan(order, 1), plan(order, 2, "SF1234567890124")]

    run(save_detail(tmp_path, [line_row("1001", "5001"), line_row("1001", "5002", 购买数量="2")]))

    assert list(Waybill.objects.values_list("state", flat=True)) == ["void", "void"]
    events = OrderEvent.objects.filter(kind="waybill_voided").order_by("pk")
    assert [event.before["waybill"] for event in events] == [waybill.pk for waybill in parcels]
    assert plan_waybill(store=store, order_ids=[order.pk], courier="SF", actor=None, at=NOON).state == "draft"


def test_pool_number_of_a_parcel_that_was_given_up_so_is_not_used_again(store, order, tmp_path):
    make_account(store, numbers=1)
    line = order.lines.get()
    waybill = plan_waybill(store=store, order_ids=[order.pk], lines={line.pk: 1}, actor=None, at=NOON)
    assign_number(store=store, waybill_id=waybill.pk, actor=None, at=NOON)

    run(save_detail(tmp_path, [line_row("1001", "5001"), line_row("1001", "5002", 购买数量="2")]))

    assert PoolNumber.objects.get().state == "void"
