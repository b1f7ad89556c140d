import threading
import zipfile
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection, connections

from backoffice.common.sealing import unseal_json
from orders.core.models import Buyer, Hold, Order, OrderEvent, OrderLine, Recipient
from orders.core.recipients import recipient_context
from orders.intake.models import ImportFile, QuarantinedRow
from orders.notes.models import NoteVersion
from tests.factories import make_store
from tests.intake.files import T3, order_row, save_list
from tests.intake.importing import counts, run

pytestmark = pytest.mark.django_db


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


def test_unknown_store_is_refused(store, tmp_path, capsys):
    path = save_list(tmp_path, [order_row("1001")])
    with pytest.raises(SystemExit) as refused:
        call_command("import_orders", str(path), store="nowhere")

    assert (refused.value.code, capsys.readouterr().err) == (2, "There is no store nowhere.\n")


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
