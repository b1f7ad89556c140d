"""Files of the same orders again: what is newer, what changed, what stays as the shop made it."""

import itertools
from datetime import timedelta
from decimal import Decimal

import pytest

from orders.core.models import Hold, Order, OrderEvent, OrderLine, Remark
from orders.fulfilment.models import Shipment, ShipmentLine
from orders.fulfilment.services import ship_order
from orders.notes.models import BuyerNote, NoteVersion
from tests.factories import NOON, make_store
from tests.intake.files import DONE, PAID, SHIPPED, UNPAID, order_row, save_list
from tests.intake.importing import LATER, contents, counts, run

pytestmark = pytest.mark.django_db


def test_import_twice_changes_nothing(store, tmp_path):
    path = save_list(tmp_path, [order_row(f"10{n:02}", 买家留言="急" if n % 2 else "") for n in range(20)])
    run(path)
    before = contents()
    events = OrderEvent.objects.count()

    report = run(path)[0]

    assert counts(report) == (0, 0, 20, 0, 0)
    assert contents() == before
    assert OrderEvent.objects.count() == events


def test_same_content_moves_only_the_snapshot_forward(store, tmp_path):
    run(save_list(tmp_path, [order_row("1001")]))
    before = contents(without=("snapshot_at",))

    report = run(save_list(tmp_path, [order_row("1001")], name=LATER))[0]

    assert counts(report) == (0, 0, 1, 0, 0)
    assert contents(without=("snapshot_at",)) == before
    assert Order.objects.get().snapshot_at.isoformat() == "2026-06-02T01:00:00+00:00"


def test_four_snapshots_in_every_order_end_the_same(store, tmp_path):
    states = [
        {"订单状态": UNPAID, "订单付款时间": "", "买家实际支付金额": "0"},
        {"订单状态": PAID},
        {"订单状态": SHIPPED, "物流单号": "No:SF1234567890123", "物流公司": "顺丰速运"},
        {
            "订单状态": DONE,
            "物流单号": "No:SF1234567890123",
            "物流公司": "顺丰速运",
            "退款金额": "20.00",
            "买家实际支付金额": "80.00",
        },
    ]
    paths = [
        save_list(tmp_path, [order_row("1001", **values)], name=f"ExportOrderList2026060{day}0900.csv")
        for day, values in enumerate(states, 1)
    ]
    ends = set()
    arrivals = list(itertools.permutations(paths))
    for order_of_arrival in arrivals:
        code = make_store().code
        run(*order_of_arrival, store=code)
        order = Order.objects.get(store__code=code)
        ends.add(
            (
                order.status,
                order.paid,
                order.refunded,
                order.gross_paid,
                order.snapshot_at,
                order.content_hash,
                order.paid_at,
                order.ship_by,
                order.acceptance,
                order.lines.get().shipped_quantity,
                order.shipments.count(),
            )
        )

    assert len(arrivals) == 24
    assert len(ends) == 1
    assert next(iter(ends))[0] == "completed"


def test_equal_time_greater_hash_wins_whatever_the_order(store, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    paths = [
        save_list(tmp_path / name, [order_row("1001", 总金额=total)])
        for name, total in (("a", "110.00"), ("b", "120.00"))
    ]
    twin = make_store()

    run(*paths)
    run(*reversed(paths), store=twin.code)

    assert Order.objects.get(store=store).content_hash == Order.objects.get(store=twin).content_hash
    assert Order.objects.get(store=store).total == Order.objects.get(store=twin).total


def test_older_snapshot_is_stale(store, tmp_path):
    run(save_list(tmp_path, [order_row("1001", 订单状态=SHIPPED)], name=LATER))

    report = run(save_list(tmp_path, [order_row("1001")]))[0]

    assert counts(report) == (0, 0, 0, 1, 0)
    assert Order.objects.get().status == "shipped"


def test_update_records_before_and_after(store, tmp_path):
    run(save_list(tmp_path, [order_row("1001")]))

    report = run(
        save_list(
            tmp_path, [order_row("1001", 订单状态=SHIPPED, 买家实际支付金额="90.00", 退款金额="10.00")], name=LATER
        )
    )[0]

    event = OrderEvent.objects.get(kind="platform_changed")
    assert counts(report) == (0, 1, 0, 0, 0)
    assert event.source == "platform"
    assert event.before["status"] == "pending_shipment"
    assert event.after["status"] == "shipped"
    assert (event.before["paid"], event.after["paid"]) == ("100.00", "90.00")
    assert event.order_version == Order.objects.get().version == 2


def test_narrow_file_keeps_what_it_lacks(store, tmp_path):
    run(save_list(tmp_path, [order_row("1001", 买家留言="急", 订单备注="赠品")]))
    narrow = ["订单编号", "总金额", "买家实际支付金额", "订单创建时间", "订单付款时间 ", "退款金额", "订单状态"]

    run(save_list(tmp_path, [order_row("1001", 总金额="120.00")], name=LATER, header=narrow))

    order = Order.objects.get()
    assert (order.total, order.province, order.note_state, order.latest_remark) == (
        Decimal("120.00"),
        "广东",
        "unhandled",
        "赠品",
    )
    assert order.buyer is not None
    assert order.recipient.masked_name == "张*"
    assert order.lines.get().title.text == "真丝连衣裙"


def test_local_facts_survive(store, tmp_path):
    run(save_list(tmp_path, [order_row("1001")]))
    Order.objects.update(flag=1, tags=["vip"], acceptance="unreviewed", acceptance_rule="", accepted_at=None)

    run(save_list(tmp_path, [order_row("1001", 总金额="120.00")], name=LATER))

    order = Order.objects.get()
    assert (order.flag, order.tags, order.acceptance, order.total) == (1, ["vip"], "unreviewed", Decimal("120.00"))


def test_file_older_than_a_local_ship_does_not_take_it_back(store, agent, tmp_path):
    run(save_list(tmp_path, [order_row("1001")]))
    order = Order.objects.get()
    ship_order(store=store, order_id=order.pk, courier="SF", tracking_number="SF1234567890123", actor=agent, at=NOON)

    report = run(save_list(tmp_path, [order_row("1001", 订单备注="新")], name="ExportOrderList202606011100.csv"))[0]

    order.refresh_from_db()
    assert counts(report) == (0, 1, 0, 0, 0)
    assert (order.status, order.latest_remark) == ("shipped", "新")


def test_platform_may_set_any_status(store, tmp_path):
    run(save_list(tmp_path, [order_row("1001", 订单状态=DONE)]))

    run(save_list(tmp_path, [order_row("1001")], name=LATER))

    assert Order.objects.get().status == "pending_shipment"
    assert OrderEvent.objects.filter(kind="platform_changed", after__status="pending_shipment").exists()


def test_payment_accepts_and_starts_the_promise(store, tmp_path):
    run(save_list(tmp_path, [order_row("1001", 订单状态=UNPAID, 订单付款时间="", 买家实际支付金额="0")]))
    assert (Order.objects.get().acceptance, Order.objects.get().ship_by) == ("unreviewed", None)

    run(save_list(tmp_path, [order_row("1001")], name=LATER))

    order = Order.objects.get()
    assert (order.acceptance, order.ship_by_rule) == ("accepted", "promise")


def test_changed_note_is_a_new_version_and_reopens(store, tmp_path):
    run(save_list(tmp_path, [order_row("1001", 买家留言="电话13912345678")]))
    BuyerNote.objects.update(state="confirmed")
    Order.objects.update(note_state="handled", hold_kinds=[])
    Hold.objects.update(released_at=NOON)

    run(save_list(tmp_path, [order_row("1001", 买家留言="改电话13912340000")], name=LATER))

    order = Order.objects.get()
    assert (order.note_state, order.hold_kinds, order.note.state, order.note.version_count) == (
        "unhandled",
        ["note_unhandled"],
        "unread",
        2,
    )
    versions = list(NoteVersion.objects.order_by("number"))
    assert [version.number for version in versions] == [1, 2]
    assert all(version.sealed for version in versions)
    assert "13912340000" not in versions[1].text


def test_remark_is_appended_only_when_it_changes(store, tmp_path):
    run(save_list(tmp_path, [order_row("1001", 订单备注="一")]))
    run(
        save_list(tmp_path, [order_row("1001", 订单备注="一", 总金额="101.00")], name="ExportOrderList202606020900.csv")
    )
    run(save_list(tmp_path, [order_row("1001", 订单备注="二")], name="ExportOrderList202606030900.csv"))

    assert list(Remark.objects.order_by("at").values_list("text", "author_name")) == [
        ("一", "platform"),
        ("二", "platform"),
    ]
    assert Order.objects.get().latest_remark == "二"


def test_holds_open_and_close_with_their_reason(store, tmp_path):
    run(save_list(tmp_path, [order_row("1001", 订单状态="已付款但禁止发货")]))
    assert Order.objects.get().hold_kinds == ["platform_forbids"]

    run(save_list(tmp_path, [order_row("1001")], name=LATER))

    hold = Hold.objects.get()
    assert Order.objects.get().hold_kinds == []
    assert hold.released_at is not None


def test_unsplittable_address_is_held(store, tmp_path):
    run(save_list(tmp_path, [order_row("1001", 收货地址="火星 某处 街道")]))

    assert Order.objects.get().hold_kinds == ["address_problem"]


def test_shipped_order_brings_its_parcel(store, tmp_path):
    run(save_list(tmp_path, [order_row("1001", 订单状态=SHIPPED, 物流单号="No:SF1234567890123", 物流公司="顺丰速运")]))

    shipment = Shipment.objects.get()
    assert (shipment.courier, shipment.tracking_number, shipment.source) == ("SF", "SF1234567890123", "platform")
    assert ShipmentLine.objects.get().quantity == OrderLine.objects.get().shipped_quantity == 1


@pytest.mark.parametrize(("since", "is_watched"), [(None, False), (NOON - timedelta(days=3650), True)])
def test_parcel_under_way_is_watched_where_the_store_watches(tmp_path, store, since, is_watched):
    store.parcels_watched_since = since
    store.save()

    run(save_list(tmp_path, [order_row("1001", 订单状态=SHIPPED, 物流单号="No:SF1234567890123", 物流公司="顺丰速运")]))

    assert Shipment.objects.get().is_watched is is_watched
