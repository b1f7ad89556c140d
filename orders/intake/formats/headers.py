"""Which file a header belongs to, and where its columns are: always by name, in any order.

The seller centre has renamed and added columns for years, so a canonical field lists every name it was ever seen
under; unknown columns are reported and never fatal.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from django.utils.translation import gettext as _

from orders.intake.formats.cells import Cell

Kind: TypeAlias = Literal["order_list", "order_detail"]
ORDER_LIST: Kind = "order_list"
ORDER_DETAIL: Kind = "order_detail"

_COMMON_NAMES = {
    "platform_status": "订单状态",
    "payment_number": "支付单号 支付交易号 支付宝交易号",
    "payable": "买家应付货款",
    "paid": "买家实际支付金额 买家实付金额",
    "refund_amount": "退款金额",
    "placed_at": "订单创建时间 创建时间",
    "paid_at": "订单付款时间 付款时间",
    "shipped_at": "发货时间",
    "ship_by": "应发货时间",
    "tracking_numbers": "物流单号 运单号 快递单号",
    "courier_name": "物流公司 快递公司",
    "stage_info": "分阶段订单信息 分阶段信息",
    "buyer_nick": "买家会员名 买家会员名称 买家会员昵称 买家昵称",
}
ORDER_NAMES: dict[str, str] = _COMMON_NAMES | {
    "number": "订单编号",
    "main_number": "主订单编号",
    "alipay_account": "买家支付宝账号",
    "payment_detail": "支付详情",
    "postage": "买家应付邮费 买家应付运费",
    "points_used": "买家支付积分",
    "total": "总金额",
    "buyer_note": "买家留言 主订单买家留言",
    "recipient_name": "收货人姓名 收货人",
    "address": "收货地址",
    "modified_address": "修改后的收货地址",
    "delivery": "运送方式",
    "landline": "联系电话",
    "mobile": "联系手机",
    "titles": "宝贝标题 商品标题",
    "spec_text": "商品属性SKU 商品属性",
    "kind_count": "宝贝种类 商品种类",
    "piece_count": "宝贝总数量 商品总数量",
    "remark": "订单备注 商家备注 商家备忘 主订单备注",
    "close_reason": "订单关闭原因",
    "invoice_title": "发票抬头",
    "is_mobile": "是否手机订单",
    "is_paid_by_other": "是否代付",
    "is_presale": "预售订单 是否预售订单",
    "coupon": "天猫卡券抵扣",
    "jifenbao": "集分宝抵扣",
    "completed_at": "确认收货时间",
    "settled": "打款商家金额 确认收货打款金额",
    "payer_name": "买家姓名",
    "id_number": "买家身份证号 身份证号",
    "payer_phone": "买家手机号",
}
LINE_NAMES: dict[str, str] = _COMMON_NAMES | {
    "number": "主订单编号 订单编号",
    "oid": "子订单编号",
    "title": "商品标题 标题 宝贝标题",
    "price": "商品价格 价格",
    "quantity": "购买数量",
    "sku_code": "商家编码 外部系统编号",
    "product_code": "外部系统编号",
    "product_id": "商品ID 宝贝ID",
    "spec": "商品属性 商品属性SKU",
    "package": "套餐信息",
    "contact_note": "联系方式备注 备注",
    "remark": "商家备注 主订单备注",
    "remark_tag": "备注标签",
    "buyer_note": "主订单买家留言 买家留言",
    "refund_text": "退款状态",
}
# Known columns kept as they are beside the order: never personal ones.
_EXTRA_TEXT = (
    "返点积分 买家实际支付积分 卖家服务费 买家服务费 特权订金订单id 是否上传合同照片 是否上传小票 定金排名 修改后的sku "
    "异常信息 是否是O2O交易 满返红包金额 新零售交易类型 新零售导购门店名称 新零售导购门店id 新零售发货门店名称 "
    "新零售发货门店id 预约门店 含应开票给个人的个人红包 含应开票给个人红包 是否信用购 体验期结束时间 前N有礼 配送类型 "
    "直播返现状态 返现金额 延迟发货自动赔付金额 新零售成交门店昵称 新零售成交门店id 新零售成交经销商id 是否主动赔付 "
    "主动赔付金额 主动赔付出账时间 C2B小额收款 总金额(旧版) 虚拟号过期时间"
)
EXTRA_NAMES = tuple(_EXTRA_TEXT.split())
_REQUIRED: Mapping[Kind, tuple[str, ...]] = {ORDER_LIST: ("number",), ORDER_DETAIL: ("number", "title")}
_TELLING = frozenset({"platform_status", "total", "payable", "paid", "placed_at", "paid_at"})
# What an order list without a nearer relative should hold to be of full use.
_USEFUL = (
    "买家会员名 总金额 买家实际支付金额 订单状态 买家留言 收货人姓名 收货地址 联系手机 订单创建时间 订单付款时间 "
    "宝贝标题 宝贝总数量 订单备注 退款金额"
)
_OTHER_FILES = frozenset({"退款编号", "入帐类型", "入账类型"})
_LIKENESS = 0.5
_ENOUGH = 3  # known columns that make an order list, the number included
_INNER_SPACE = re.compile(r"[\s\ufeff\u200b]+")


class FormatMatch(NamedTuple):
    kind: Kind | None
    variant: str  # the nearest known header list; "" when none is near
    header: tuple[str, ...]
    columns: dict[str, tuple[int, ...]]  # canonical field -> columns, the first non-empty one wins
    extras: dict[str, int]  # further known columns by name
    unknown: tuple[str, ...]
    added: tuple[str, ...]  # known columns that the nearest variant lacks
    missing: tuple[str, ...]  # columns of the nearest variant that this file lacks
    renamed: tuple[tuple[str, str], ...]  # (name in the variant, name in this file)
    duplicates: tuple[str, ...]
    missing_required: tuple[str, ...]
    refusal: str | None  # why no row can be read from this file, for staff


def normal_name(name: object) -> str:
    """Return a header name so that spaces, width, case and a unit in brackets make no difference."""
    plain = unicodedata.normalize("NFKC", str(name or ""))
    return _INNER_SPACE.sub("", plain).strip("\"'=").lower().removesuffix("(元)")


def _by_name(names: Mapping[str, str]) -> dict[str, list[tuple[int, str]]]:
    """Map each normal name to the fields it feeds, with its rank among the names of the field."""
    found: dict[str, list[tuple[int, str]]] = {}
    for field, joined in names.items():
        for rank, name in enumerate(joined.split()):
            found.setdefault(normal_name(name), []).append((rank, field))
    return found


_FIELDS: Mapping[Kind, dict[str, list[tuple[int, str]]]] = {
    ORDER_LIST: _by_name(ORDER_NAMES),
    ORDER_DETAIL: _by_name(LINE_NAMES),
}
_EXTRAS = frozenset(normal_name(name) for name in EXTRA_NAMES)


@cache
def variants(kind: Kind) -> dict[str, tuple[str, ...]]:
    """Return the known header lists of the kind, oldest first."""
    lists = json.loads(Path(__file__).with_name("variants.json").read_text(encoding="utf-8"))[kind]
    return {label: tuple(names) for label, names in lists.items()}


@cache
def _known_names(kind: Kind) -> frozenset[str]:
    listed = {normal_name(name) for names in variants(kind).values() for name in names}
    return frozenset(listed | set(_FIELDS[kind]) | _EXTRAS)


def recognise(header: Sequence[Cell]) -> FormatMatch:
    """Tell what the file is. A file that cannot be read has a `refusal`; nothing is raised."""
    shown = _trimmed(header)
    names = [normal_name(name) for name in shown]
    kind = _kind(set(names))
    if kind is None:
        refusal = _refusal_of_unknown(names)
        return FormatMatch(None, "", shown, {}, {}, tuple(filter(None, shown)), (), (), (), (), (), refusal)
    columns = _columns(kind, names)
    required = tuple(_first_name(kind, field) for field in _REQUIRED[kind] if field not in columns)
    variant = _nearest(kind, names)
    return FormatMatch(
        kind=kind,
        variant=variant,
        header=shown,
        columns=columns,
        extras={shown[index]: index for index, name in _first_indexes(names) if name in _EXTRAS},
        unknown=_unknown(kind, shown, names),
        added=_added(kind, variant, shown, names),
        missing=_missing(kind, variant, names),
        renamed=_renamed(kind, variant, shown, names),
        duplicates=tuple(name for name, times in Counter(filter(None, shown)).items() if times > 1),
        missing_required=required,
        refusal=_("The file lacks the column %(names)s.") % {"names": "、".join(required)} if required else None,
    )


def _trimmed(header: Sequence[Cell]) -> tuple[str, ...]:
    shown = [_INNER_SPACE.sub(" ", str(cell if cell is not None else "")).strip(" \"'=") for cell in header]
    while shown and not shown[-1]:
        shown.pop()
    return tuple(shown)


def _kind(names: set[str]) -> Kind | None:
    if names & _OTHER_FILES:
        return None
    if "子订单编号" in names or ("购买数量" in names and names & {"标题", "商品标题"}):
        return ORDER_DETAIL
    fields = {field for name in names for _rank, field in _FIELDS[ORDER_LIST].get(name, ())}
    if "number" in fields and len(fields) >= _ENOUGH and fields & _TELLING:
        return ORDER_LIST
    return None


def _refusal_of_unknown(names: Iterable[str]) -> str:
    if "退款编号" in names:
        return _("This is a refund list, not an order file.")
    if "入帐类型" in names or "入账类型" in names:
        return _("This is a settlement list, not an order file.")
    return _(
        "This is neither an order list nor an order detail: the header row holds no 订单编号 beside known columns."
    )


def _columns(kind: Kind, names: list[str]) -> dict[str, tuple[int, ...]]:
    ranked: dict[str, list[tuple[int, int]]] = {}
    for index, name in enumerate(names):
        for rank, field in _FIELDS[kind].get(name, ()):
            ranked.setdefault(field, []).append((rank, index))
    return {field: tuple(index for _rank, index in sorted(places)) for field, places in ranked.items()}


def _first_indexes(names: list[str]) -> list[tuple[int, str]]:
    return [(index, name) for index, name in enumerate(names) if names.index(name) == index]


def _first_name(kind: Kind, field: str) -> str:
    return (ORDER_NAMES if kind == ORDER_LIST else LINE_NAMES)[field].split()[0]


def _identity(kind: Kind, name: str) -> str:
    """Return the field of a column, or its own name: so that a rename is not a difference."""
    places = _FIELDS[kind].get(normal_name(name))
    return min(places)[1] if places else normal_name(name)


def _nearest(kind: Kind, names: list[str]) -> str:
    """Return the label of the known header list most like this one, or '' when it is like none."""
    here = {_identity(kind, name) for name in names if name}
    best, label = _LIKENESS, ""
    for candidate, listed in variants(kind).items():
        there = {_identity(kind, name) for name in listed}
        likeness = len(here & there) / len(here | there)
        if likeness > best:
            best, label = likeness, candidate
    return label


def _listed(kind: Kind, variant: str) -> tuple[str, ...]:
    return variants(kind)[variant] if variant else tuple(_USEFUL.split() if kind == ORDER_LIST else ())


def _unknown(kind: Kind, shown: Sequence[str], names: list[str]) -> tuple[str, ...]:
    known = _known_names(kind)
    return tuple(name for name, normal in zip(shown, names, strict=True) if normal and normal not in known)


def _added(kind: Kind, variant: str, shown: Sequence[str], names: list[str]) -> tuple[str, ...]:
    if not variant:
        return ()
    there = {_identity(kind, name) for name in _listed(kind, variant)}
    known = _known_names(kind)
    return tuple(
        name
        for name, normal in zip(shown, names, strict=True)
        if normal in known and _identity(kind, normal) not in there
    )


def _missing(kind: Kind, variant: str, names: list[str]) -> tuple[str, ...]:
    here = {_identity(kind, name) for name in names}
    return tuple(name for name in _listed(kind, variant) if _identity(kind, name) not in here)


def _renamed(kind: Kind, variant: str, shown: Sequence[str], names: list[str]) -> tuple[tuple[str, str], ...]:
    here = {_identity(kind, normal): name for name, normal in zip(shown, names, strict=True)}
    present = set(names)
    return tuple(
        (name, here[_identity(kind, name)])
        for name in (variants(kind)[variant] if variant else ())
        if normal_name(name) not in present and _identity(kind, name) in here
    )
