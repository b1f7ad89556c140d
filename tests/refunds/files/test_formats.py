"""Refund lists of every generation, with the oddities that their cells have; pure functions."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from aftersales.refunds.files.formats import BadRow, CaseParser, open_refund_list, read_rows
from aftersales.refunds.files.headers import VARIANTS, recognise
from aftersales.refunds.files.records import as_json, from_json
from aftersales.refunds.reasons import reason_kind_of
from orders.intake.engine import ImportRefused
from orders.intake.formats import RowError
from tests.factories import NOON
from tests.refunds.files.sheets import HEADERS, R1, R3, SECRETS, cells, sheet

SHANGHAI = ZoneInfo("Asia/Shanghai")


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def parse(header=R3, **values):
    return CaseParser(recognise(header)).parse(2, cells(header, **values), snapshot_at=NOON)


def written(tmp_path, content, name="refunds.csv"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(("variant", "count"), [("R1", 39), ("R2", 42), ("R3", 51)])
def test_every_header_is_recognised_whole(variant, count):
    header = HEADERS[variant]

    match = recognise(header)

    assert (len(header), match.variant, match.refusal) == (count, variant, None)
    assert (match.missing, match.unknown, match.duplicates) == ((), (), ())
    assert len(VARIANTS[variant]) == count


@pytest.mark.parametrize("variant", ["R1", "R2", "R3"])
def test_every_header_gives_the_same_case(variant):
    header = HEADERS[variant]

    record = parse(header)

    assert (record.number, record.order_number, record.status, record.kind) == (
        "70001", "A1", "requested", "refund_only",
    )  # fmt: skip
    assert (record.amount, record.requested_at) == (Decimal("60.00"), moment("2026-06-01 11:00:00"))
    assert (record.deadline, record.finished_at) == (moment("2026-06-03 11:00:00"), None)
    assert (record.goods, record.phase, record.intervention) == ("received", "on_sale", 1)
    assert record.product_id == ("680000000001" if variant == "R3" else "")


@pytest.mark.parametrize("variant", ["R1", "R2", "R3"])
def test_people_of_the_shop_are_nowhere_in_a_record(variant):
    record = parse(HEADERS[variant], 退货物流信息="钱掌柜 13777778888", 发货物流信息="文三路90号")

    kept = str(as_json(record))

    assert [secret for secret in SECRETS if secret in kept] == []


def test_columns_in_any_order_with_spaces_and_unknown_ones():
    header = [f" {name} " for name in reversed(R3)] + ["新列"]

    match = recognise(header)
    record = CaseParser(match).parse(2, cells(header), snapshot_at=NOON)

    assert match.unknown == ("新列",)
    assert record == parse()


def test_digest_is_the_same_over_column_order_and_time():
    header = list(reversed(R3))

    other = CaseParser(recognise(header)).parse(9, cells(header), snapshot_at=moment("2026-01-01 00:00:00"))

    assert other.digest == parse().digest


@pytest.mark.parametrize(
    ("values", "field", "found"),
    [
        ({"退款编号": "'70001"}, "number", "70001"),
        ({"订单编号": '="3552601808315901601"'}, "order_number", "3552601808315901601"),
        ({"买家退款金额": "¥1,234.50"}, "amount", Decimal("1234.50")),
        ({"买家退款金额": "60元"}, "amount", Decimal("60.00")),
        ({"买家退款金额": '"60"'}, "amount", Decimal("60.00")),
        ({"退款的申请时间": "2026/6/1 11:00"}, "requested_at", moment("2026-06-01 11:00:00")),
        ({"退款的申请时间": "null"}, "requested_at", None),
        ({"超时时间": "还剩2天3小时"}, "deadline", None),
        ({"退货物流单号": "No:sf1234567890123", "退货物流公司": "顺丰速运"}, "return_number", "SF1234567890123"),
        ({"退货物流单号": "No:sf1234567890123", "退货物流公司": "顺丰速运"}, "return_courier", "SF"),
        ({"退货物流单号": "SF1234567890123", "退货物流公司": "邻居捎带"}, "return_courier", "邻居捎带"),
        ({"退货物流单号": "无需物流"}, "return_number", ""),
        ({"买家退款说明": "NULL"}, "text", ""),
        ({"客服介入状态": "客服已经介入"}, "intervention", 3),
        ({"客服介入状态": "开放申诉"}, "intervention", 11),
        ({"客服介入状态": "全新的词"}, "intervention", None),
        ({"售中或售后": "售后"}, "phase", "after_sale"),
        ({"货物状态": "买家已退货"}, "goods", "returned"),
        ({"货物状态": "没听过"}, "goods", ""),
        ({"责任方": "卖家责任"}, "liability", "卖家责任"),
    ],
)
def test_cell_is_read_as_people_mean_it(values, field, found):
    assert getattr(parse(**values), field) == found


@pytest.mark.parametrize(
    ("values", "column", "code"),
    [
        ({"退款编号": ""}, "退款编号", "id_missing"),
        ({"退款编号": "7.0001E+16"}, "退款编号", "id_damaged"),
        ({"订单编号": '=""'}, "订单编号", "id_missing"),
        ({"订单编号": "3.5526E+18"}, "订单编号", "id_damaged"),
        ({"买家退款金额": ""}, "买家退款金额", "text_missing"),
        ({"买家退款金额": "-1"}, "买家退款金额", "money_negative"),
        ({"买家退款金额": "nan"}, "买家退款金额", "money_not_finite"),
        ({"买家退款金额": "1.005"}, "买家退款金额", "money_precision"),
        ({"买家退款金额": "很多"}, "买家退款金额", "money_illegal"),
        ({"退款状态": ""}, "退款状态", "status_missing"),
        ({"退款状态": "外星状态"}, "退款状态", "status_unknown"),
        ({"售后类型": "外星类型"}, "售后类型", "status_unknown"),
        ({"退款的申请时间": "昨天"}, "退款的申请时间", "time_illegal"),
    ],
)
def test_bad_cell_is_refused_with_its_column(values, column, code):
    error = parse(**values)

    assert isinstance(error, RowError)
    assert (error.line, error.column, error.code) == (2, column, code)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("买家已经申请退款，等待卖家同意", "requested"), ("买家已经申请退款,等待卖家同意", "requested"),
        ("待商家处理", "requested"), ("WAIT_SELLER_AGREE", "requested"),
        ("卖家已经同意退款，等待买家退货", "awaiting_return"), ("WAIT_BUYER_RETURN_GOODS", "awaiting_return"),
        ("买家已经退货，等待卖家确认收货", "awaiting_receipt"), ("待商家收货", "awaiting_receipt"),
        ("WAIT_SELLER_CONFIRM_GOODS", "awaiting_receipt"),
        ("卖家拒绝退款", "refused"), ("SELLER_REFUSE_BUYER", "refused"),
        ("退款关闭", "closed"), (" 退款关闭 ", "closed"), ("CLOSED", "closed"),
        ("退款成功", "succeeded"), ("SUCCESS", "succeeded"), ("换货成功", "succeeded"),
        ("WAIT_SELLER_CONSIGN_GOODS", "awaiting_outbound"), ("商家确认收货等待商家发货", "awaiting_outbound"),
        ("WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS", "awaiting_buyer"),
    ],
)  # fmt: skip
def test_state_is_told_from_every_wording(word, status):
    assert parse(退款状态=word).status == status


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("仅退款", "refund_only"), ("退货退款", "return_refund"), ("换货", "exchange"), ("维修", "repair"),
        ("补寄", "reship"), ("其他", "refund_only"), ("OTHERS", "refund_only"),
    ],
)  # fmt: skip
def test_kind_is_told_and_its_words_are_kept(word, kind):
    record = parse(售后类型=word)

    assert (record.kind, record.platform_kind) == (kind, word)


@pytest.mark.parametrize(
    ("needs", "status", "kind"),
    [
        ("需要", "退款成功", "return_refund"),
        ("是", "退款成功", "return_refund"), ("不需要", "退款成功", "refund_only"),
        ("", "退款成功", "refund_only"), ("", "买家已经退货，等待卖家确认收货", "return_refund"),
        ("", "卖家已经同意退款，等待买家退货", "return_refund"),
    ],
)  # fmt: skip
def test_old_lists_tell_the_kind_by_whether_goods_come_back(needs, status, kind):
    assert parse(R1, 是否需要退货=needs, 退款状态=status).kind == kind


@pytest.mark.parametrize(
    ("kind", "goods", "wanted"),
    [
        ("换货", "买家已收到货", ("return_refund", "requested")),
        ("换货", "买家已退货", ("return_refund", "awaiting_receipt")),
        ("补寄", "买家已收到货", ("refund_only", "requested")),
        ("", "", ("return_refund", "requested")),
    ],
)
def test_exchange_that_became_a_refund_turns_its_kind(kind, goods, wanted):
    record = parse(售后类型=kind, 货物状态=goods, 退款状态="EXCHANGE_TRANSFORM_TO_REFUND")

    assert (record.kind, record.status) == wanted
    assert (record.amount, record.platform_status) == (Decimal("60.00"), "EXCHANGE_TRANSFORM_TO_REFUND")


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("多拍/错拍/不想要", "changed_mind"), ("7天无理由退换货", "seven_days"), ("质量问题", "quality"),
        ("不喜欢/效果不好", "changed_mind"), ("货物与描述不符", "not_as_described"), ("收到商品少件/破损", "missing"),
        ("卖家发错货", "wrong_item"), ("快递/物流一直未收到", "not_arrived"), ("未按约定时间发货", "late"),
        ("假冒品牌", "counterfeit"), ("退运费", "freight"), ("发票问题", "invoice"), ("其他", "other"),
    ],
)  # fmt: skip
def test_reason_of_the_platform_is_sorted(reason, kind):
    assert (parse(买家退款原因=reason).reason, reason_kind_of(reason)) == (reason, kind)


def test_money_of_an_exchange_is_none():
    assert parse(售后类型="换货").amount == Decimal("0.00")


def test_finished_case_has_an_end_and_no_deadline():
    record = parse(退款状态="退款成功", 退款完结时间="", 完结时间="2026-06-02 09:30:00")

    assert (record.finished_at, record.deadline) == (moment("2026-06-02 09:30:00"), None)


def test_further_columns_are_kept_masked_and_empty_ones_are_not():
    record = parse(商家备注="联系 13812345678", 举证超时="null", 小额收款="", 智能退款策略="极速退")

    assert record.extra == {
        "手工退款/系统退款": "手工退款", "部分退款/全部退款": "部分退款", "商家备注": "联系 138****5678",
        "智能退款策略": "极速退",
    }  # fmt: skip


def test_record_survives_being_kept():
    record = parse(退货物流单号="SF1234567890123")

    kept = from_json(as_json(record))

    assert kept == record
    assert kept.digest == record.digest


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig"])
def test_file_is_read_in_every_encoding(tmp_path, encoding):
    path = written(tmp_path, sheet(cells(), cells(退款编号="70002", 买家退款金额="x"), encoding=encoding))

    table, match = open_refund_list(path, name=path.name)
    with table:
        rows = [(line, row) for line, row, _cells in read_rows(table, match, snapshot_at=NOON)]

    assert [line for line, _row in rows] == [2, 3]
    assert rows[0][1] == parse()
    assert isinstance(rows[1][1], BadRow)


@pytest.mark.parametrize(
    ("header", "named"),
    [
        (["订单编号", "买家会员名", "总金额"], "退款编号"),
        (["退款编号", "订单编号", "退款状态"], "买家退款金额"),
        (["退款编号", "订单编号", "买家退款金额"], "退款状态"),
    ],
)
def test_file_without_what_makes_a_case_is_refused(tmp_path, header, named):
    path = written(tmp_path, sheet(["1"] * len(header), header=header))

    with pytest.raises(ImportRefused, match=named):
        open_refund_list(path, name=path.name)
