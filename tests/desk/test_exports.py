"""Exports as files: grain, sums, text that stays text, clear text under a right, and what the command says."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from openpyxl import load_workbook

from orders.core.models import Order, OrderLine
from orders.core.statuses import OrderStatus
from orders.desk.exports import ExportError
from orders.desk.exports.columns import COLUMN_BY_KEY, EXPORT_COLUMNS
from orders.desk.exports.templates import BUILT_IN, find_template, save_template
from orders.desk.exports.writing import ExportOrder, write_export
from orders.desk.models import ExportTemplate
from orders.fulfilment.models import Shipment
from orders.notes.models import BuyerNote
from tests.factories import NOON, make_buyer, make_line, make_order, make_recipient

HOSTILE = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "＋1",
    "－1",
    "＠1",
    '=HYPERLINK("http://x","y")',
)


def export(store, *, template="full", file_format="xlsx", query="", **values):
    target = io.BytesIO()
    order = ExportOrder(
        store=store, user=None, query=query, template=find_template(store, template), file_format=file_format, **values
    )
    written = write_export(target, order, now=NOON, on_progress=lambda *_counts: None)
    return written, target.getvalue()


def sheets(content):
    return {
        sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()]
        for sheet in load_workbook(io.BytesIO(content))
    }


def column(rows, label):
    place = rows[0].index(label)
    return [row[place] for row in rows[1:]]


def csv_rows(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_columns_have_one_field_each():
    fields = [column.field for column in EXPORT_COLUMNS]

    assert len(set(fields)) == len(fields) == len(COLUMN_BY_KEY)


def test_order_grain_has_one_row_per_order_and_sums_exactly(store):
    make_order(store=store, paid=Decimal("10.10"), lines=3)
    make_order(store=store, paid=Decimal("0.20"))

    written, content = export(store, template="finance")
    rows = sheets(content)["Orders"]

    assert (written.rows, written.lines, written.file_rows, written.sum_paid) == (2, 4, 2, Decimal("10.30"))
    assert sum(Decimal(str(value)) for value in column(rows, "Paid")) == Decimal("10.30")


def test_line_grain_has_order_money_once_per_order(store):
    order = make_order(store=store, paid=Decimal("10.10"), lines=3)
    make_order(store=store, paid=Decimal(5))

    written, content = export(store)
    rows = sheets(content)["Lines"]

    assert written.file_rows == 4
    assert sorted(filter(None, column(rows, "Paid"))) == [5, 10.1]
    assert column(rows, "Order number").count(order.number) == 3
    assert column(rows, "Line").count(1) == 2


def test_order_without_lines_still_has_a_row(store):
    make_order(store=store, lines=0)

    written, _content = export(store)

    assert (written.rows, written.lines, written.file_rows) == (1, 0, 1)


def test_order_follows_the_sort_then_the_key(store):
    late = [make_order(store=store, ship_by=NOON) for _ in range(3)]
    none = make_order(store=store, ship_by=None, status=OrderStatus.PENDING_PAYMENT)
    first = make_order(store=store, ship_by=NOON - timedelta(hours=1))

    _written, ascending = export(store, template="finance", query="sort=ship_by")
    _written, descending = export(store, template="finance", query="sort=-ship_by")

    numbers = [order.number for order in (first, *late, none)]
    assert column(sheets(ascending)["Orders"], "Order number") == numbers
    assert column(sheets(descending)["Orders"], "Order number") == [
        *[order.number for order in late[::-1]],
        first.number,
        none.number,
    ]


@pytest.mark.parametrize("file_format", ["xlsx", "csv"])
def test_hostile_texts_stay_text_and_unchanged(store, file_format):
    for text in HOSTILE:
        order = make_order(
            store=store, buyer=make_buyer(store=store, nick=text), latest_remark=text, platform_status=text, city=text,
            close_reason=text, invoice_title=text, tags=[text], lines=0,
        )  # fmt: skip
        make_line(order=order, title=text, spec=text, sku_code=text, product_id=text)
        BuyerNote.objects.create(store=store, order=order, text=text, received_at=NOON)
        Shipment.objects.create(store=store, order=order, tracking_number=text, shipped_at=NOON, source="staff")
    labels = ("Buyer", "Latest remark", "Platform status", "City", "Close reason", "Invoice title", "Tags", "Product",
              "Spec", "Merchant code", "Product ID", "Buyer note", "Tracking number")  # fmt: skip

    _written, content = export(store, file_format=file_format, query="sort=number")

    if file_format == "csv":
        rows = csv_rows(content)
        expected = [f"'{text}" for text in HOSTILE]
    else:
        book = load_workbook(io.BytesIO(content))
        assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
        rows, expected = sheets(content)["Lines"], list(HOSTILE)
    for label in labels:
        assert column(rows, label) == expected, label


def test_ids_are_text_and_money_is_numbers(store):
    make_order(store=store, number="3552612345678901234", paid=Decimal("12.34"))

    _written, content = export(store, template="finance")
    rows = load_workbook(io.BytesIO(content))["Orders"]

    assert (rows["A2"].value, rows["A2"].data_type) == ("3552612345678901234", "s")
    paid = [cell.value for cell in rows[1]].index("Paid")
    assert (rows[2][paid].value, rows[2][paid].data_type) == (12.34, "n")


def test_csv_has_header_and_data_rows_only(store):
    make_order(store=store)

    _written, content = export(store, template="finance", file_format="csv")

    assert content.startswith(b"\xef\xbb\xbf")
    assert len(csv_rows(content)) == 2


def test_summary_sheet_is_last_and_proves_the_rows(store):
    make_order(store=store, paid=Decimal("10.10"), province="广东")
    make_order(store=store, province="浙江")

    written, content = export(store, template="finance", query="queue=all&province=广东")
    found = sheets(content)
    summary = dict(found["Summary"])

    assert list(found) == ["Orders", "Summary"]
    assert summary["Filter"] == "All · Province: 广东"
    assert (summary["Number of orders"], summary["Sum paid"]) == (1, 10.1)
    assert summary["SHA-256 of the data rows"] == written.data_sha256
    assert summary["Snapshot (Beijing time)"] is not None


def test_more_rows_than_a_sheet_holds_continue_on_a_second_sheet(store, monkeypatch):
    monkeypatch.setattr("backoffice.common.sheets.xlsx.MAX_SHEET_ROWS", 3)
    for _ in range(3):
        make_order(store=store)

    written, content = export(store, template="finance")
    found = sheets(content)

    assert list(found) == ["Orders", "Orders (2)", "Summary"]
    assert [len(rows) for rows in found.values()][:2] == [3, 2]
    assert dict(found["Summary"])["Rows in the file"] == written.file_rows == 3


def test_text_too_long_for_a_cell_is_cut_and_said(store):
    order = make_order(store=store)
    BuyerNote.objects.create(store=store, order=order, text="长" * 40_000, received_at=NOON)

    written, content = export(store)

    assert written.cut_texts == 1
    assert dict(sheets(content)["Summary"])["Texts cut at 32,767 characters"] == 1


def test_same_data_gives_the_same_hash_in_both_formats(store):
    make_order(store=store)

    assert export(store)[0].data_sha256 == export(store, file_format="csv")[0].data_sha256


def test_masked_export_holds_no_clear_recipient(store):
    make_recipient(order=make_order(store=store))

    _written, content = export(store, file_format="csv")
    (row,) = csv_rows(content)[1:]

    assert {"张*", "138****1234", "***"} <= set(row)
    assert "13812341234" not in content.decode()
    assert "科技园路" not in content.decode()


def test_clear_export_opens_each_recipient_and_marks_each_row(store):
    make_recipient(order=make_order(store=store, lines=2))
    wiped = make_recipient(order=make_order(store=store), name="李四")
    wiped.sealed = None
    wiped.save()

    written, content = export(store, file_format="csv", is_clear=True, watermark="me · #1", query="sort=number")
    rows = csv_rows(content)

    assert column(rows, "Recipient") == ["张三", "张三", "李*"]
    assert column(rows, "Phone") == ["13812341234", "13812341234", "138****1234"]
    assert column(rows, "Street") == ["科技园路 1 号", "科技园路 1 号", ""]
    assert column(rows, "Exported by") == ["me · #1"] * 3
    assert written.unreadable == 0


def test_search_for_a_phone_filters_and_is_masked_in_the_summary(store):
    make_recipient(order=make_order(store=store))
    make_recipient(order=make_order(store=store), mobile="13900000000")

    written, content = export(store, query="queue=all&q=13812341234", template="finance")

    assert written.rows == 1
    assert "13812341234" not in str(sheets(content))
    assert "138****1234" in written.filter_text


def test_nothing_found_gives_a_file_with_a_header(store):
    make_order(store=store)

    written, content = export(store, query="q=没有这个词")

    assert (written.rows, written.sum_paid) == (0, 0)
    assert len(sheets(content)["Lines"]) == 1


def test_other_stores_orders_are_never_in_the_file(store, other_store):
    make_order(store=other_store)
    foreign = make_order(store=other_store)

    written, _content = export(store, selected=(foreign.pk,))

    assert written.rows == 0


@pytest.mark.django_db(transaction=True)
def test_export_reads_one_snapshot():
    from tests.factories import make_store

    store = make_store(code="snap")
    for _ in range(3):
        make_order(store=store, paid=Decimal(1))
    seen = []

    def disturb(done, total=None):
        if total is not None:
            seen.append(total)
            Order.objects.filter(store=store).update(paid=99)
            make_order(store=store, paid=Decimal(7))

    target = io.BytesIO()
    order = ExportOrder(store=store, user=None, query="", template=find_template(store, "finance"), file_format="csv")
    written = write_export(target, order, now=NOON, on_progress=disturb)

    assert seen == [3]
    assert (written.rows, written.sum_paid) == (3, 3)
    assert column(csv_rows(target.getvalue()), "Paid") == ["1.00"] * 3
    assert Order.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_snapshot_connection_cannot_write():
    from django.db import InternalError

    from orders.desk.exports.source import snapshot

    with pytest.raises(InternalError, match="read-only"), snapshot() as db, db.cursor() as cursor:
        cursor.execute("DELETE FROM orders_order")

    assert not connection.in_atomic_block


# Templates


def test_built_in_templates_name_known_columns():
    for template in BUILT_IN:
        assert len(template.export_columns) == len(template.columns)


def test_saved_template_keeps_its_columns_in_order(store, finance):
    save_template(
        store=store,
        name="对账",
        grain="order",
        columns=["paid", "number", "paid", "line_title"],
        actor=finance,
        at=NOON,
    )

    _written, content = export(store, template="对账", file_format="csv")

    assert csv_rows(content)[0] == ["Paid", "Order number"]


@pytest.mark.parametrize(
    ("name", "columns", "sentence"),
    [
        ("finance", ["number"], "built-in"),
        ("mine", [], "at least one"),
        ("mine", ["nonsense"], "at least one"),
        ("taken", ["number"], "already"),
    ],
)  # fmt: skip
def test_template_that_cannot_be_saved_is_refused(store, finance, name, columns, sentence):
    save_template(store=store, name="taken", grain="order", columns=["number"], actor=finance, at=NOON)

    with pytest.raises(ExportError, match=sentence):
        save_template(store=store, name=name, grain="order", columns=columns, actor=finance, at=NOON)

    assert ExportTemplate.objects.count() == 1


def test_line_of_no_order_is_counted(store):
    make_order(store=store, lines=2)

    assert OrderLine.objects.count() == export(store)[0].lines
