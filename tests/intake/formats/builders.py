"""Rows of the seller centre's shape, built by header name so that a test says only what it is about."""

import json
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, settings

from orders.intake.formats import DetailParser, OrderListParser, recognise

# A busy machine is no failure, and a few dozen examples of each kind are enough on every run.
relaxed = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@cache
def headers():
    return json.loads(Path(__file__).with_name("headers.json").read_text(encoding="utf-8"))


def all_headers(kind):
    return list(headers()[kind].items())


ORDER_CELLS = {
    "订单编号": '="35526018159083016"',
    "主订单编号": '="35526018159083016"',
    "买家会员名": "tb0000001",
    "买家会员昵称": "tb0000001",
    "买家支付宝账号": "138****0001@example.com",
    "支付单号": "2017070821001001",
    "支付交易号": "2017070821001001",
    "买家应付货款": "201.12",
    "买家应付邮费": "0.00",
    "买家支付积分": "0",
    "总金额": "201.12",
    "返点积分": "0",
    "买家实际支付金额": "201.12",
    "买家实付金额": "201.12",
    "买家实际支付积分": "0",
    "订单状态": "买家已付款，等待卖家发货",
    "收货人姓名": "测先生",
    "收货地址": "广东省 广州市 越秀区 某某街道某某路50号(510180)",
    "运送方式": "快递",
    "联系手机": "'13900000001",
    "订单创建时间": "2017-07-08 00:42:32",
    "订单付款时间": "2017-07-08 00:42:39",
    "宝贝标题": "雪平锅",
    "商品标题": "雪平锅",
    "宝贝种类": "1",
    "宝贝总数量": "1",
    "订单关闭原因": "订单未关闭",
    "卖家服务费": "0",
    "买家服务费": "0元",
    "是否手机订单": "手机订单",
    "特权订金订单id": '=""',
    "是否上传合同照片": "否",
    "是否上传小票": "否",
    "是否代付": "否",
    "修改后的收货地址": "null",
    "退款金额": "0.00",
}
LINE_CELLS = {
    "子订单编号": '="35526018159083017"',
    "主订单编号": '="35526018159083016"',
    "订单编号": '="35526018159083016"',
    "标题": "雪平锅",
    "商品标题": "雪平锅",
    "价格": "239.00",
    "商品价格": "239.00",
    "购买数量": "1",
    "外部系统编号": "YO-PAN-20",
    "商品属性": "颜色分类：20厘米锅",
    "订单状态": "买家已付款,等待卖家发货",
    "商家编码": "YO-PAN-20",
    "买家应付货款": "201.12",
    "买家实际支付金额": "201.12",
    "买家实付金额": "201.12",
    "退款状态": "没有申请退款",
    "退款金额": "0.00",
    "订单创建时间": "2017-07-08 00:42:32",
    "订单付款时间": "2017-07-08 00:42:39",
    "商品id": "520000000001",
}
T3 = "T3 2017"
REAL = (
    "订单编号",
    "总金额",
    "买家实际支付金额",
    "收货地址 ",
    "订单创建时间",
    "订单付款时间 ",
    "退款金额",
)  # of 28,010 orders


def row(header, cells, **changes):
    values = {**cells, **changes}
    return [values.get(name.strip(), "") for name in header]


def parse_order(header=None, /, **changes):
    """Parse one order row of the T3 shape (or of the header given) in which the named cells are changed."""
    header = header or headers()["order_list"][T3]
    return OrderListParser(recognise(header)).parse(2, row(header, ORDER_CELLS, **changes))


def parse_line(header=None, /, **changes):
    header = header or headers()["order_detail"]["D3 2022-23"]
    return DetailParser(recognise(header)).parse(2, row(header, LINE_CELLS, **changes))
