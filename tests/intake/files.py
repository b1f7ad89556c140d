"""Order files of the seller centre's own shapes, built in tests."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

T3 = [
    "订单编号",
    "买家会员名",
    "买家支付宝账号",
    "买家应付货款",
    "买家应付邮费",
    "买家支付积分",
    "总金额",
    "返点积分",
    "买家实际支付金额",
    "买家实际支付积分",
    "订单状态",
    "买家留言",
    "收货人姓名",
    "收货地址 ",
    "运送方式",
    "联系电话 ",
    "联系手机",
    "订单创建时间",
    "订单付款时间 ",
    "宝贝标题 ",
    "宝贝种类 ",
    "物流单号 ",
    "物流公司",
    "订单备注",
    "宝贝总数量",
    "店铺Id",
    "店铺名称",
    "订单关闭原因",
    "卖家服务费",
    "买家服务费",
    "发票抬头",
    "是否手机订单",
    "分阶段订单信息",
    "特权订金订单id",
    "是否上传合同照片",
    "是否上传小票",
    "是否代付",
    "定金排名",
    "修改后的sku",
    "修改后的收货地址",
    "异常信息",
    "天猫卡券抵扣",
    "集分宝抵扣",
    "是否是O2O交易",
    "退款金额",
    "预约门店",
]
D2 = [
    "子订单编号",
    "主订单编号",
    "标题",
    "价格",
    "购买数量",
    "外部系统编号",
    "商品属性",
    "套餐信息",
    "备注",
    "订单状态",
    "商家编码",
    "支付单号",
    "买家应付货款",
    "买家实际支付金额",
    "退款状态",
    "退款金额",
    "订单创建时间",
    "订单付款时间",
]
D1 = ["订单编号", "标题", "价格", "购买数量", "外部系统编号", "商品属性", "套餐信息", "备注", "订单状态", "商家编码"]

PAID, SHIPPED, UNPAID, DONE = "买家已付款，等待卖家发货", "卖家已发货，等待买家确认", "等待买家付款", "交易成功"


def order_row(number: str, **values: Any) -> dict[str, Any]:
    """Return a paid order of ¥100 with one piece; name what differs by its column."""
    row = {
        "订单编号": number,
        "买家会员名": f"tb{number[-4:]}",
        "买家应付货款": "100.00",
        "买家应付邮费": "0.00",
        "总金额": "100.00",
        "买家实际支付金额": "100.00",
        "订单状态": PAID,
        "收货人姓名": "张三",
        "收货地址 ": "广东省 深圳市 南山区 科技园路1号(518000)",
        "联系手机": "'13812345678",
        "订单创建时间": "2026-05-30 10:00:00",
        "订单付款时间 ": "2026-05-30 10:05:00",
        "宝贝标题 ": "真丝连衣裙",
        "宝贝种类 ": "1",
        "宝贝总数量": "1",
        "订单关闭原因": "订单未关闭",
        "退款金额": "0.00",
        "修改后的收货地址": "null",
    }
    return row | {name if name in T3 else f"{name} ": value for name, value in values.items()}


def line_row(number: str, oid: str, **values: Any) -> dict[str, Any]:
    row = {
        "子订单编号": oid,
        "主订单编号": number,
        "标题": "真丝连衣裙",
        "价格": "60.00",
        "购买数量": "1",
        "商品属性": "颜色分类：红；尺码：L",
        "订单状态": PAID,
        "商家编码": "SKU-1",
        "买家应付货款": "50.00",
        "买家实际支付金额": "50.00",
        "退款状态": "没有申请退款",
        "退款金额": "0.00",
        "订单创建时间": "2026-05-30 10:00:00",
        "订单付款时间": "2026-05-30 10:05:00",
    }
    return row | values


def csv_bytes(header: Sequence[str], rows: Iterable[dict[str, Any]], encoding: str = "gbk") -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    for row in rows:
        writer.writerow(
            [f'="{row[name]}"' if name == "订单编号" and name in row else row.get(name, "") for name in header]
        )
    return text.getvalue().encode(encoding)


def xlsx_bytes(header: Sequence[str], rows: Iterable[dict[str, Any]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("订单报表")
    sheet.append(list(header))
    for row in rows:
        sheet.append([row.get(name) for name in header])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def save_list(
    folder: Path,
    rows: Iterable[dict[str, Any]],
    *,
    name: str = "ExportOrderList202606010900.csv",
    encoding: str = "gbk",
    header: Sequence[str] = T3,
) -> Path:
    path = folder / name
    path.write_bytes(xlsx_bytes(header, rows) if name.endswith("xlsx") else csv_bytes(header, rows, encoding))
    return path


def save_detail(
    folder: Path,
    rows: Iterable[dict[str, Any]],
    *,
    name: str = "ExportOrderDetailList202606010900.csv",
    header: Sequence[str] = D2,
) -> Path:
    path = folder / name
    path.write_bytes(csv_bytes(header, rows))
    return path
