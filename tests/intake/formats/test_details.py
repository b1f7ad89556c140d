from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.intake.formats import (
    ABSENT,
    DetailParser,
    LineRecord,
    RowError,
    line_identity,
    recognise,
    specification,
    synthetic_oid,
)
from orders.intake.formats.details import CONVERTERS, PASSED, RawLine
from tests.intake.formats.builders import LINE_CELLS, headers, parse_line, relaxed, row
from tests.intake.formats.test_cells import RAW

D1 = "D1 2010-19"


def test_fields_line_up_with_the_converters():
    assert RawLine._fields == tuple(CONVERTERS)
    assert LineRecord._fields[-len(PASSED) :] == PASSED


def test_line_of_2017_with_its_trailing_comma_is_read():
    header = headers()["order_detail"][D1]

    record = DetailParser(recognise(header)).parse(2, [*row(header, LINE_CELLS), ""])

    assert (record.number, record.oid, record.title, record.quantity) == ("35526018159083016", None, "雪平锅", 1)
    assert (record.price, record.paid, record.refunded) == (Decimal("239.00"), ABSENT, ABSENT)
    assert (record.spec, record.sku_code, record.status) == ("颜色分类:20厘米锅", "YO-PAN-20", "pending_shipment")
    assert (record.platform_status, record.refund_status) == ("买家已付款，等待卖家发货", ABSENT)


def test_line_of_2022_has_its_own_number_and_the_main_one():
    record = parse_line(物流单号="No:YT6900634716900", 物流公司="圆通速递", 主订单备注="加急", 主订单买家留言="要礼盒")

    assert (record.number, record.oid, record.product_id) == ("35526018159083016", "35526018159083017", "520000000001")
    assert (record.tracking_numbers, record.courier_name) == (("YT6900634716900",), "圆通速递")
    assert (record.remark, record.buyer_note, record.refund_status) == ("加急", "要礼盒", "")


@pytest.mark.parametrize(
    ("text", "status", "refunded", "open_amount"),
    [
        ("退款成功", "succeeded", "30.00", "0.00"),
        ("买家已经申请退款，等待卖家同意", "open", "0.00", "30.00"),
        ("退款关闭", "closed", "0.00", "0.00"),
        ("没有申请退款", "", "0.00", "0.00"),
        ("", "", "0.00", "0.00"),
    ],
)
def test_refund_facts_follow_the_refund_status(text, status, refunded, open_amount):
    record = parse_line(退款状态=text, 退款金额="30.00")

    assert (record.refund_status, record.refunded, record.refund_open) == (
        status,
        Decimal(refunded),
        Decimal(open_amount),
    )
    assert record.refund_amount == Decimal("30.00")


def test_refund_amount_without_a_status_column_is_a_refund_unless_it_is_a_discount():
    header = [name for name in headers()["order_detail"]["D2 2021-22"] if name != "退款状态"]

    refund = parse_line(header, 退款金额="30.00")
    discount = parse_line(header, 买家应付货款="231.12", 退款金额="30.00")

    assert (refund.refund_status, refund.refunded) == ("succeeded", Decimal("30.00"))
    assert (discount.refund_status, discount.refunded) == ("", Decimal("0.00"))


@pytest.mark.parametrize(
    ("changes", "code", "column"),
    [
        ({"主订单编号": "3.5E+16"}, "id_damaged", "主订单编号"),
        ({"主订单编号": ""}, "id_missing", "主订单编号"),
        ({"子订单编号": ""}, "id_missing", "子订单编号"),
        ({"标题": ""}, "text_missing", "标题"),
        ({"购买数量": "0"}, "count_too_small", "购买数量"),
        ({"购买数量": ""}, "count_too_small", "购买数量"),
        ({"购买数量": "1.5"}, "count_illegal", "购买数量"),
        ({"价格": "-1"}, "money_negative", "价格"),
        ({"订单状态": "神秘状态"}, "status_unknown", "订单状态"),
        ({"退款状态": "神秘状态"}, "status_unknown", "退款状态"),
    ],
)
def test_bad_lines_name_the_column(changes, code, column):
    refused = parse_line(**changes)

    assert (refused.code, refused.column) == (code, column)
    assert column in refused.reason


@pytest.mark.parametrize(
    ("text", "spec", "pairs"),
    [
        ("颜色分类：20厘米锅-不含盖", "颜色分类:20厘米锅-不含盖", (("颜色分类", "20厘米锅-不含盖"),)),
        (
            "颜色分类:黑色[现货];安装方式:壁挂",
            "颜色分类:黑色;安装方式:壁挂",
            (("颜色分类", "黑色"), ("安装方式", "壁挂")),
        ),
        ("颜色：红；尺码：L；", "颜色:红;尺码:L", (("颜色", "红"), ("尺码", "L"))),
        ("颜色分类:[特价]", "颜色分类:[特价]", (("颜色分类", "[特价]"),)),
        ("比例:1:2", "比例:1:2", (("比例", "1:2"),)),
        ("均码", "均码", (("", "均码"),)),
    ],
)
def test_specification_is_normalised_and_split(text, spec, pairs):
    assert specification(text) == (spec, pairs)


def test_synthetic_oid_tells_equal_lines_apart_and_is_stable():
    header = headers()["order_detail"][D1]
    identity = line_identity(parse_line(header))

    assert identity == ("35526018159083016", "YO-PAN-20", "颜色分类:20厘米锅", "雪平锅")
    assert synthetic_oid(identity, 1) == synthetic_oid(identity, 1) != synthetic_oid(identity, 2)
    assert len(synthetic_oid(identity, 1)) == 32
    assert synthetic_oid(identity, 1) != synthetic_oid(line_identity(parse_line(header, 标题="另一口锅")), 1)


def test_sold_items_list_falls_back_to_the_columns_it_has():
    header = ["订单编号", "买家会员名", "商品标题", "购买数量", "外部系统编号"]

    record = parse_line(header, 订单编号="1", 买家会员名="tb1", 商品标题="锅", 购买数量="2", 外部系统编号="A-1")

    assert (record.number, record.oid, record.quantity, record.sku_code, record.buyer_nick) == (
        "1",
        None,
        2,
        "A-1",
        "tb1",
    )
    assert (record.status, record.placed_at) == (ABSENT, ABSENT)


@relaxed
@given(st.dictionaries(st.sampled_from(sorted(LINE_CELLS)), RAW, max_size=8))
def test_parse_never_crashes(changes):
    assert isinstance(parse_line(**changes), LineRecord | RowError)
