"""The invented orders as the two files a merchant downloads: order list and order detail, GBK, as of 2021-22."""

import csv
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from orders.core.statuses import OrderStatus, RefundStatus
from orders.intake.demo.generator import CHINA, DemoOrder, buyer_of
from orders.intake.formats.headers import ORDER_DETAIL, ORDER_LIST, variants

_STATUS_TEXT = {
    OrderStatus.PENDING_PAYMENT: "等待买家付款",
    OrderStatus.PENDING_SHIPMENT: "买家已付款，等待卖家发货",
    OrderStatus.SHIPPED: "卖家已发货，等待买家确认",
    OrderStatus.COMPLETED: "交易成功",
    OrderStatus.CLOSED: "交易关闭",
}
_REFUND_TEXT = {
    RefundStatus.NONE: "没有申请退款",
    RefundStatus.OPEN: "买家已经申请退款，等待卖家同意",
    RefundStatus.SUCCEEDED: "退款成功",
}
_PAYMENT_TEXT = {"alipay": "支付宝", "huabei": "花呗", "credit_card": "信用卡", "bank_card": "储蓄卡", "wechat": "微信"}
LIST_HEADER = variants(ORDER_LIST)["T8 2021-22"]
DETAIL_HEADER = variants(ORDER_DETAIL)["D3 2022-23"]


def write_files(
    orders: Iterable[DemoOrder], *, folder: Path, seed: int, until: datetime, per_file: int
) -> Iterator[Path]:
    """Write pairs of files of at most so many orders; yield list and detail of each pair."""
    stamp = until.astimezone(CHINA).strftime("%Y%m%d%H%M")
    batch: list[DemoOrder] = []
    part = 0
    for order in orders:
        batch.append(order)
        if len(batch) == per_file:
            yield from _write_pair(batch, folder / f"part-{part}", stamp, seed)
            batch, part = [], part + 1
    if batch:
        yield from _write_pair(batch, folder / f"part-{part}", stamp, seed)


def _write_pair(orders: list[DemoOrder], folder: Path, stamp: str, seed: int) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / f"ExportOrderList{stamp}.csv", folder / f"ExportOrderDetailList{stamp}.csv"
    with ExitStack() as stack:
        listed, detailed = (
            csv.writer(stack.enter_context(path.open("w", encoding="gbk", newline=""))) for path in paths
        )
        listed.writerow(LIST_HEADER)
        detailed.writerow(DETAIL_HEADER)
        for order in orders:
            facts = _order_facts(order, seed)
            listed.writerow([facts.get(name, "") for name in LIST_HEADER])
            detailed.writerows([row.get(name, "") for name in DETAIL_HEADER] for row in _line_facts(order))
    yield from paths


def _time(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S") if moment else ""


def _order_facts(order: DemoOrder, seed: int) -> dict[str, str]:
    buyer = buyer_of(seed, order.buyer)
    return {
        "订单编号": f'="{order.number}"',
        "买家会员名": buyer.nick,
        "支付单号": f'="{order.number}88"' if order.paid_at else "",
        "支付详情": _PAYMENT_TEXT[order.payment_method] if order.paid_at else "",
        "买家应付货款": f"{order.payable}",
        "买家应付邮费": f"{order.postage}",
        "买家支付积分": "0",
        "总金额": f"{order.total}",
        "买家实际支付金额": f"{order.paid}",
        "订单状态": _STATUS_TEXT[order.status],
        "买家留言": order.note,
        "收货人姓名": buyer.name,
        "收货地址": f"{buyer.province} {buyer.city} {buyer.district} {buyer.street}(000000)",
        "运送方式": "快递",
        "联系手机": f"'{buyer.mobile}",
        "订单创建时间": _time(order.placed_at),
        "订单付款时间": _time(order.paid_at),
        "宝贝标题": "，".join(line.sku.title for line in order.lines),
        "宝贝种类": str(len(order.lines)),
        "物流单号": f"No:{order.tracking_number}" if order.tracking_number else "",
        "物流公司": order.courier,
        "宝贝总数量": str(sum(line.quantity for line in order.lines)),
        "订单关闭原因": "买家不想买了" if order.status == OrderStatus.CLOSED else "订单未关闭",
        "是否手机订单": "手机订单",
        "退款金额": f"{order.refunded}",
        "确认收货时间": _time(order.completed_at),
        "发货时间": _time(order.shipped_at),
        "商家备忘": order.remark,
    }


def _line_facts(order: DemoOrder) -> Iterator[dict[str, str]]:
    left = order.refunded
    for line in order.lines:
        paid = line.paid if order.paid_at else 0
        refunded = min(left, line.paid)
        left -= refunded
        yield {
            "子订单编号": f'="{line.oid}"',
            "主订单编号": f'="{order.number}"',
            "标题": line.sku.title,
            "价格": f"{line.sku.price}.00",
            "购买数量": str(line.quantity),
            "外部系统编号": line.sku.code,
            "商品属性": line.sku.spec,
            "订单状态": _STATUS_TEXT[order.status],
            "商家编码": line.sku.code,
            "买家应付货款": f"{line.paid}",
            "买家实际支付金额": f"{paid}",
            "退款状态": _REFUND_TEXT[_line_refund(order, refunded > 0)],
            "退款金额": f"{refunded}" if refunded else "无退款申请",
            "订单创建时间": _time(order.placed_at),
            "订单付款时间": _time(order.paid_at),
            "主订单买家留言": order.note,
            "发货时间": _time(order.shipped_at),
            "物流单号": f"No:{order.tracking_number}" if order.tracking_number else "",
            "物流公司": order.courier,
        }


def _line_refund(order: DemoOrder, has_amount: bool) -> RefundStatus:  # noqa: FBT001 -- private, two callers' words
    if order.refund_status == RefundStatus.OPEN:
        return RefundStatus.OPEN
    return RefundStatus.SUCCEEDED if has_amount else RefundStatus.NONE
