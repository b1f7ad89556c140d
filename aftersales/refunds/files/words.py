"""The platform's words for states, kinds and goods, in its files (Chinese) and in its interface (codes)."""

import re
import unicodedata
from collections.abc import Mapping
from typing import TypeVar

from aftersales.refunds.statuses import GoodsState, Intervention, RefundKind, RefundPhase, RefundState

_S, _K = RefundState, RefundKind
_BREAKS = re.compile(r"[\s,，。.、;；:：()（）【】\[\]_/-]+")
TRANSFORMED = "exchangetransformtorefund"


def plain(word: str) -> str:
    """Return the word without width, case, spaces and punctuation, which differ between exports."""
    return _BREAKS.sub("", unicodedata.normalize("NFKC", word)).lower()


Value = TypeVar("Value")


def _table(words: Mapping[Value, str]) -> dict[str, Value]:
    return {plain(word): value for value, joined in words.items() for word in joined.split()}


_STATUSES: Mapping[str, RefundState] = _table(
    {
        _S.REQUESTED: "WAIT_SELLER_AGREE 买家已经申请退款，等待卖家同意 买家已申请退款，等待卖家同意 等待卖家同意 "
        "待卖家同意 等待卖家处理 待卖家处理 等待商家处理 待商家处理 退款待处理 买家已经申请售后，等待卖家同意 "
        "等待卖家同意退款申请",
        _S.AWAITING_RETURN: "WAIT_BUYER_RETURN_GOODS 卖家已经同意退款，等待买家退货 卖家已同意退款，等待买家退货 "
        "等待买家退货 待买家退货 退款协议达成，等待买家退货",
        _S.AWAITING_RECEIPT: "WAIT_SELLER_CONFIRM_GOODS 买家已经退货，等待卖家确认收货 买家已退货，等待卖家确认收货 "
        "等待卖家确认收货 待卖家确认收货 待卖家收货 等待商家收货 待商家收货 待商家确认收货",
        _S.REFUSED: "SELLER_REFUSE_BUYER 卖家拒绝退款 卖家已拒绝退款 商家拒绝退款 卖家拒绝 商家拒绝 卖家拒绝确认收货 "
        "卖家拒绝收货 卖家不同意协议，等待买家修改",
        _S.CLOSED: "CLOSED 退款关闭 退款已关闭 已关闭 关闭 售后关闭 换货关闭 维修关闭 补寄关闭 退货退款关闭",
        _S.SUCCEEDED: "SUCCESS 退款成功 退款完成 售后成功 换货成功 维修成功 补寄成功 退货退款成功 成功",
        _S.AWAITING_BUYER: "WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS 等待买家确认换货卖家发货商品 "
        "等待买家确认换货，卖家发货商品 卖家已发货，等待买家确认收货 商家已发货，等待买家确认收货 待买家确认收货 "
        "待买家收货",
        _S.AWAITING_OUTBOUND: "WAIT_SELLER_CONSIGN_GOODS 商家确认收货等待商家发货 商家确认收货，等待商家发货 "
        "卖家已确认收货，等待卖家发货 等待卖家发货 等待商家发货 待卖家发货 待商家发货",
    }
)
_TRANSFORMED = frozenset({TRANSFORMED, "换货关闭转退款", "换货转退款"})

_KINDS: Mapping[str, RefundKind] = _table(
    {
        _K.REFUND_ONLY: "REFUND 仅退款 退款 未发货仅退款 已发货仅退款 未收到货仅退款 极速退款 退运费 退差价 仅退差价 "
        "OTHERS 其他 其它",
        _K.RETURN_REFUND: "REFUND_AND_RETURN 退货退款 退款退货 退货 我要退货退款",
        _K.EXCHANGE: "TMALL_EXCHANGE TAOBAO_EXCHANGE 换货 天猫换货 淘宝换货",
        _K.REPAIR: "REPAIR 维修 保修",
        _K.RESHIP: "RESHIPPING 补寄 补发 补发货",
    }
)
_GOODS: Mapping[str, GoodsState] = _table(
    {
        GoodsState.NOT_RECEIVED: "BUYER_NOT_RECEIVED 买家未收到货 未收到货 未收货 未发货",
        GoodsState.RECEIVED: "BUYER_RECEIVED 买家已收到货 已收到货 已收货",
        GoodsState.RETURNED: "BUYER_RETURNED_GOODS 买家已退货 已退货 买家已寄回",
    }
)
_PHASES: Mapping[str, RefundPhase] = _table(
    {RefundPhase.ON_SALE: "onsale 售中", RefundPhase.AFTER_SALE: "aftersale 售后"}
)
_INTERVENTIONS: Mapping[str, Intervention] = _table(
    {
        Intervention.NONE: "1 不需客服介入 无需客服介入 未介入 无需介入 否 无 客服未介入",
        Intervention.ASKED: "2 需要客服介入 申请客服介入 待客服介入",
        Intervention.IN: "3 客服已经介入 客服已介入 客服介入中 已介入",
        Intervention.FIRST_REVIEW: "4 客服初审完成",
        Intervention.FAILED: "5 客服主管复审失败",
        Intervention.DONE: "6 客服处理完成 客服已处理 处理完成",
        Intervention.WITHDRAWN: "7 系统撤销 维权撤销 已撤销",
        Intervention.FOR_BUYER: "8 支持买家",
        Intervention.FOR_SHOP: "9 支持卖家 支持商家",
        Intervention.EVIDENCE: "10 举证中",
        Intervention.APPEAL: "11 开放申诉",
    }
)
_YES, _NO = (
    frozenset({"是", "需要", "需要退货", "true", "yes", "y", "1"}),
    frozenset({"否", "不需要", "无需", "无需退货", "不需要退货", "false", "no", "n", "0"}),
)


def status_of(word: str) -> RefundState | None:
    """Return the state; None for a word that is not known, and for an exchange that became a refund."""
    return _STATUSES.get(plain(word))


def is_transformed(word: str) -> bool:
    """Tell whether an exchange was closed and goes on as a refund."""
    return plain(word) in _TRANSFORMED


def kind_of(word: str) -> RefundKind | None:
    return _KINDS.get(plain(word))


def goods_of(word: str) -> GoodsState:
    return _GOODS.get(plain(word), GoodsState.UNKNOWN)


def phase_of_word(word: str) -> RefundPhase | None:
    return _PHASES.get(plain(word))


def intervention_of(word: str) -> Intervention | None:
    return _INTERVENTIONS.get(plain(word))


def yes_or_no(word: str) -> bool | None:
    """Read 需要 and 不需要, and the like; None for anything else."""
    return True if plain(word) in _YES else False if plain(word) in _NO else None
