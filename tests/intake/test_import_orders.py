import io
import itertools
import json
import threading
import zipfile
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, connections

from backoffice.common.sealing import unseal_json
from orders.core.models import Buyer, Hold, Order, OrderEvent, OrderLine, Recipient, Remark
from orders.core.recipients import recipient_context
from orders.fulfilment.models import Shipment, ShipmentLine
from orders.fulfilment.services import ship_order
from orders.intake.models import ImportFile, QuarantinedRow
from orders.notes.models import BuyerNote, NoteVersion
from tests.factories import NOON, make_store
from tests.intake.files import D1, DONE, PAID, SHIPPED, T3, UNPAID, line_row, order_row, save_detail, save_list

pytestmark = pytest.mark.django_db
LATER = "ExportOrderList202606020900.csv"
TABLES = (
    "orders_order",
    "orders_orderline",
    "orders_hold",
    "orders_remark",
    "orders_recipient",
    "notes_buyernote",
    "notes_noteversion",
    "fulfilment_shipment",
    "fulfilment_shipmentline",
    "orders_openline",
    "orders_buyer",
)


def run(*paths, store="demo", code=0, **options) -> list[dict[str, Any]]:
    out = io.StringIO()
    try:
        call_command(
            "import_orders", *map(str, paths), store=store, as_json=True, stdout=out, stderr=io.StringIO(), **options
        )
        ended = 0
    except SystemExit as error:
        ended = error.code
    assert ended == code
    return json.loads(out.getvalue().splitlines()[-1])["files"] if out.getvalue() else []


def counts(report: dict[str, Any]) -> tuple[int, ...]:
    names = ("created", "updated", "unchanged", "stale", "quarantined")
    assert report["rows"] == sum(report[name] for name in names)
    return tuple(report[name] for name in names)


def contents(*, without: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Return every row of the business tables as text, but for serial ids, sealed bytes and times of import."""
    found = {}
    skipped = [
        "id",
        "sealed",
        "created_at",
        "updated_at",
        "opened_at",
        "received_at",
        "accepted_at",
        "order_id",
        "line_id",
        "title_id",
        "buyer_id",
        "note_id",
        "shipment_id",
        "version",
        *without,
    ]
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT (to_jsonb(t) - %s::text[])::text FROM {table} t ORDER BY 1", [skipped])
            found[table] = [row[0] for row in cursor.fetchall()]
    return found


def test_list_creates_order_with_provisional_line(store, tmp_path):
    row = order_row("3552601815908301601", 买家留言="周六送", 订单备注="赠品", 宝贝总数量="3", 发票抬头="某公司")

    report = run(save_list(tmp_path, [row]))[0]

    order = Order.objects.get()
    assert counts(report) == (1, 0, 0, 0, 0)
    assert report["format"] == "order_list"
    assert (order.number, order.status, order.paid, order.province, order.city) == (
        "3552601815908301601",
        "pending_shipment",
        Decimal("100.00"),
        "广东",
        "深圳市",
    )
    assert (order.acceptance, order.acceptance_rule, order.ship_by_rule) == ("accepted", "payment", "promise")
    assert (order.ship_by - order.paid_at).total_seconds() == 48 * 3600
    assert (order.note_state, order.hold_kinds, order.latest_remark) == ("unhandled", ["note_unhandled"], "赠品")
    assert order.snapshot_at.isoformat() == "2026-06-01T01:00:00+00:00"
    line = order.lines.get()
    assert (line.title.text, line.quantity, line.is_provisional) == ("真丝连衣裙", 3, True)
    assert (order.line_count, order.piece_count, order.invoice_title) == (1, 3, "某公司")
    assert order.events.get().kind == "imported"
    assert order.holds.get().kind == "note_unhandled"
    assert order.note.text == "周六送"


def test_recipient_is_sealed_and_masked(store, tmp_path):
    run(save_list(tmp_path, [order_row("1001")]))

    recipient = Recipient.objects.get()
    data = unseal_json(recipient.sealed, context=recipient_context(store.pk, "1001"))
    assert (recipient.masked_name, recipient.masked_phone) == ("张*", "138****5678")
    assert (data["name"], data["mobile"], data["street"]) == ("张三", "13812345678", "科技园路1号")


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


def test_repeated_order_in_one_file_is_counted_once(store, tmp_path):
    report = run(save_list(tmp_path, [order_row("1001"), order_row("1001"), order_row("1001", 总金额="120.00")]))[0]

    assert counts(report) in {(1, 0, 1, 1, 0), (1, 0, 0, 2, 0)}
    assert Order.objects.count() == 1


def test_thousand_good_and_37_bad_rows(store, tmp_path):
    rows = [order_row(f"{n + 1:08}") for n in range(1037)]
    for row in rows[::28][:37]:
        row["总金额"] = "-1"

    report = run(save_list(tmp_path, rows), code=1)[0]

    assert counts(report) == (1000, 0, 0, 0, 37)
    assert len(report["quarantine"]) == 37
    assert report["quarantine"][0]["line"] == 2
    assert "总金额" in report["quarantine"][0]["reason"]
    assert Order.objects.count() == 1000
    assert QuarantinedRow.objects.count() == 37


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8", "utf-8-sig"])
def test_every_encoding_reads_the_same(store, tmp_path, encoding):
    run(save_list(tmp_path, [order_row("1001")], encoding=encoding))

    assert Order.objects.get().lines.get().title.text == "真丝连衣裙"


def test_workbook_reads_like_the_csv(store, tmp_path):
    csv_path = save_list(tmp_path, [order_row("1001")])
    xlsx_path = save_list(tmp_path, [order_row("1001")], name="ExportOrderList202606010900.xlsx")

    reports = run(csv_path, xlsx_path)

    assert [counts(report) for report in reports] == [(1, 0, 0, 0, 0), (0, 0, 1, 0, 0)]


def test_dry_run_changes_nothing(store, tmp_path):
    report = run(save_list(tmp_path, [order_row("1001"), order_row("x!")]), dry_run=True, code=1)[0]

    assert counts(report) == (1, 0, 0, 0, 1)
    assert not Order.objects.exists()
    assert not ImportFile.objects.exists()
    assert not Buyer.objects.exists()


def test_snapshot_at_overrides_the_name(store, tmp_path):
    run(save_list(tmp_path, [order_row("1001")]), snapshot_at="2026-06-07 08:00")

    assert Order.objects.get().snapshot_at.isoformat() == "2026-06-07T00:00:00+00:00"


def test_unknown_store_is_refused(store, tmp_path):
    with pytest.raises(CommandError, match="nowhere") as refused:
        run(save_list(tmp_path, [order_row("1001")]), store="nowhere")

    assert refused.value.returncode == 2


def test_refused_file_ends_with_2_and_one_of_several_with_1(store, tmp_path):
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n1,2\n")
    good = save_list(tmp_path, [order_row("1001")])

    assert run(wrong, code=2) == []
    assert [report["file"] for report in run(wrong, good, code=1)] == [good.name]
    assert Order.objects.count() == 1


def test_zip_bomb_is_refused(store, tmp_path):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (200 << 20))

    run(path, code=2)

    assert not ImportFile.objects.exists()


SENTINELS = {
    "收货人姓名": "哨兵甲",
    "收货地址": "广东省 深圳市 南山区 哨兵路77号(518000)",
    "联系电话": "0755-77770001",
    "联系手机": "'13777770002",
    "修改后的收货地址": "广东省 深圳市 福田区 哨兵路88号(518000)",
    "买家支付宝账号": "sentinel@example.com",
    "买家留言": "请打13777770003",
    "订单备注": "客户13777770004",
    "买家姓名": "哨兵乙",
    "买家身份证号": "440301199001017777",
    "买家手机号": "13777770005",
}
SECRETS = (
    "哨兵甲",
    "哨兵路",
    "77770001",
    "13777770002",
    "sentinel@",
    "13777770003",
    "13777770004",
    "哨兵乙",
    "440301199001017777",
    "13777770005",
)


def test_no_identity_value_is_stored_in_clear(store, tmp_path, caplog):
    header = [*T3, "买家姓名", "买家身份证号", "买家手机号"]
    good = order_row("1001") | {name if name in header else f"{name} ": value for name, value in SENTINELS.items()}
    bad = good | {"订单编号": "1002", "总金额": "abc"}
    bad_phone = good | {"订单编号": "1003", "联系手机": "1.3777770002E+10"}

    run(save_list(tmp_path, [good, bad, bad_phone], header=header), code=1)

    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            dump = "\n".join(row[0] for row in cursor.fetchall())
            assert [secret for secret in SECRETS if secret in dump] == [], table
    assert [secret for secret in SECRETS if secret in caplog.text] == []


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_end_like_one(tmp_path):
    store = make_store(code="demo")
    twin = make_store()
    rows = [order_row(f"{n:06}", 买家会员名=f"tb{n % 50}", 买家留言="急" if n % 7 == 0 else "") for n in range(1, 900)]
    first = save_list(tmp_path, rows)
    second = save_list(tmp_path, rows[::-1], name="ExportOrderList202606010900-2.csv")
    run(first, store=twin.code)
    failures: list[BaseException] = []

    def work(path):
        try:
            run(path)
        except (Exception, SystemExit) as error:  # noqa: BLE001
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(path,)) for path in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert Order.objects.for_store(store).count() == Order.objects.for_store(twin).count() == 899
    assert OrderLine.objects.filter(store=store).count() == 899
    assert NoteVersion.objects.filter(note__store=store).count() == NoteVersion.objects.filter(note__store=twin).count()
    assert OrderEvent.objects.filter(store=store).count() == 899
    assert Hold.objects.filter(store=store).count() == Hold.objects.filter(store=twin).count()
