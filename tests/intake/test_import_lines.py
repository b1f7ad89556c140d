"""Order details: the lines of an order, before, after and without their list."""

from decimal import Decimal

import pytest
from django.utils.timezone import localtime

from orders.core.models import Order, OrderLine
from orders.fulfilment.models import LineCheck, ShipmentLine
from orders.fulfilment.services import ship_order
from tests.factories import NOON, make_store
from tests.intake.files import D1, SHIPPED, line_row, order_row, save_detail, save_list
from tests.intake.importing import LATER, counts, run

pytestmark = pytest.mark.django_db


def test_detail_replaces_the_provisional_line(store, tmp_path):
    run(save_list(tmp_path, [order_row("1001", 宝贝总数量="3", 订单状态=SHIPPED, 物流单号="SF1234567890123")]))
    rows = [
        line_row("1001", "5001", 购买数量="2", 订单状态=SHIPPED),
        line_row("1001", "5002", 标题="围巾", 订单状态=SHIPPED),
    ]

    report = run(save_detail(tmp_path, rows))[0]

    order = Order.objects.get()
    lines = list(order.lines.order_by("position"))
    assert counts(report) == (2, 0, 0, 0, 0)
    assert [(line.key, line.quantity, line.shipped_quantity, line.is_provisional) for line in lines] == [
        ("5001", 2, 2, False),
        ("5002", 1, 1, False),
    ]
    assert (order.line_count, order.piece_count, order.has_detail, order.total) == (2, 3, True, Decimal("100.00"))
    assert sum(ShipmentLine.objects.values_list("quantity", flat=True)) == 3


def test_the_one_line_of_a_detail_becomes_the_provisional_line_with_its_parcel(store, tmp_path):
    run(save_list(tmp_path, [order_row("1001", 宝贝总数量="2", 订单状态=SHIPPED, 物流单号="SF1234567890123")]))
    provisional = OrderLine.objects.get()

    report = run(save_detail(tmp_path, [line_row("1001", "5001", 购买数量="2", 订单状态=SHIPPED)]))[0]

    line = OrderLine.objects.get()
    assert counts(report) == (1, 0, 0, 0, 0)
    assert (line.pk, line.key, line.position, line.is_provisional) == (provisional.pk, "5001", 1, False)
    assert (line.quantity, line.shipped_quantity, line.price) == (2, 2, Decimal("60.00"))
    assert list(ShipmentLine.objects.values_list("line", "quantity")) == [(line.pk, 2)]


def test_a_provisional_line_that_the_platform_has_shipped_since_is_shipped_whole(store, agent, tmp_path):
    run(save_list(tmp_path, [order_row("1001", 宝贝总数量="3")]))
    order = Order.objects.get()
    parcel = {"courier": "SF", "tracking_number": "SF1234567890123"}
    ship_order(store=store, order_id=order.pk, **parcel, actor=agent, at=NOON, lines={order.lines.get().pk: 1})

    run(save_detail(tmp_path, [line_row("1001", "5001", 购买数量="3")]))

    assert list(order.lines.values_list("key", "shipped_quantity")) == [("5001", 1)]
    assert list(ShipmentLine.objects.values_list("quantity", flat=True)) == [1]

    run(save_list(tmp_path, [order_row("1001", 宝贝总数量="3", 订单状态=SHIPPED)], name=LATER))

    assert list(order.lines.values_list("key", "shipped_quantity")) == [("5001", 3)]
    assert sum(ShipmentLine.objects.values_list("quantity", flat=True)) == 3


@pytest.mark.parametrize(
    "values",
    [{"购买数量": "1"}, {"购买数量": "2", "订单状态": "交易关闭"}],
    ids=["fewer pieces", "closed"],
)
def test_another_line_takes_the_place_of_the_provisional_one(store, tmp_path, values):
    run(save_list(tmp_path, [order_row("1001", 宝贝总数量="2")]))
    provisional = OrderLine.objects.get()

    run(save_detail(tmp_path, [line_row("1001", "5001", **values)]))

    line = OrderLine.objects.get()
    assert (line.key, line.is_provisional, line.pk == provisional.pk) == ("5001", False, False)


def test_what_was_checked_of_a_provisional_line_is_checked_again(store, agent, tmp_path):
    run(save_list(tmp_path, [order_row("1001", 宝贝总数量="2")]))
    line = OrderLine.objects.get()
    LineCheck.objects.create(store=store, order=line.order, line=line, kind="spec", checked_by=agent, checked_at=NOON)

    run(save_detail(tmp_path, [line_row("1001", "5001", 购买数量="2")]))

    assert OrderLine.objects.get().key == "5001"
    assert not LineCheck.objects.exists()


def test_partly_shipped_provisional_line_hands_its_pieces_on(store, agent, tmp_path):
    run(save_list(tmp_path, [order_row("1001", 宝贝总数量="3")]))
    order = Order.objects.get()
    ship_order(
        store=store,
        order_id=order.pk,
        courier="SF",
        tracking_number="SF1234567890123",
        actor=agent,
        at=NOON,
        lines={order.lines.get().pk: 2},
    )

    run(save_detail(tmp_path, [line_row("1001", "5001"), line_row("1001", "5002", 购买数量="2")]))

    assert list(order.lines.order_by("position").values_list("shipped_quantity", flat=True)) == [1, 1]
    assert sum(ShipmentLine.objects.values_list("quantity", flat=True)) == 2


def test_detail_first_is_held_until_the_list_comes(store, tmp_path):
    detail = save_detail(tmp_path, [line_row("1001", "5001"), line_row("1001", "5002", 标题="围巾")])

    first = run(detail)[0]

    order = Order.objects.get()
    assert counts(first) == (2, 0, 0, 0, 0)
    assert (order.has_list, order.has_detail, order.hold_kinds, order.status) == (
        False,
        True,
        ["incomplete"],
        "pending_shipment",
    )
    assert (order.paid, order.total) == (Decimal("100.00"), Decimal("120.00"))

    run(save_list(tmp_path, [order_row("1001")]))

    order.refresh_from_db()
    assert (order.has_list, order.hold_kinds, order.total, order.line_count) == (True, [], Decimal("100.00"), 2)
    assert order.lines.count() == 2


def test_lines_take_the_time_that_a_later_list_says(store, tmp_path):
    run(save_detail(tmp_path, [line_row("1001", "5001", 订单创建时间="2026-05-30 08:00:00"), line_row("1002", "5002")]))
    listed = [order_row("1001", 订单创建时间="2026-05-31 09:10:11"), order_row("1002")]

    run(save_list(tmp_path, listed))

    lines = OrderLine.objects.select_related("order").order_by("key")
    assert localtime(lines[0].placed_at).isoformat() == "2026-05-31T09:10:11+08:00"
    assert all(line.placed_at == line.order.placed_at for line in lines)


def test_detail_never_overwrites_the_money_and_status_of_the_list(store, tmp_path):
    run(save_list(tmp_path, [order_row("1001")]))

    run(
        save_detail(
            tmp_path,
            [line_row("1001", "5001", 订单状态="交易关闭", 买家实际支付金额="7.00")],
            name="Detail202606050900.csv",
        )
    )

    order = Order.objects.get()
    assert (order.status, order.paid) == ("pending_shipment", Decimal("100.00"))


def test_open_refund_of_a_line_holds_the_order_until_it_ends(store, tmp_path):
    run(save_list(tmp_path, [order_row("1001")]))
    opened = line_row("1001", "5001", 退款状态="买家已经申请退款，等待卖家同意", 退款金额="50.00")

    run(save_detail(tmp_path, [opened]))
    order = Order.objects.get()
    assert (order.has_open_refund, order.refund_status, order.hold_kinds) == (True, "open", ["refund_open"])

    run(save_detail(tmp_path, [line_row("1001", "5001", 退款状态="退款关闭")], name="Detail202606050900.csv"))

    order.refresh_from_db()
    assert (order.has_open_refund, order.refund_status, order.hold_kinds) == (False, "closed", [])


def test_lines_without_an_id_are_told_apart_by_ordinal(store, tmp_path):
    rows = [line_row("1001", "") | {"订单编号": "1001"} for _ in range(2)]
    path = save_detail(tmp_path, rows, header=D1)

    first, second = run(path)[0], run(path)[0]

    assert counts(first) == (2, 0, 0, 0, 0)
    assert counts(second) == (0, 0, 2, 0, 0)
    assert OrderLine.objects.count() == 2


def test_list_and_detail_in_either_order_end_the_same(store, tmp_path):
    paths = [
        save_list(tmp_path, [order_row("1001", 买家留言="急"), order_row("1002")]),
        save_detail(tmp_path, [line_row("1001", "5001"), line_row("1002", "5002", 购买数量="2")]),
    ]
    twin = make_store()

    run(*paths)
    run(*reversed(paths), store=twin.code)

    def facts(shop):
        return list(
            Order.objects.for_store(shop)
            .order_by("number")
            .values(
                "number",
                "status",
                "total",
                "paid",
                "gross_paid",
                "refunded",
                "hold_kinds",
                "note_state",
                "has_list",
                "has_detail",
                "line_count",
                "piece_count",
                "ship_by",
                "acceptance",
                "province",
                "content_hash",
            )
        )

    assert facts(store) == facts(twin)
