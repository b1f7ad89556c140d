"""What the texts of couriers mean, as states of a parcel; and what of them may be shown."""

import re

from backoffice.common.masking import mask_name, mask_text
from orders.fulfilment.statuses import TraceState

# The first that occurs in a text decides: what is denied or announced stands before what it denies or announces.
_MEANINGS: tuple[tuple[str, TraceState], ...] = (
    # announced, not done: no state, but news all the same
    (
        r"待揽|等待揽|未揽|揽(收|件)失败|揽退|已下单|已打单|已发货|电子面单|(通知|安排).{0,6}(揽|取件)",
        TraceState.UNKNOWN,
    ),
    (r"退回|退件|退货|退签|拒收|拒签|已退|返回(寄件|发件|卖家)|转寄回|returned?\b", TraceState.RETURNED),
    (
        (
            r"问题件|疑难|异常|破损|丢失|遗失|无法联系|联系不上|地址不详|超区|派送失败|派件失败|投递失败|派送不成功|未妥投"
            r"|签收失败|未签收|滞留|failed|exception\b"
        ),
        TraceState.PROBLEM,
    ),
    (r"(待|请|即将|预计|准备|将).{0,4}签收|签收(时|前|后)请|签收码|请.{0,30}(领取|取件)|取件码", TraceState.DELIVERING),
    (
        r"签收|妥投|代收|已取(走|出)|(驿站|快递柜|自提柜|丰巢|菜鸟).{0,10}(取出|取走|取件|领取)|已送达|delivered|signed",
        TraceState.SIGNED,
    ),
    (
        (
            r"派送|派件|配送|投递|快递员.{0,20}(电话|联系)|out.for.delivery|(存|放)(入|至|在).{0,12}(驿站|柜|代理点|自提点)"
            r"|待取件|到达.{0,12}(驿站|代理点|自提点)"
        ),
        TraceState.DELIVERING,
    ),
    (r"揽收|揽件|已揽|收件(?!人)|取件|收寄|已收取|揽投|picked.?up|collected", TraceState.PICKED_UP),
    (
        (
            r"运输|在途|转运|中转|干线|到达|离开|发往|发出|已发|下一站|装车|卸车|进港|出港|封发"
            r"|清关|分拨|集散|航班|arriv|depart|transit"
        ),
        TraceState.IN_TRANSIT,
    ),
)
_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE), state) for pattern, state in _MEANINGS)
_CODES = {state.value: state for state in TraceState if state.value}
_LABELS = {"待揽收": TraceState.UNKNOWN, "揽收": TraceState.PICKED_UP, "在途": TraceState.IN_TRANSIT}
# who signed may be a name; these are places and relations
_SIGNER = re.compile(r"((?:签收|收件|收货|取件)人(?:是|为)?\s*[:：,，]?\s*【?)([^\s,，。;；:：】!！()（）]{2,20})")
_NO_NAMES = re.compile(
    r"本人|他人|家人|同事|邻居|前台|门卫|物业|保安|驿站|柜|代收|代签|超市|收发|单位|公司|店|已|凭|\*"
)


def read_state(text: str) -> TraceState:
    """Return the state that a code, a label or a courier's sentence names; UNKNOWN when none is known."""
    plain = text.strip()
    if plain.lower() in _CODES:
        return _CODES[plain.lower()]
    if plain in _LABELS:
        return _LABELS[plain]
    return next((state for pattern, state in _PATTERNS if pattern.search(plain)), TraceState.UNKNOWN)


def mask_trace(text: str) -> str:
    """Mask phone-like numbers in a courier's sentence, and the name of who signed."""
    return _SIGNER.sub(_masked_signer, mask_text(" ".join(text.split())))


def _masked_signer(found: re.Match[str]) -> str:
    name = found[2]
    return found[1] + (name if _NO_NAMES.search(name) else mask_name(name))
