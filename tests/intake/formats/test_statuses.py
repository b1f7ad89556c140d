from datetime import UTC, datetime
from decimal import Decimal

import pytest

from orders.core.statuses import OrderStatus, RefundStatus
from orders.intake.formats import refund_status_of, status_of, statuses
from orders.intake.formats.statuses import Facts, derive_status

AT = datetime(2020, 2, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("等待买家付款", "pending_payment"),
        ("没有创建支付宝交易", "pending_payment"),
        ("余额宝0元购合约中", "pending_payment"),
        ("外卡支付付款确认中", "pending_payment"),
        ("买家已付款，等待卖家发货", "pending_shipment"),
        ("买家已付款,等待卖家发货", "pending_shipment"),
        ("买家已付款, 等待卖家发货", "pending_shipment"),
        ("卖家部分发货", "partially_shipped"),
        ("卖家已发货，等待买家确认", "shipped"),
        ("卖家已发货,等待买家确认", "shipped"),
        ("买家已签收（货到付款专用）", "shipped"),
        ("买家已签收(货到付款专用)", "shipped"),
        ("已签收", "shipped"),
        ("交易成功", "completed"),
        ("已收货", "completed"),
        ("买家已收货", "completed"),
        ("交易完成", "completed"),
        ("已完成", "completed"),
        ("待评价", "completed"),
        ("已结算", "completed"),
        ("交易关闭", "closed"),
        ("退款成功", "closed"),
        ("WAIT_BUYER_PAY", "pending_payment"),
        ("TRADE_NO_CREATE_PAY", "pending_payment"),
        ("PAY_PENDING", "pending_payment"),
        ("WAIT_PRE_AUTH_CONFIRM", "pending_payment"),
        ("WAIT_SELLER_SEND_GOODS", "pending_shipment"),
        ("SELLER_CONSIGNED_PART", "partially_shipped"),
        ("WAIT_BUYER_CONFIRM_GOODS", "shipped"),
        ("TRADE_BUYER_SIGNED", "shipped"),
        ("TRADE_FINISHED", "completed"),
        ("TRADE_CLOSED", "closed"),
        ("TRADE_CLOSED_BY_TAOBAO", "closed"),
    ],
)
def test_status_of_knows_every_text(text, status):
    assert status_of(text) == (status, False)
    assert status in OrderStatus.values


@pytest.mark.parametrize("text", ["已付款但禁止发货", "PAID_FORBID_CONSIGN"])
def test_status_of_says_where_the_platform_forbids_shipping(text):
    assert status_of(text) == ("pending_shipment", True)


@pytest.mark.parametrize("text", ["", "神秘状态", "买家"])
def test_status_of_an_unknown_text_is_none(text):
    assert status_of(text) is None


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("没有申请退款", ""),
        ("无退款", ""),
        ("NO_REFUND", ""),
        ("买家已经申请退款，等待卖家同意", "open"),
        ("卖家已经同意退款，等待买家退货", "open"),
        ("买家已经退货，等待卖家确认收货", "open"),
        ("卖家拒绝退款", "open"),
        ("退款成功", "succeeded"),
        ("SUCCESS", "succeeded"),
        ("退款关闭", "closed"),
        ("CLOSED", "closed"),
    ],
)
def test_refund_status_of_knows_every_text(text, status):
    assert refund_status_of(text) == status
    assert status in RefundStatus.values


def test_refund_status_of_an_unknown_text_is_none():
    assert refund_status_of("神秘状态") is None


PAID = Facts(is_paid=True, is_nothing_left=False, is_closed=False, is_shipped=False, completed_at=None)


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        (PAID, "pending_shipment"),
        (PAID._replace(is_paid=False), "pending_payment"),
        (PAID._replace(is_nothing_left=True), "closed"),
        (PAID._replace(is_closed=True), "closed"),
        (PAID._replace(is_paid=False, is_closed=True), "closed"),
        (PAID._replace(is_shipped=True), "shipped"),
        (PAID._replace(is_shipped=True, completed_at=AT), "completed"),
        (PAID._replace(is_shipped=True, completed_at=AT, is_nothing_left=True), "closed"),
    ],
)
def test_derive_status_follows_its_rule(facts, status):
    assert derive_status(facts) == status


@pytest.mark.parametrize(
    ("title", "amount", "is_deposit"),
    [
        ("双11定金 羽绒服", "10.00", True),
        ("订金链接", "1.00", True),
        ("预售补差", "9.99", True),
        ("满减券", "0.01", True),
        ("双11定金 羽绒服", "10.10", False),
        ("羽绒服", "1.00", False),
    ],
)
def test_is_deposit_needs_the_word_and_the_small_amount(title, amount, is_deposit):
    assert statuses.is_deposit(title, Decimal(amount)) is is_deposit


@pytest.mark.parametrize(
    ("stage", "is_unpaid"),
    [
        ("阶段1:已付款;阶段2:未付款", True),
        ("定金已付，尾款待支付", True),
        ("FRONT_PAID_FINAL_NOPAID", True),
        ("阶段1:已付款;阶段2:已付款", False),
        (None, False),
    ],
)
def test_is_balance_unpaid_reads_the_second_stage(stage, is_unpaid):
    assert statuses.is_balance_unpaid(stage) is is_unpaid


@pytest.mark.parametrize(
    ("detail", "has_alipay", "method"),
    [
        ("花呗分期 12.00", True, "huabei"),
        ("微信支付", False, "wechat"),
        ("招商银行储蓄卡", True, "bank_card"),
        ("支付宝余额", False, "alipay"),
        (None, True, "alipay"),
        (None, False, None),
        ("说不清", False, "other"),
    ],
)
def test_payment_method_is_guessed_from_the_detail(detail, has_alipay, method):
    assert statuses.payment_method(detail, has_alipay=has_alipay) == method
