"""A trade of the platform as rows of an order list and an order detail: what the importer reads."""

from collections.abc import Callable, Mapping
from typing import Any

from orders.platforms.top.shapes import id_of, items

Trade = Mapping[str, Any]
LIST_HEADER = (
    "订单编号", "买家会员名", "买家应付货款", "买家应付邮费", "总金额", "买家实际支付金额", "订单状态", "买家留言",
    "收货人姓名", "收货地址", "运送方式", "联系电话", "联系手机", "订单创建时间", "订单付款时间", "宝贝标题",
    "宝贝种类", "宝贝总数量", "物流单号", "物流公司", "订单备注", "发货时间", "确认收货时间", "打款商家金额",
    "支付单号", "分阶段订单信息", "应发货时间",
)  # fmt: skip
DETAIL_HEADER = (
    "子订单编号", "主订单编号", "标题", "价格", "购买数量", "商家编码", "商品属性", "订单状态", "买家应付货款",
    "买家实际支付金额", "退款状态", "商品id", "订单创建时间", "订单付款时间", "发货时间", "物流单号", "物流公司",
    "分阶段订单信息",
)  # fmt: skip
NEEDED = ("status", "created", "modified", "payment", "orders")
# as the platform's files write them, which is what staff read; one that is not here is not known anywhere
STATUS_TEXTS = {
    "WAIT_BUYER_PAY": "等待买家付款",
    "WAIT_SELLER_SEND_GOODS": "买家已付款，等待卖家发货",
    "SELLER_CONSIGNED_PART": "卖家部分发货",
    "WAIT_BUYER_CONFIRM_GOODS": "卖家已发货，等待买家确认",
    "TRADE_BUYER_SIGNED": "买家已签收（货到付款专用）",
    "TRADE_FINISHED": "交易成功",
    "TRADE_CLOSED": "交易关闭",
    "TRADE_CLOSED_BY_TAOBAO": "交易关闭",
    "TRADE_NO_CREATE_PAY": "没有创建支付宝交易",
    "WAIT_PRE_AUTH_CONFIRM": "余额宝0元购合约中",
    "PAY_PENDING": "外卡支付付款确认中",
    "PAID_FORBID_CONSIGN": "已付款但禁止发货",
}
_DELIVERIES = {"free": "卖家包邮", "post": "平邮", "express": "快递", "ems": "EMS", "virtual": "虚拟发货"}
_TITLE = 500
_CIPHERED = ("~", "$")
_FINISHED = "TRADE_FINISHED"


def list_cells(trade: Trade, *, memo: str) -> list[Any]:
    """Return the row of the order list; `memo` is what of the remark was written on the platform."""
    orders = items(trade, "orders", "order")
    values: dict[str, Any] = {
        "订单编号": id_of(trade, "tid"),
        "买家应付货款": _payable(trade),
        "收货地址": _address(trade),
        "宝贝标题": "，".join(_text(order, "title") for order in orders)[:_TITLE],
        "宝贝种类": str(len(orders)),
        "宝贝总数量": str(sum(_count(order) for order in orders)),
        "物流单号": ",".join(dict.fromkeys(filter(None, (_text(order, "invoice_no") for order in orders)))),
        "物流公司": next(filter(None, (_text(order, "logistics_company") for order in orders)), ""),
        "订单备注": memo,
        "订单状态": status_text(_text(trade, "status")),
        "运送方式": _DELIVERIES.get(_text(trade, "shipping_type"), _text(trade, "shipping_type")),
        "确认收货时间": _text(trade, "end_time") if trade.get("status") == _FINISHED else "",
    }
    return [values[name] if name in values else _text(trade, _PLAIN[name]) for name in LIST_HEADER]


def line_cells(trade: Trade) -> list[list[Any]]:
    """Return the rows of the order detail."""
    return [
        [make(trade, order) for make in _LINE] for order in items(trade, "orders", "order")
    ]  # fmt: skip


def status_text(code: str) -> str:
    return STATUS_TEXTS.get(code, code)


def receiver_is_hidden(trade: Trade) -> bool:
    """Tell whether names, numbers or street are masked or ciphered: two of them that look alike prove nothing."""
    values = [_text(trade, f"receiver_{part}") for part in ("name", "mobile", "phone", "address")]
    return any("*" in value or value.startswith(_CIPHERED) for value in values)


def _text(item: Trade, name: str) -> str:
    value = item.get(name)
    if value is None or isinstance(value, (Mapping, list)):
        return ""
    return str(value).strip()


_PLAIN = {
    "买家会员名": "buyer_nick",
    "买家应付邮费": "post_fee",
    "总金额": "total_fee",
    "买家实际支付金额": "payment",
    "买家留言": "buyer_message",
    "收货人姓名": "receiver_name",
    "联系电话": "receiver_phone",
    "联系手机": "receiver_mobile",
    "订单创建时间": "created",
    "订单付款时间": "pay_time",
    "发货时间": "consign_time",
    "打款商家金额": "received_payment",
    "支付单号": "alipay_no",
    "分阶段订单信息": "step_trade_status",
    "应发货时间": "send_time",
}


def _payable(trade: Trade) -> str:
    """Goods without freight: the payment holds both."""
    try:
        goods = _cents(trade, "payment") - _cents(trade, "post_fee")
    except ValueError:
        return _text(trade, "payment")
    return f"{goods // 100}.{goods % 100:02}" if goods >= 0 else "0.00"


def _cents(item: Trade, name: str) -> int:
    whole, _dot, part = (_text(item, name) or "0").partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0")[:2])


def _address(trade: Trade) -> str:
    """Write the address as files do; a county without a city stands in both places."""
    state, city, district, town, street = (
        _text(trade, f"receiver_{part}") for part in ("state", "city", "district", "town", "address")
    )
    if not (state or street):
        return ""
    street = street.removeprefix(f"{state}{city}{district}")
    if town and town not in {district, *street.split(" ")[:1]} and not street.startswith(town):
        street = f"{town} {street}"
    zip_code = _text(trade, "receiver_zip")
    return " ".join(filter(None, (state, city or district, district, street))) + (f"({zip_code})" if zip_code else "")


def _count(order: Trade) -> int:
    text = _text(order, "num")
    return int(text) if text.isdecimal() else 1


def _of(name: str) -> Callable[[Trade, Trade], str]:
    return lambda _trade, order: _text(order, name)


def _of_trade(name: str) -> Callable[[Trade, Trade], str]:
    return lambda trade, _order: _text(trade, name)


_LINE_MAKERS: dict[str, Callable[[Trade, Trade], str]] = {
    "子订单编号": lambda _trade, order: id_of(order, "oid"),
    "主订单编号": lambda trade, _order: id_of(trade, "tid"),
    "标题": _of("title"),
    "价格": _of("price"),
    "购买数量": lambda _trade, order: str(_count(order)),
    "商家编码": lambda _trade, order: _text(order, "outer_sku_id") or _text(order, "outer_iid"),
    "商品属性": _of("sku_properties_name"),
    "订单状态": lambda trade, order: status_text(_text(order, "status") or _text(trade, "status")),
    "买家应付货款": _of("total_fee"),
    "买家实际支付金额": _of("payment"),
    "退款状态": _of("refund_status"),
    "商品id": lambda _trade, order: id_of(order, "num_iid"),
    "订单创建时间": _of_trade("created"),
    "订单付款时间": _of_trade("pay_time"),
    "发货时间": _of("consign_time"),
    "物流单号": _of("invoice_no"),
    "物流公司": _of("logistics_company"),
    "分阶段订单信息": _of_trade("step_trade_status"),
}
_LINE = [_LINE_MAKERS[name] for name in DETAIL_HEADER]
