"""What a refund reason is about, told from the words that the platform or the buyer gave for it."""

from collections.abc import Mapping

from aftersales.refunds.statuses import ReasonKind

_K = ReasonKind
_WORDS: Mapping[ReasonKind, tuple[str, ...]] = {  # in this order: the first word that is found decides
    _K.SEVEN_DAYS: ("7天无理由", "七天无理由", "无理由", "no reason"),
    _K.NOT_ARRIVED: ("一直未收到", "未收到货", "没收到", "没有收到", "物流无", "丢件", "丢失", "never arrived"),
    _K.LATE: ("未按约定时间发货", "未按时发货", "发货慢", "延迟发货", "缺货", "shipped late"),
    _K.MISSING: ("少件", "少发", "漏发", "缺件", "missing"),
    _K.WRONG_ITEM: ("发错", "错发", "wrong item"),
    _K.COUNTERFEIT: ("假冒", "假货", "仿品", "正品", "counterfeit"),
    _K.DAMAGED: ("破损", "损坏", "污渍", "damaged"),
    _K.NOT_AS_DESCRIBED: ("描述不符", "与描述", "描述的", "色差", "材质不符", "与商品描述", "not as described"),
    _K.SIZE: ("尺码", "尺寸", "大小", "偏大", "偏小", "size"),
    _K.QUALITY: ("质量", "做工", "掉色", "开线", "瑕疵", "故障", "quality"),
    _K.FREIGHT: ("退运费", "运费", "邮费", "freight", "postage"),
    _K.INVOICE: ("发票", "invoice"),
    _K.CHANGED_MIND: ("多拍", "错拍", "拍错", "不想要", "不想买", "不喜欢", "效果不好", "changed mind"),
}  # fmt: skip
_EXACT: Mapping[str, ReasonKind] = {"收到商品少件/破损": _K.MISSING, "收到商品少件或破损": _K.MISSING}


def reason_kind_of(reason: str) -> ReasonKind:
    """Return what the reason is about; the name of a kind is that kind, words that say nothing are another reason."""
    words = reason.strip().casefold()
    if words in ReasonKind.values:
        return ReasonKind(words)
    if words in _EXACT:
        return _EXACT[words]
    return next((kind for kind, found in _WORDS.items() if any(word in words for word in found)), ReasonKind.OTHER)
