import random

import pytest

from orders.intake.formats import (
    ORDER_DETAIL,
    ORDER_LIST,
    DetailParser,
    LineRecord,
    OrderListParser,
    OrderRecord,
    recognise,
)
from tests.intake.formats.builders import LINE_CELLS, ORDER_CELLS, REAL, T3, all_headers, headers, row


@pytest.mark.parametrize(("label", "header"), all_headers("order_list"))
def test_recognise_knows_every_order_list(label, header):
    match = recognise(header)

    assert (match.kind, match.variant, match.refusal) == (ORDER_LIST, label, None)
    assert (match.unknown, match.added, match.missing, match.renamed, match.duplicates) == ((), (), (), (), ())


@pytest.mark.parametrize(("label", "header"), all_headers("order_detail"))
def test_recognise_knows_every_order_detail(label, header):
    match = recognise(header)

    assert (match.kind, match.variant, match.refusal) == (ORDER_DETAIL, label, None)
    assert (match.unknown, match.added, match.missing, match.renamed) == ((), (), (), ())


@pytest.mark.parametrize(("label", "header"), all_headers("order_list"))
def test_every_order_list_parses_in_any_column_order(label, header):
    shuffled = random.Random(7).sample(header, len(header))

    plain = OrderListParser(recognise(header)).parse(2, row(header, ORDER_CELLS))
    mixed = OrderListParser(recognise(shuffled)).parse(2, row(shuffled, ORDER_CELLS))

    assert isinstance(plain, OrderRecord)
    assert (plain.number, plain.paid, plain.status) == ("35526018159083016", plain.total, "pending_shipment")
    assert plain == mixed


@pytest.mark.parametrize(("label", "header"), all_headers("order_detail"))
def test_every_order_detail_parses_in_any_column_order(label, header):
    shuffled = random.Random(7).sample(header, len(header))

    plain = DetailParser(recognise(header)).parse(2, row(header, LINE_CELLS))
    mixed = DetailParser(recognise(shuffled)).parse(2, row(shuffled, LINE_CELLS))

    assert isinstance(plain, LineRecord)
    assert (plain.number, plain.title, plain.sku_code) == ("35526018159083016", "雪平锅", "YO-PAN-20")
    assert plain == mixed


def test_recognise_takes_the_narrow_real_file_for_an_order_list():
    match = recognise(REAL)

    assert (match.kind, match.variant, match.unknown, match.refusal) == (ORDER_LIST, "", (), None)
    assert "订单状态" in match.missing


def test_recognise_reports_unknown_columns_and_goes_on():
    match = recognise([*headers()["order_list"][T3], "明年的新列", "另一列"])

    assert (match.kind, match.variant, match.unknown) == (ORDER_LIST, T3, ("明年的新列", "另一列"))


def test_recognise_reports_added_missing_and_renamed_columns():
    header = [name.strip() for name in headers()["order_list"][T3] if name != "预约门店"]
    header[header.index("买家实际支付金额")] = "买家实付金额"

    match = recognise([*header, "发货时间"])

    assert match.variant == T3
    assert (match.added, match.missing, match.renamed) == (
        ("发货时间",),
        ("预约门店",),
        (("买家实际支付金额", "买家实付金额"),),
    )


@pytest.mark.parametrize(
    "name", ["订单编号 ", "　订单编号", "\ufeff订单编号", '="订单编号"', "订单 编号", "订单编号\t"]
)
def test_recognise_reads_names_with_stray_signs(name):
    assert recognise([name, "总金额(元)", "买家实际支付金额"]).columns["number"] == (0,)


def test_recognise_reads_full_width_brackets_and_letters():
    match = recognise(["子订单编号", "主订单编号", "标题", "购买数量", "商品　ＩＤ"])

    assert match.columns["product_id"] == (4,)


def test_recognise_reports_duplicate_columns_and_takes_the_first_filled_one():
    header = ["订单编号", "总金额", "总金额", "买家实际支付金额"]
    match = recognise(header)

    record = OrderListParser(match).parse(2, ["1", "", "5.00", "5.00"])

    assert match.duplicates == ("总金额",)
    assert str(record.total) == "5.00"


@pytest.mark.parametrize("label", list(headers()["refund"]))
def test_recognise_refuses_refund_lists(label):
    match = recognise(headers()["refund"][label])

    assert match.kind is None
    assert match.refusal == "This is a refund list, not an order file."


@pytest.mark.parametrize(
    "header",
    [
        [],
        [None, ""],
        ["a", "b"],
        ["订单编号", "物流公司", "运单号"],
        ["商家昵称", "入帐日期", "主订单id", "入帐类型"],
        *[headers()["other"][name] for name in headers()["other"] if not name.startswith("douyin")],
    ],
)
def test_recognise_refuses_other_tables_with_a_sentence(header):
    match = recognise(header)

    assert match.kind is None
    assert match.refusal


def test_recognise_names_the_required_column_that_a_detail_lacks():
    match = recognise(["子订单编号", "购买数量"])

    assert (match.kind, match.missing_required) == (ORDER_DETAIL, ("主订单编号", "商品标题"))
    assert match.refusal == "The file lacks the column 主订单编号、商品标题."


def test_main_order_number_alone_does_not_make_a_detail():
    assert recognise(headers()["order_list"]["T8 2021-22"]).kind == ORDER_LIST


def test_sold_items_list_without_line_numbers_is_a_detail():
    match = recognise(["订单编号", "买家会员名", "商品标题", "购买数量", "商品价格", "订单状态"])

    assert match.kind == ORDER_DETAIL


def test_detail_of_another_platform_is_refused_for_its_missing_title():
    match = recognise(headers()["other"]["douyin_2024-26"])

    assert (match.kind, match.refusal) == (ORDER_DETAIL, "The file lacks the column 商品标题.")
