"""Which columns the platform's refund list has: always by name, in any order; unknown ones are reported."""

from collections import Counter
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from orders.intake.formats.cells import Cell
from orders.intake.formats.headers import FormatMatch, normal_name

# the first name is the one that sentences use
NAMES: Mapping[str, str] = {
    "number": "退款编号 售后编号 退款单号",
    "order_number": "订单编号 主订单编号",
    "line_key": "子订单编号",
    "platform_status": "退款状态 售后状态",
    "platform_kind": "售后类型",
    "needs_return": "是否需要退货",
    "amount": "买家退款金额 退款金额",
    "requested_at": "退款的申请时间 退款申请时间 申请时间",
    "finished_at": "退款完结时间 完结时间",
    "deadline": "超时时间",
    "goods": "货物状态",
    "phase": "售中或售后",
    "intervention": "客服介入状态",
    "reason": "买家退款原因 退款原因",
    "text": "买家退款说明 退款说明",
    "liability": "责任方",
    "product_id": "商品id",
    "sku_code": "商品编码 商家编码",
    "title": "宝贝标题 商品标题",
    "return_number": "退货物流单号",
    "return_courier": "退货物流公司",
    "returned_at": "买家退货时间",
}
# read by nobody and kept nowhere but in sealed rows; the names on the left are how such cells are masked
HIDDEN: Mapping[str, str] = {
    "buyer_nick": "买家会员名称 买家会员名 买家昵称 审核操作人 审核操作人新会员名 退款操作人 退款操作人新会员名 "
    "帮他退款操作账号",
    "recipient_name": "卖家真实姓名 卖家真实姓名新 卖家真实姓名(新)",
    "address": "卖家退货地址 卖家邮编 退货物流信息 发货物流信息",
    "mobile": "卖家手机",
    "landline": "卖家电话",
    "alipay_account": "支付宝交易号 支付单号",
}
_EXTRA_NAMES = (
    "手工退款/系统退款 部分退款/全部退款 举证超时 是否零秒响应 退款原因标签 业务类型 是否帮他退款 备注标签 商家备注 "
    "小额收款 淘特订单 百亿补贴超链退款信息 智能退款策略 执行方案"
)
_UNREAD = ("买家实际支付金额", "订单付款时间")
REQUIRED = ("number", "order_number", "platform_status", "amount")

R1, R2, R3 = "R1", "R2", "R3"
_R1 = (
    "退款编号 订单编号 支付宝交易号 订单付款时间 商品编码 退款完结时间 买家会员名称 买家实际支付金额 "
    "宝贝标题 买家退款金额 手工退款/系统退款 是否需要退货 退款的申请时间 超时时间 退款状态 货物状态 "
    "退货物流信息 发货物流信息 客服介入状态 卖家真实姓名 卖家退货地址 卖家邮编 卖家电话 卖家手机 "
    "退货物流单号 退货物流公司 买家退款原因 买家退款说明 买家退货时间 责任方 售中或售后 商家备注 完结时间 "
    "部分退款/全部退款 审核操作人 举证超时 是否零秒响应 退款操作人 退款原因标签"
)
_R2_NEW = "卖家真实姓名新 业务类型 是否帮他退款 帮他退款操作账号"
_R3_NEW = (
    "支付单号 商品id 售后类型 备注标签 审核操作人新会员名 退款操作人新会员名 小额收款 淘特订单 百亿补贴超链退款信息 "
    "智能退款策略 执行方案"
)


def _without(listed: str, *names: str) -> tuple[str, ...]:
    return tuple(name for name in listed.split() if name not in names)


VARIANTS: Mapping[str, tuple[str, ...]] = {
    R1: tuple(_R1.split()),
    R2: (*_without(_R1, "买家会员名称"), *_R2_NEW.split()),
    R3: (*_without(_R1, "买家会员名称", "支付宝交易号", "是否需要退货"), *_R2_NEW.split(), *_R3_NEW.split()),
}


def _fields(names: Mapping[str, str]) -> dict[str, tuple[int, str]]:
    return {normal_name(name): (rank, field) for field, joined in names.items()
            for rank, name in enumerate(joined.split())}  # fmt: skip


_FIELDS, _HIDDEN = _fields(NAMES), _fields(HIDDEN)
_EXTRAS = {normal_name(name): name for name in _EXTRA_NAMES.split()}
_KNOWN = frozenset({*_FIELDS, *_HIDDEN, *_EXTRAS, *map(normal_name, _UNREAD)})


def first_name(field: str) -> str:
    """Return what people know the column as."""
    return NAMES[field].split()[0]


def is_refund_list(titles: Sequence[Cell]) -> bool:
    """Tell whether a row is the header of a refund list."""
    fields = {_FIELDS[name][1] for name in map(normal_name, titles) if name in _FIELDS}
    return {"number", "order_number"} <= fields


def recognise(header: Sequence[Cell]) -> FormatMatch:
    """Tell where the columns are; a header that cannot be read has a `refusal`."""
    shown = tuple(" ".join(str(cell if cell is not None else "").split()).strip(" \"'=") for cell in header)
    names = [normal_name(name) for name in shown]
    columns = _columns(names)
    lacking = [first_name(field) for field in REQUIRED if field not in columns]
    variant = _variant(set(names))
    listed = [normal_name(name) for name in VARIANTS[variant]]
    return FormatMatch(
        kind=None,
        variant=variant,
        header=shown,
        columns=columns | _hidden(names),
        extras={_EXTRAS[name]: names.index(name) for name in names if name in _EXTRAS},
        unknown=tuple(title for title, name in zip(shown, names, strict=True) if name and name not in _KNOWN),
        added=(),
        missing=tuple(title for title, name in zip(VARIANTS[variant], listed, strict=True) if not _has(names, name)),
        renamed=(),
        duplicates=tuple(name for name, times in Counter(filter(None, shown)).items() if times > 1),
        missing_required=tuple(lacking),
        refusal=_refusal(columns, lacking),
    )


def _columns(names: list[str]) -> dict[str, tuple[int, ...]]:
    ranked: dict[str, list[tuple[int, int]]] = {}
    for index, name in enumerate(names):
        if name in _FIELDS:
            rank, field = _FIELDS[name]
            ranked.setdefault(field, []).append((rank, index))
    return {field: tuple(index for _rank, index in sorted(places)) for field, places in ranked.items()}


def _hidden(names: list[str]) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        if name in _HIDDEN:
            found.setdefault(_HIDDEN[name][1], []).append(index)
    return {field: tuple(places) for field, places in found.items()}


def _has(names: list[str], name: str) -> bool:
    """Tell whether the column is there, under this name or another of its own."""
    if name in names:
        return True
    same = _FIELDS.get(name) or _HIDDEN.get(name)
    table = _FIELDS if name in _FIELDS else _HIDDEN
    return same is not None and any(table.get(other, (0, ""))[1] == same[1] for other in names)


def _variant(names: set[str]) -> str:
    if "售后类型" in names:
        return R3
    return R2 if names & {"业务类型", "卖家真实姓名新"} else R1


def _refusal(columns: Mapping[str, object], lacking: list[str]) -> str | None:
    if not {"number", "order_number"} <= columns.keys():
        return _("This is no refund list: the header row holds no 退款编号 and 订单编号.")
    return _("The file lacks the column %(names)s.") % {"names": "、".join(lacking)} if lacking else None
