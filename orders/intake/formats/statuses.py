"""Status texts of the seller centre and its API as the statuses of this product. Unknown texts are unknown."""

import re
import unicodedata
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

PENDING_PAYMENT = "pending_payment"
PENDING_SHIPMENT = "pending_shipment"
PARTIALLY_SHIPPED = "partially_shipped"
SHIPPED = "shipped"
COMPLETED = "completed"
CLOSED = "closed"

CACHE_LIMIT = 1000
NOT_CLOSED = "订单未关闭"  # 订单关闭原因 of an open order
_FORBIDDEN = ("已付款但禁止发货", "PAID_FORBID_CONSIGN")

_TEXTS = {
    PENDING_PAYMENT: (
        "等待买家付款 待付款 未付款 等待付款 没有创建支付宝交易 余额宝0元购合约中 外卡支付付款确认中 "
        "WAIT_BUYER_PAY TRADE_NO_CREATE_PAY WAIT_PRE_AUTH_CONFIRM PAY_PENDING"
    ),
    PENDING_SHIPMENT: (
        "买家已付款等待卖家发货 买家已付款 已付款 待发货 等待卖家发货 等待发货 已付款但禁止发货 "
        "WAIT_SELLER_SEND_GOODS PAID_FORBID_CONSIGN"
    ),
    PARTIALLY_SHIPPED: "卖家部分发货 部分发货 SELLER_CONSIGNED_PART",
    SHIPPED: (
        "卖家已发货等待买家确认 卖家已发货等待买家确认收货 卖家已发货 已发货 待收货 等待买家确认收货 "
        "买家已签收(货到付款专用) 买家已签收 已签收 WAIT_BUYER_CONFIRM_GOODS TRADE_BUYER_SIGNED"
    ),
    COMPLETED: "交易成功 已收货 买家已收货 交易完成 已完成 待评价 已结算 TRADE_FINISHED",
    CLOSED: "交易关闭 已关闭 已取消 退款成功 TRADE_CLOSED TRADE_CLOSED_BY_TAOBAO",
}
_REFUND_TEXTS = {
    "": "没有申请退款 没有退款 未申请退款 无退款 无退款申请 无售后 无 - NO_REFUND",
    "open": (
        "买家已经申请退款等待卖家同意 买家申请退款等待卖家同意 等待卖家同意 待卖家处理 待商家处理 退款待处理 "
        "等待卖家处理退款申请 "
        "卖家已经同意退款等待买家退货 卖家已同意退款等待买家退货 等待买家退货 待买家退货 待买家发货 请退货 "
        "买家已经退货等待卖家确认收货 买家已退货等待卖家确认收货 等待卖家确认收货 待卖家收货 待商家收货 "
        "卖家拒绝退款 卖家已拒绝退款 卖家拒绝 商家已拒绝 卖家未收到货拒绝退款 退款中 退款处理中 申请退款中 售后中 "
        "等待卖家发货 等待卖家发出换货商品 等待买家确认换货 "
        "WAIT_SELLER_AGREE WAIT_BUYER_RETURN_GOODS WAIT_SELLER_CONFIRM_GOODS SELLER_REFUSE_BUYER "
        "WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS EXCHANGE_TRANSFORM_TO_REFUND WAIT_SELLER_CONSIGN_GOODS"
    ),
    "succeeded": "退款成功 退款完成 已退款 部分退款成功 全额退款成功 SUCCESS",
    "closed": "退款关闭 退款已关闭 退款取消 已取消退款 买家撤销退款 退款申请已撤销 CLOSED",
}
_SEPARATORS = re.compile(r"[\s,。;'\"=]+")


def _key(text: str) -> str:
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))


def _lookup(texts: dict[str, str]) -> dict[str, str]:
    return {_key(text): code for code, joined in texts.items() for text in joined.split()}


_STATUSES = _lookup(_TEXTS)
_REFUND_STATUSES = _lookup(_REFUND_TEXTS)


class PlatformStatus(NamedTuple):
    status: str
    forbids_shipping: bool  # paid, but the platform says not to ship: a hold


_known: dict[str, PlatformStatus] = {}


def status_of(text: str) -> PlatformStatus | None:
    """Return our status for the platform's text (commas full or half width), or None for a text never seen."""
    found = _known.get(text)
    if found is None:
        key = _key(text)
        status = _STATUSES.get(key)
        if status is None:
            return None
        found = _known[text] = PlatformStatus(status, key in _FORBIDDEN)
        if len(_known) > CACHE_LIMIT:
            _known.clear()
    return found


def canonical_status_text(text: str) -> str:
    """Write the platform's own text with its full-width comma, so that both spellings are the same content."""
    return text.replace(",", "，")


def refund_status_of(text: str) -> str | None:
    """Return '', open, succeeded or closed for a refund state of a detail row, or None for a text never seen."""
    return _REFUND_STATUSES.get(_key(text))


def is_close_reason(text: object) -> bool:
    return isinstance(text, str) and text != NOT_CLOSED


class Facts(NamedTuple):
    """What a row without a status says about its state."""

    is_paid: bool
    is_nothing_left: bool  # paid once, and all of it came back
    is_closed: bool  # it names a close reason
    is_shipped: bool  # it has a tracking number or a shipping time
    completed_at: datetime | None


def derive_status(facts: Facts) -> str:
    """Derive the status of a row whose file has no status column.

    The first rule that holds decides:

    1. a close reason other than 订单未关闭, or a payment that was refunded in full: closed;
    2. a time of confirmation: completed;
    3. no payment: pending_payment, however old the order is (only the platform closes it);
    4. a tracking number or a shipping time: shipped;
    5. otherwise it is paid and not (fully) refunded: pending_shipment.

    A partial refund changes nothing: the rest still ships.
    """
    if facts.is_closed or (facts.is_paid and facts.is_nothing_left):
        return CLOSED
    if facts.completed_at is not None:
        return COMPLETED
    if not facts.is_paid:
        return PENDING_PAYMENT
    return SHIPPED if facts.is_shipped else PENDING_SHIPMENT


_METHODS = (
    ("cod", ("货到付款",)),
    ("wechat", ("微信",)),
    ("huabei", ("花呗",)),
    ("credit_card", ("信用卡",)),
    ("bank_card", ("储蓄卡", "借记卡", "银行", "网银", "快捷")),
    ("alipay", ("支付宝", "余额", "alipay")),
)


def payment_method(detail: str | None, *, has_alipay: bool) -> str | None:
    """Guess the payment method from 支付详情 (its texts are unverified), else from an Alipay account or number."""
    method = _method_in(detail) if detail else None
    if method is None and has_alipay:
        return "alipay"
    return method or ("other" if detail else None)


@lru_cache(maxsize=CACHE_LIMIT)
def _method_in(detail: str) -> str | None:
    lowered = detail.lower()
    return next((method for method, words in _METHODS if any(word in lowered for word in words)), None)


_BALANCE = re.compile(
    r"(尾款|阶段[2二]|第[2二]阶段)[^0-9;]{0,12}?(未付|待付|未支付|待支付|等待买家付)|FRONT_PAID_FINAL_NOPAID"
)


def is_balance_unpaid(stage_info: object) -> bool:
    """Tell whether 分阶段订单信息 says that a presale's balance is still to be paid (its wording is unverified)."""
    return isinstance(stage_info, str) and bool(_BALANCE.search(stage_info.replace(" ", "")))


_DEPOSIT_WORDS = re.compile("定金|订金|预|券")
_DEPOSIT_CEILING = Decimal("10.1")


def is_deposit(title: object, amount: object) -> bool:
    """Tell whether an order only buys a deposit or voucher: such words in its title, and under 10.10 yuan."""
    return (
        isinstance(amount, Decimal)
        and amount < _DEPOSIT_CEILING
        and isinstance(title, str)
        and _DEPOSIT_WORDS.search(title) is not None
    )
