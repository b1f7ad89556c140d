from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.intake.formats import ABSENT, OrderListParser, OrderRecord, RowError, orders, recognise
from orders.intake.formats.cells import SHANGHAI
from orders.intake.formats.orders import CONVERTERS, PASSED, RawOrder
from tests.intake.formats.builders import ORDER_CELLS, REAL, T3, headers, parse_order, relaxed, row
from tests.intake.formats.test_cells import RAW


def parse_real(*cells):
    return OrderListParser(recognise(REAL)).parse(2, list(cells))


def test_fields_line_up_with_the_converters():
    assert RawOrder._fields == tuple(CONVERTERS)
    assert OrderRecord._fields[-len(PASSED) :] == PASSED
    assert set(orders.PASSED) < set(CONVERTERS)


def test_order_row_of_2017_is_read_whole():
    record = parse_order()

    assert (record.number, record.status, record.is_status_derived) == ("35526018159083016", "pending_shipment", False)
    assert record.platform_status == "买家已付款，等待卖家发货"
    assert (record.total, record.paid, record.gross_paid, record.refunded) == (
        Decimal("201.12"),
        Decimal("201.12"),
        Decimal("201.12"),
        Decimal("0.00"),
    )
    assert (record.province, record.city, record.district) == ("广东", "广州市", "越秀区")
    assert (record.street, record.zip_code, record.mobile) == ("某某街道某某路50号", "510180", "13900000001")
    assert record.placed_at == datetime(2017, 7, 8, 0, 42, 32, tzinfo=SHANGHAI)
    assert record.paid_at == datetime(2017, 7, 8, 0, 42, 39, tzinfo=SHANGHAI)
    assert (record.is_mobile, record.is_paid_by_other, record.tracking_numbers) == (True, False, ())
    assert (record.close_reason, record.modified_address, record.extra) == (None, None, {})
    assert record.payment_method == "alipay"


def test_columns_the_file_lacks_are_absent_and_empty_ones_none():
    record = parse_order()

    assert record.shipped_at is ABSENT
    assert record.payment_number is ABSENT
    assert record.buyer_note is None


@pytest.mark.parametrize(
    ("paid_at", "total", "paid", "refund", "status", "gross"),
    [
        ("", "178.8", "0.0", "0.0", "pending_payment", "0.00"),
        ("2020-02-21 00:00:02", "21.0", "21.0", "0.0", "pending_shipment", "21.00"),
        ("2020-02-20 23:57:11", "64.8", "0.0", "64.8", "closed", "64.80"),
        ("2020-02-20 23:56:53", "327.7", "148.9", "178.8", "pending_shipment", "327.70"),
    ],
)
def test_order_without_status_derives_it_from_payment_and_refund(paid_at, total, paid, refund, status, gross):
    record = parse_real("1", total, paid, "上海", "2020-02-20 23:56:39", paid_at, refund)

    assert (record.status, record.is_status_derived, record.platform_status) == (status, True, ABSENT)
    assert (record.gross_paid, record.refunded) == (Decimal(gross), Decimal(refund))
    assert (record.province, record.city, record.has_address_problem) == ("上海", None, False)


@pytest.mark.parametrize(
    ("changes", "code", "column", "value"),
    [
        ({"订单编号": "3.5E+16"}, "id_damaged", "订单编号", "3.5E+16"),
        ({"订单编号": ""}, "id_missing", "订单编号", ""),
        ({"订单状态": "神秘状态"}, "status_unknown", "订单状态", "神秘状态"),
        ({"订单状态": ""}, "status_missing", "订单状态", ""),
        ({"总金额": "-1"}, "money_negative", "总金额", "-1"),
        ({"买家实际支付金额": "inf"}, "money_not_finite", "买家实际支付金额", "inf"),
        ({"订单创建时间": ""}, "time_missing", "订单创建时间", ""),
        ({"订单付款时间": "1970-01-01 00:00:00"}, "time_absurd", "订单付款时间", "1970-01-01 00:00:00"),
        ({"联系手机": "1.39E+10"}, "id_damaged", "联系手机", "***"),
        ({"收货人姓名": "某" * 201}, "text_too_long", "收货人姓名", "201 > 200"),
    ],
)
def test_bad_rows_name_the_column_and_mask_personal_values(changes, code, column, value):
    refused = parse_order(**changes)

    assert refused == RowError(2, code, column, value)
    assert column in refused.reason
    assert refused.as_dict() == {"line": 2, "reason": refused.reason}


def test_a_long_value_is_shortened_in_the_reason():
    assert parse_order(总金额="9" * 60 + "\n").value == "9" * 40 + "…"


def test_a_close_reason_without_a_status_closes():
    header = [name for name in headers()["order_list"][T3] if name != "订单状态"]

    assert parse_order(header, 订单关闭原因="买家不想买了").status == "closed"
    assert parse_order(订单状态="", 订单关闭原因="缺货").status == "closed"
    assert parse_order(订单关闭原因="缺货").close_reason == "缺货"


def test_cells_after_the_header_are_ignored_when_empty_and_refused_otherwise():
    header = headers()["order_list"][T3]
    parser = OrderListParser(recognise(header))
    cells = row(header, ORDER_CELLS)

    assert isinstance(parser.parse(2, [*cells, "", None]), OrderRecord)
    assert parser.parse(2, [*cells, "x"]) == RowError(2, "too_many_cells", "", "47 > 46")


def test_short_rows_are_filled_with_empty_cells():
    header = headers()["order_list"][T3]

    record = OrderListParser(recognise(header)).parse(2, row(header, ORDER_CELLS)[:30])

    assert (record.invoice_title, record.refunded) == (None, Decimal("0.00"))


def test_a_modified_address_takes_the_place_of_the_first():
    record = parse_order(修改后的收货地址="浙江省 杭州市 西湖区 某路2号")

    assert (record.province, record.city, record.district, record.street) == ("浙江", "杭州市", "西湖区", "某路2号")
    assert record.original_address == ORDER_CELLS["收货地址"]
    assert record.modified_address == "浙江省 杭州市 西湖区 某路2号"
    assert not record.has_address_problem


def test_a_modified_address_that_cannot_be_split_is_a_problem_for_a_person():
    record = parse_order(修改后的收货地址="改到公司")

    assert (record.province, record.original_address, record.has_address_problem) == ("广东", None, True)
    assert record.modified_address == "改到公司"


@pytest.mark.parametrize("address", ["某路1号", "广东省 广州市 越秀区"])
def test_an_address_without_province_or_street_is_a_problem(address):
    assert parse_order(收货地址=address).has_address_problem


def test_forbidden_orders_deposits_and_unpaid_balances_are_marked():
    assert parse_order(订单状态="已付款但禁止发货").forbids_shipping
    assert parse_order(宝贝标题="双11定金", 总金额="10.00").is_deposit
    assert parse_order(分阶段订单信息="阶段1:已付款;阶段2:未付款").is_balance_unpaid


def test_a_discount_difference_is_no_refund():
    record = parse_order(买家应付货款="100", 总金额="100", 买家实际支付金额="80", 退款金额="20")

    assert (record.paid, record.gross_paid, record.refunded, record.refund_kind) == (80, 80, 0, "discount")


def test_a_derived_status_never_ships_what_was_given_back_in_full():
    header = headers()["order_list"]["T9 2025-26"]

    record = parse_order(header, 买家应付货款="100", 总金额="100", 买家实付金额="0", 退款金额="100")

    assert record.status == "closed"


def test_further_known_columns_are_kept_when_they_say_something():
    record = parse_order(异常信息="地址变更", 卖家服务费="1.50", 是否上传小票="是")

    assert record.extra == {"卖家服务费": "1.5", "异常信息": "地址变更", "是否上传小票": "是"}


def test_remark_falls_back_to_its_second_column():
    header = headers()["order_list"]["T8 2021-22"]

    assert parse_order(header, 商家备忘="加急").remark == "加急"
    assert parse_order(header, 订单备注="先发", 商家备忘="加急").remark == "先发"


TYPED = {
    "订单编号": '="123456789012345"',
    "买家会员名": "10086",
    "买家应付货款": "178.80",
    "总金额": "178.80",
    "买家实际支付金额": "178.80",
    "联系手机": "13900000001",
    "宝贝总数量": "2",
    "卖家服务费": "1.50",
}
WORKBOOK = {
    "订单编号": 123456789012345,
    "买家会员名": 10086.0,
    "买家应付货款": 178.8,
    "总金额": 178.79999999999998,
    "买家实际支付金额": 178.8,
    "联系手机": 13900000001.0,
    "宝贝总数量": 2.0,
    "卖家服务费": 1.5,
    "买家留言": None,
    "订单创建时间": datetime.fromisoformat("2017-07-08 00:42:31.999999"),
    "订单付款时间": 42924.02961805556,
    "订单状态": "买家已付款,等待卖家发货",
}


def test_content_hash_is_equal_over_file_types_and_column_order():
    header = headers()["order_list"][T3]
    backwards = [name.strip() for name in reversed(header)]

    text, workbook, turned = parse_order(**TYPED), parse_order(**WORKBOOK), parse_order(backwards, **TYPED)

    assert text == workbook
    assert text.content_hash == turned.content_hash
    assert len(text.content_hash) == 32


@pytest.mark.parametrize("change", [{"订单备注": "加急"}, {"买家实际支付金额": "201.13"}, {"异常信息": "x"}])
def test_content_hash_differs_with_the_content(change):
    assert parse_order(**change).content_hash != parse_order().content_hash


@relaxed
@given(st.dictionaries(st.sampled_from(sorted(ORDER_CELLS)), RAW, max_size=8))
def test_parse_never_crashes(changes):
    result = parse_order(**changes)

    assert isinstance(result, OrderRecord | RowError)
    if isinstance(result, RowError):
        assert result.reason
