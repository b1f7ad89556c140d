"""Refund lists as files: by command and by page, good and bad rows, twice, at once, fixed and retried."""

import io
import json
import threading
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import time_machine
from django.core.files.storage import default_storage
from django.db import connection, connections
from django.urls import reverse

from aftersales.refunds.files.services import create_refund_upload, import_path, start_refund_import
from aftersales.refunds.models import Refund, UnknownRefund
from backoffice.common.access import Role
from backoffice.common.jobs import run_pending_jobs
from backoffice.common.models import Job
from orders.core.models import Order, OrderEvent, OrderLine
from orders.intake.models import ImportFile, QuarantinedRow
from tests.commands import run_command
from tests.factories import NOON, make_member, make_order, make_user
from tests.refunds.files.sheets import HEADERS, R3, SECRETS, cells, sheet

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
KEYS = ("rows", "created", "updated", "unchanged", "stale", "quarantined")


@pytest.fixture
def write(tmp_path):
    def make(*rows, name="refunds.csv", header=R3):
        path = tmp_path / name
        path.write_bytes(sheet(*rows, header=header))
        return path

    return make


def load(*paths, code=0, **options):
    with time_machine.travel(NOON, tick=False):
        return run_command("import_refunds", *map(str, paths), store="demo", code=code, **options)


def counts_of(report):
    return tuple(report[key] for key in KEYS)


@pytest.mark.parametrize("variant", ["R1", "R2", "R3"])
def test_every_list_becomes_cases(store, write, variant):
    order = make_order(store=store, number="A1")
    header = HEADERS[variant]

    [report] = load(write(cells(header), header=header))["files"]

    refund = Refund.objects.get()
    assert list(report) == ["file", "format", *KEYS, "waiting", "quarantine"]
    assert (report["file"], report["format"], counts_of(report)) == ("refunds.csv", "refunds", (1, 1, 0, 0, 0, 0))
    assert (refund.number, refund.order, refund.amount, refund.status) == ("70001", order, Decimal(60), "requested")
    assert (refund.text, refund.reason) == ("起球了, 请打 138****5678", "质量问题")


def test_sellers_names_phones_and_addresses_are_nowhere_in_clear(store, write):
    make_order(store=store, number="A1")
    more = {"退货物流信息": "钱掌柜 13777778888 文三路90号", "商家备注": "13777778888"}

    load(
        write(cells(**more), cells(退款编号="70002", 退款状态="?", **more), cells(订单编号="B9", 退款编号="70003")),
        code=1,
    )

    kept = ""
    for table in ("refunds_refund", "refunds_unknownrefund", "intake_quarantinedrow", "intake_importfile",
                  "orders_orderevent", "refunds_refundmessage", "refunds_returnparcel"):  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT row_to_json(t)::text FROM {table} t")
            kept += "".join(row[0] for row in cursor.fetchall())
    assert [secret for secret in (*SECRETS, "13812345678") if secret in kept] == []


def test_thousand_good_and_thirty_seven_bad_rows_are_all_accounted_for(store, write):
    numbers = [f"A{place}" for place in range(1000)]
    _many_orders(store, numbers)
    good = [cells(退款编号=f"7{place:05}", 订单编号=number) for place, number in enumerate(numbers)]
    bad = [cells(退款编号=f"8{place:05}", 订单编号="A1", 退款状态="不知道") for place in range(30)]
    bad += [cells(退款编号=f"9{place:05}", 订单编号=f"A{place}", 买家退款金额="1000") for place in range(7)]

    [report] = load(write(*good[:500], *bad, *good[500:]), code=1)["files"]

    assert counts_of(report) == (1037, 1000, 0, 0, 0, 37)
    assert [problem["line"] for problem in report["quarantine"]] == list(range(502, 539))
    assert QuarantinedRow.objects.count() == 37
    assert Refund.objects.count() == Order.objects.filter(has_open_refund=True).count() == 1000


def _many_orders(store, numbers):
    first = make_order(store=store, number=numbers[0])
    line = first.lines.get()
    rows = Order.objects.filter(pk=first.pk).values().get()
    Order.objects.bulk_create(Order(**{**rows, "id": None, "number": number}) for number in numbers[1:])
    copied = {
        name: value for name, value in OrderLine.objects.filter(pk=line.pk).values().get().items() if name != "id"
    }
    OrderLine.objects.bulk_create(
        OrderLine(**{**copied, "order_id": pk})
        for pk in Order.objects.exclude(pk=first.pk).values_list("pk", flat=True)
    )


def test_same_file_twice_changes_nothing(store, write):
    make_order(store=store, number="A1")
    path = write(cells(), cells(退款编号="70002", 订单编号="B1"))
    load(path)
    events = OrderEvent.objects.count()

    [report] = load(path)["files"]

    assert (*counts_of(report), report["waiting"]) == (2, 0, 0, 2, 0, 0, 1)
    assert OrderEvent.objects.count() == events


def test_older_file_is_stale_and_the_name_tells_the_time(store, write):
    make_order(store=store, number="A1")
    load(write(cells(退款状态="退款关闭"), name="ExportRefundList202606011130.csv"))

    [report] = load(write(cells(), name="ExportRefundList202606011120.csv"))["files"]

    refund = Refund.objects.get()
    assert (counts_of(report), refund.status) == ((1, 0, 0, 0, 1, 0), "closed")
    assert refund.snapshot_at == datetime(2026, 6, 1, 11, 30, tzinfo=SHANGHAI)


def test_dry_run_counts_and_keeps_nothing(store, write):
    make_order(store=store, number="A1")

    [report] = load(write(cells(), cells(退款编号="x")), code=1, dry_run=True)["files"]

    assert counts_of(report) == (2, 1, 0, 0, 0, 1)
    assert not Refund.objects.exists()
    assert not ImportFile.objects.exists()
    assert not Order.objects.get().has_open_refund


def test_second_case_of_a_line_is_taken_when_its_first_ends_further_down(store, write):
    make_order(store=store, number="A1")
    load(write(cells()))

    [report] = load(write(cells(退款编号="70002"), cells(退款状态="退款关闭")), snapshot_at="2026-06-02 08:00")["files"]

    assert counts_of(report) == (2, 1, 1, 0, 0, 0)
    assert dict(Refund.objects.values_list("number", "status")) == {"70001": "closed", "70002": "requested"}


def test_file_that_is_none_is_refused_whole(store, write):
    refused = load(write(["1", "2"], header=["订单编号", "总金额"]), code=2)["refusal"]
    missing = load(Path("nowhere.csv"), code=2)["refusal"]

    assert "退款编号" in refused
    assert missing.startswith("nowhere.csv")
    assert run_command("import_refunds", "x.csv", store="nobody", code=2)["refusal"] == "There is no store nobody."


def test_workbook_with_typed_cells_is_read(store, tmp_path):
    make_order(store=store, number="A1")
    book = openpyxl.Workbook()
    book.active.append(R3)
    row = dict(zip(R3, cells(退款编号="70001", 订单编号="A1"), strict=True))
    row |= {"买家退款金额": 60, "退款的申请时间": datetime(2026, 6, 1, 11)}  # noqa: DTZ001 -- sheets know no zone
    book.active.append([row[name] for name in R3])
    path = tmp_path / "refunds.xlsx"
    book.save(path)

    [report] = load(path)["files"]

    assert counts_of(report) == (1, 1, 0, 0, 0, 0)
    assert Refund.objects.get().requested_at == datetime(2026, 6, 1, 11, tzinfo=SHANGHAI)


@pytest.mark.django_db(transaction=True)
def test_same_file_twice_at_once_is_once(store, write):
    for place in range(30):
        make_order(store=store, number=f"A{place}")
    rows = [cells(退款编号=f"7{place:04}", 订单编号=f"A{place}") for place in range(60)]
    paths = [write(*rows, name="one.csv"), write(*reversed(rows), name="other.csv")]
    reports, barrier = [], threading.Barrier(2)

    def run(path):
        barrier.wait()
        try:
            reports.append(import_path(store=store, path=path, snapshot_at=NOON, at=NOON))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert [sum(report[key] for report in reports) for key in KEYS] == [120, 60, 0, 60, 0, 0]
    assert (Refund.objects.count(), UnknownRefund.objects.count()) == (30, 30)
    assert OrderEvent.objects.filter(kind="case_opened").count() == 30


# pages


@pytest.fixture
def manager(client, store):
    user = make_user("m", store=store, roles=(Role.MANAGER,))
    client.force_login(user)
    return user


@pytest.fixture
def upload(monkeypatch, tmp_path, store, settings):
    settings.MEDIA_ROOT = tmp_path / "media"

    def keep(*rows, name="refunds.csv"):
        return create_refund_upload(
            store=store, name=name, stream=io.BytesIO(sheet(*rows)), actor=None, at=NOON
        )  # fmt: skip

    return keep


def test_upload_is_looked_through_sealed_and_then_taken_in(client, store, manager, upload):
    make_order(store=store, number="A1")
    file = upload(cells(), cells(退款编号="70002", 退款状态="?"))
    page = client.get(reverse("refunds:import-detail", args=[file.pk])).content.decode()
    with default_storage.open(file.file.name) as stored:
        sealed = stored.read()

    start = client.post(reverse("refunds:import-start", args=[file.pk]))
    run_pending_jobs()

    file.refresh_from_db()
    done = client.get(reverse("refunds:import-detail", args=[file.pk])).content.decode()
    assert "70001" in page
    assert (file.preview["variant"], file.preview["checked"], file.preview["bad"]) == ("R3", 2, 1)
    assert b"70001" not in sealed
    assert [secret for secret in SECRETS if secret in json.dumps(file.preview, ensure_ascii=False)] == []
    assert start.status_code == 302
    assert (file.state, file.counts["created"], file.counts["quarantined"]) == ("done", 1, 1)
    assert 'data-metric="created" data-value="1"' in done
    assert 'data-action="fix"' in done
    assert Job.objects.get(kind="refund_import").result["rows"] == 2


def test_bad_row_is_fixed_on_its_page_and_counted_anew(client, store, manager, upload):
    make_order(store=store, number="A1")
    file = upload(cells(退款状态="?"))
    start_refund_import(store=store, file_id=file.pk, actor=None, at=NOON)
    run_pending_jobs()
    row = QuarantinedRow.objects.get()
    address = reverse("refunds:import-row", args=[row.pk])
    index = R3.index("退款状态")

    page = client.get(address)
    shown, form = page.content.decode(), page.context["form"]
    sent = {name: field.initial for name, field in form.fields.items()}
    again = client.post(address, {**sent, f"cell-{index}": "还是不知道"})
    fixed = client.post(address, {**sent, f"cell-{index}": "退款成功"})

    file.refresh_from_db()
    row.refresh_from_db()
    assert [secret for secret in SECRETS if secret in shown] == []
    assert (again.status_code, fixed.status_code, row.resolution, row.sealed) == (422, 302, "imported", None)
    assert (Refund.objects.get().status, file.counts["created"], file.counts["quarantined"]) == ("succeeded", 1, 0)


def test_rows_are_tried_again_listed_and_dropped(client, store, manager, upload):
    order = make_order(store=store, number="A1")
    file = upload(cells(买家退款金额="500"), cells(退款编号="70002", 退款状态="?"))
    start_refund_import(store=store, file_id=file.pk, actor=None, at=NOON)
    run_pending_jobs()
    Order.objects.filter(pk=order.pk).update(paid=500, gross_paid=500)

    listed = client.get(reverse("refunds:import-problems", args=[file.pk]))
    client.post(reverse("refunds:import-retry", args=[file.pk]))
    left = QuarantinedRow.objects.open().get()
    client.post(reverse("refunds:import-row-drop", args=[left.pk]))

    sheet_rows = list(openpyxl.load_workbook(io.BytesIO(b"".join(listed.streaming_content))).active.values)
    assert [row[0] for row in sheet_rows] == ["Line", "2", "3"]
    assert "500" in sheet_rows[1][2] or "100" in sheet_rows[1][2]
    assert (Refund.objects.get().amount, left.line, QuarantinedRow.objects.open().count()) == (500, 3, 0)


def test_upload_page_takes_files_and_shows_what_waits(client, store, manager, upload):
    address = reverse("refunds:import-list")
    stream = io.BytesIO(sheet(cells()))
    stream.name = "refunds.csv"

    sent = client.post(address, {"files": stream})
    file = ImportFile.objects.get()
    start_refund_import(store=store, file_id=file.pk, actor=None, at=NOON)
    run_pending_jobs()

    page = client.get(address).content.decode()
    assert sent.headers["Location"] == reverse("refunds:import-detail", args=[file.pk])
    assert 'data-waiting="70001"' in page
    assert client.post(address, {}).status_code == 422


def test_rows_of_refund_lists_are_not_among_those_of_order_files(client, store, manager, upload):
    file = upload(cells(退款状态="?"))
    start_refund_import(store=store, file_id=file.pk, actor=None, at=NOON)
    run_pending_jobs()
    row = QuarantinedRow.objects.get()

    listed = client.get(reverse("intake:quarantine")).content.decode()

    assert f'data-row="{row.pk}"' not in listed
    assert client.get(reverse("intake:row-edit", args=[row.pk])).status_code == 404


def test_pages_of_another_store_are_not_found(client, other_store, manager, store, upload):
    file = upload(cells(退款状态="?"))
    start_refund_import(store=store, file_id=file.pk, actor=None, at=NOON)
    run_pending_jobs()
    row = QuarantinedRow.objects.get()
    stranger = make_user("s")
    make_member(stranger, other_store, Role.MANAGER)
    client.force_login(stranger)

    codes = [
        client.get(reverse("refunds:import-detail", args=[file.pk])).status_code,
        client.get(reverse("refunds:import-problems", args=[file.pk])).status_code,
        client.post(reverse("refunds:import-start", args=[file.pk])).status_code,
        client.post(reverse("refunds:import-retry", args=[file.pk])).status_code,
        client.get(reverse("refunds:import-row", args=[row.pk])).status_code,
        client.post(reverse("refunds:import-row-drop", args=[row.pk])).status_code,
    ]

    assert codes == [404] * 6
