"""Shipping from a table: reading, preview, commit, again."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from backoffice.common.models import Job
from orders.core.models import Hold
from orders.core.statuses import Acceptance, HoldKind
from orders.desk.services import DeskError
from orders.desk.shipping_table import check_rows, read_file, read_text
from orders.fulfilment.models import Shipment
from tests.factories import NOON, make_order, make_store

PATH = "/orders/ship/"
NUMBERS = [f"SF123456789012{digit}" for digit in range(10)]


def cells(rows):
    return [(row.number, row.courier, row.tracking_number) for row in rows]


@pytest.mark.parametrize(
    "text",
    [
        "355260000000000001\tSF\tSF1234567890123",
        "355260000000000001,SF,SF1234567890123\n\n",
        "355260000000000001  SF  SF1234567890123",
        "355260000000000001；SF；SF1234567890123",
        '"355260000000000001","SF","SF1234567890123"',
        "订单编号\t物流公司\t物流单号\n355260000000000001\tSF\tSF1234567890123",
        "物流单号,订单编号,物流公司\nSF1234567890123,'355260000000000001,SF",
    ],
)
def test_read_text_takes_what_people_paste(text):
    assert cells(read_text(text)) == [("355260000000000001", "SF", "SF1234567890123")]


def test_read_text_takes_two_columns():
    assert cells(read_text("1 SF1234567890123")) == [("1", "", "SF1234567890123")]


def test_read_text_refuses_nothing_and_too_much():
    with pytest.raises(DeskError):
        read_text("\n \n")
    with pytest.raises(DeskError):
        read_text("1\tSF\t2\n" * 5001)


def workbook(rows):
    book, stream = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(stream)
    return SimpleUploadedFile("table.xlsx", stream.getvalue())


def test_read_file_takes_xlsx_and_csv():
    rows = [["订单编号", "物流公司", "物流单号"], ["355260000000000001", "顺丰速运", 434567890123]]
    expected = [("355260000000000001", "顺丰速运", "434567890123")]
    sheet = "订单编号,物流公司,物流单号\n355260000000000001,顺丰速运,434567890123\n".encode("gb18030")

    assert cells(read_file(workbook(rows))) == expected
    assert cells(read_file(SimpleUploadedFile("table.csv", sheet))) == expected
    assert cells(read_file(workbook(rows[1:]))) == expected


@pytest.fixture
def table(store):
    """One row of every outcome."""
    ok, unusual, held, unpaid, unreviewed, shipped, doubled = [
        make_order(store=store, number=f"10{place}") for place in range(7)
    ]
    Hold.objects.create(store=store, order=held, kind=HoldKind.NOTE_UNHANDLED, opened_at=NOON)
    type(held).objects.filter(pk=held.pk).update(hold_kinds=[HoldKind.NOTE_UNHANDLED])
    type(held).objects.filter(pk=unpaid.pk).update(status="pending_payment", paid_at=None)
    type(held).objects.filter(pk=unreviewed.pk).update(acceptance=Acceptance.UNREVIEWED)
    Shipment.objects.create(
        store=store, order=shipped, courier="SF", tracking_number=NUMBERS[5], shipped_at=NOON, source="staff"
    )
    make_order(store=make_store(code="else"), number="900")
    return [
        (ok.number, "SF", NUMBERS[0], "ok"),
        (unusual.number, "顺丰", "12345678", "warning"),
        (held.number, "SF", NUMBERS[2], "problem"),
        (unpaid.number, "SF", NUMBERS[3], "problem"),
        (unreviewed.number, "SF", NUMBERS[4], "problem"),
        (shipped.number, "SF", NUMBERS[5], "skipped"),
        (doubled.number, "SF", NUMBERS[6], "problem"),
        (doubled.number, "SF", NUMBERS[7], "problem"),
        ("900", "SF", NUMBERS[8], "problem"),
        ("no number", "SF", NUMBERS[9], "problem"),
    ]


def text_of(table):
    return "\n".join("\t".join(row[:3]) for row in table)


def test_check_rows_says_what_each_will_do(store, table):
    assert [row.state for row in check_rows(store, read_text(text_of(table)))] == [row[3] for row in table]


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        ("102\tSF\tSF1234567890120", "more than once"),
        ("102\tPigeon\tX123", "not in the list of couriers"),
        ("102\tSF\t！！", "Tracking number"),
        ("102\t\t12345678", "does not tell"),
    ],
)
def test_check_rows_names_the_problem(store, second, sentence):
    for number in ("101", "102"):
        make_order(store=store, number=number)

    rows = check_rows(store, read_text(f"101\tSF\tSF1234567890120\n{second}"))

    assert sentence in rows[1].text


def test_check_rows_refuses_a_number_of_another_order(store):
    Shipment.objects.create(
        store=store,
        order=make_order(store=store, number="1"),
        courier="SF",
        tracking_number=NUMBERS[0],
        shipped_at=NOON,
        source="staff",
    )
    make_order(store=store, number="2")

    assert "belongs to order 1" in check_rows(store, read_text(f"2\tSF\t{NUMBERS[0]}"))[0].text


def test_check_rows_statements_do_not_grow(store, django_assert_num_queries):
    for number in range(3):
        make_order(store=store, number=f"1{number}")
    text = "\n".join(f"1{number}\tSF\t{NUMBERS[number]}" for number in range(3))

    with django_assert_num_queries(6):  # orders, lines, holds, what is packed twice, parcels
        check_rows(store, read_text(text))


def test_preview_then_ship_then_again(warehouse_client, store, table):
    preview = warehouse_client.post(PATH, {"text": text_of(table)}).content.decode()
    assert re.findall(r'data-row-state="(\w+)"', preview) == [row[3] for row in table]
    assert Shipment.objects.count() == 1

    response = warehouse_client.post(PATH, {"text": text_of(table), "commit": "1"})

    job = Job.objects.get()
    receipt = warehouse_client.get(response.url).content.decode()
    assert response.url == f"/orders/batches/{job.pk}/"
    assert re.findall(r'data-outcome="(\w+)"', receipt) == ["done", "done", *["skipped"] * 8]
    assert sorted(Shipment.objects.values_list("order__number", flat=True)) == ["100", "101", "105"]
    again = warehouse_client.post(PATH, {"text": text_of(table)}).content.decode()
    assert re.findall(r'data-row-state="(\w+)"', again)[:2] == ["skipped", "skipped"]
    assert "Already shipped with this number." in again


def test_upload_is_previewed(warehouse_client, store):
    make_order(store=store, number="355260000000000001")

    response = warehouse_client.post(PATH, {"file": workbook([["355260000000000001", "SF", NUMBERS[0]]])})

    assert 'data-row-state="ok"' in response.content.decode()


def test_nothing_given_is_said_beside_the_form(warehouse_client, store):
    response = warehouse_client.post(PATH, {})

    assert response.status_code == 422
    assert "Paste a table or choose a file." in response.content.decode()


def test_a_broken_file_is_refused_with_its_reason(warehouse_client, store):
    response = warehouse_client.post(PATH, {"file": SimpleUploadedFile("x.xlsx", b"PK\x03\x04 broken")})

    assert response.status_code == 422


@pytest.mark.parametrize(("who", "status"), [("agent", 403), ("finance", 403), ("manager", 200)])
def test_shipping_is_for_those_who_may(request, store, who, status):
    assert request.getfixturevalue(f"{who}_client").get(PATH).status_code == status
