"""A trade of the platform as the rows that the importer reads."""

from datetime import timedelta

import pytest

from orders.intake.formats import DetailParser, OrderListParser, recognise, status_of
from orders.platforms.memos import MEMO_BYTES, Line, compose, was_written_here
from orders.platforms.top.rows import (
    DETAIL_HEADER,
    LIST_HEADER,
    STATUS_TEXTS,
    line_cells,
    list_cells,
    receiver_is_hidden,
    status_text,
)
from orders.platforms.top.shapes import flag_of, id_of, items, unknown_fields
from tests.factories import NOON

PLACE = {"receiver_state": "浙江省", "receiver_city": "杭州市", "receiver_district": "西湖区"}
TRADE = {
    "tid": 3552600000000001, "status": "WAIT_SELLER_SEND_GOODS", "created": "2026-06-01 12:00:00", "payment": "68.00",
    "post_fee": "8.00", "total_fee": "60.00",
    "orders": {"order": [{"oid": 3552600000000001, "title": "真丝连衣裙", "num": 1, "price": "60.00"}]},
}  # fmt: skip


def record(**values):
    return OrderListParser(recognise(LIST_HEADER)).parse(2, list_cells(TRADE | values, memo=""))


def test_headers_are_those_of_the_files():
    assert [recognise(header).kind for header in (LIST_HEADER, DETAIL_HEADER)] == ["order_list", "order_detail"]
    assert not recognise(LIST_HEADER).unknown
    assert not recognise(DETAIL_HEADER).unknown


def test_every_status_of_the_platform_is_known():
    for code, text in STATUS_TEXTS.items():
        assert status_of(text) == status_of(code)
    assert status_text("ON_THE_MOON") == "ON_THE_MOON"


@pytest.mark.parametrize(
    ("values", "place"),
    [
        (PLACE | {"receiver_address": "文三路 1 号"}, ("浙江", "杭州市", "西湖区", "文三路 1 号")),
        (PLACE | {"receiver_address": "浙江省杭州市西湖区文三路 1 号"}, ("浙江", "杭州市", "西湖区", "文三路 1 号")),
        (
            PLACE | {"receiver_address": "1 号", "receiver_town": "文新街道"},
            ("浙江", "杭州市", "西湖区", "文新街道 1 号"),
        ),
        (
            {"receiver_state": "河南省", "receiver_district": "济源市", "receiver_address": "1 号"},
            ("河南", "济源市", "济源市", "1 号"),
        ),
        (
            {
                "receiver_state": "上海",
                "receiver_city": "上海市",
                "receiver_district": "徐汇区",
                "receiver_address": "**",
            },
            ("上海", "上海市", "徐汇区", "**"),
        ),
        ({}, (None, None, None, None)),
    ],
)
def test_address_is_split_as_in_files(values, place):
    found = record(**values)

    assert (found.province, found.city, found.district, found.street) == place


@pytest.mark.parametrize(
    ("step", "waits"), [("FRONT_PAID_FINAL_NOPAID", True), ("FRONT_PAID_FINAL_PAID", False), (None, False)]
)
def test_balance_of_a_presale_that_is_not_paid_is_seen(step, waits):
    assert record(step_trade_status=step).is_balance_unpaid is waits


def test_platform_that_forbids_shipping_is_heard():
    assert record(status="PAID_FORBID_CONSIGN").forbids_shipping


def test_freight_is_not_goods():
    assert str(record().payable) == "60.00"


def test_line_has_its_own_number_state_and_refund():
    trade = TRADE | {
        "orders": {"order": {"oid": 7, "title": "x", "status": "TRADE_CLOSED", "refund_status": "SUCCESS"}}
    }

    line = DetailParser(recognise(DETAIL_HEADER)).parse(2, line_cells(trade)[0])

    assert (line.oid, line.number, line.status, line.refund_status) == ("7", "3552600000000001", "closed", "succeeded")


@pytest.mark.parametrize(
    ("trade", "is_hidden"),
    [({"receiver_name": "张*"}, True), ({"receiver_mobile": "~abc~1~"}, True), ({"receiver_name": "张三"}, False)],
)
def test_hidden_receivers_are_told_apart(trade, is_hidden):
    assert receiver_is_hidden(trade) is is_hidden


def test_odd_shapes_are_read():
    assert items({}, "trades", "trade") == []
    assert items({"trades": {}}, "trades", "trade") == []
    assert items({"trades": {"trade": {"tid": 1}}}, "trades", "trade") == [{"tid": 1}]
    assert items({"trades": [{"tid": 1}]}, "trades", "trade") == [{"tid": 1}]
    assert [id_of(item, "tid") for item in ({"tid": 1}, {"tid": 1, "tid_str": "2"}, {"tid": 1.5}, {})] == [
        "1", "2", "", "",
    ]  # fmt: skip
    assert [flag_of({"seller_flag": flag}) for flag in (3, "4", None, 9, "x")] == [3, 4, 0, 0, 0]
    assert unknown_fields(TRADE | {"brand_new": 1}) == {"brand_new"}


def line(text, minute, *, is_platforms=False, withdrawn=None):
    at = NOON + timedelta(minutes=minute)
    return Line(text, is_platforms, at, withdrawn and NOON + timedelta(minutes=withdrawn))


def test_memo_holds_ours_before_the_platforms():
    lines = [line("新", 3), line("平台", 2, is_platforms=True), line("旧", 1), line("没了", 0, withdrawn=1)]

    assert compose(lines) == "新\n旧\n平台"
    assert compose(lines, base="别的\n旧") == "新\n别的\n旧"


def test_memo_is_cut_at_a_character():
    memo = compose([line("长" * 400, 0)])

    assert (len(memo.encode()), memo) == (999, "长" * 333)
    assert len(memo.encode()) <= MEMO_BYTES


def test_memo_of_any_earlier_state_is_known_as_ours():
    lines = [line("三", 5), line("二", 2, withdrawn=4), line("一", 1)]

    assert all(was_written_here(memo, lines) for memo in ("一", "二\n一", "三\n一", "", " 三 \n一\n"))
    assert not any(was_written_here(memo, lines) for memo in ("二", "三\n二\n一", "四"))
