"""How many cases of which kind the demo shop has, how long ago they were asked for, and where each ends up."""

from dataclasses import dataclass

from aftersales.refunds.statuses import RefundKind, RefundState

_FULL = 8_000  # lines that the plan is for; a smaller shop has a share of it
_HOUR, _DAY = 60, 24 * 60
_K, _S = RefundKind, RefundState


@dataclass(frozen=True, slots=True)
class Wish:
    """So many cases alike."""

    kind: str
    end: str  # the state that they are brought to
    count: int
    minutes_ago: tuple[int, int]
    is_sent: bool = True
    is_big: bool = False  # above the limit: it waits for a second person where it is decided
    is_disputed: bool = False  # the platform has stepped in
    is_inspected: bool = False
    is_signed: bool = False  # the return lies here


def share_of(count: int, lines: int) -> int:
    return count if lines >= _FULL else -(-count * lines // _FULL)


_TODAY, _OLD = (_HOUR // 4, 46 * _HOUR), (10 * _DAY, 75 * _DAY)
PLAN: tuple[Wish, ...] = (
    # waiting for the shop: most have hours left, some minutes
    Wish(_K.REFUND_ONLY, _S.REQUESTED, 6, (46 * _HOUR, 47 * _HOUR + 50)),
    Wish(_K.REFUND_ONLY, _S.REQUESTED, 6, _TODAY, is_sent=False),
    Wish(_K.REFUND_ONLY, _S.REQUESTED, 10, _TODAY),
    Wish(_K.REFUND_ONLY, _S.REQUESTED, 3, _TODAY, is_big=True),
    Wish(_K.REFUND_ONLY, _S.REQUESTED, 4, _TODAY, is_disputed=True),
    Wish(_K.RETURN_REFUND, _S.REQUESTED, 3, (117 * _HOUR, 119 * _HOUR)),
    Wish(_K.RETURN_REFUND, _S.REQUESTED, 10, (_HOUR, 90 * _HOUR)),
    Wish(_K.RETURN_REFUND, _S.REQUESTED, 5, _TODAY, is_big=True),
    Wish(_K.RETURN_REFUND, _S.REQUESTED, 3, (_DAY, 3 * _DAY), is_disputed=True),
    Wish(_K.EXCHANGE, _S.REQUESTED, 5, (_HOUR, 90 * _HOUR)),
    Wish(_K.REPAIR, _S.REQUESTED, 2, (_HOUR, 90 * _HOUR)),
    Wish(_K.RESHIP, _S.REQUESTED, 4, _TODAY),
    Wish(_K.REFUND_ONLY, _S.REFUSED, 4, (_DAY, 5 * _DAY)),
    Wish(_K.RETURN_REFUND, _S.REFUSED, 3, (_DAY, 5 * _DAY)),
    # the goods are on their way, or here
    Wish(_K.RETURN_REFUND, _S.AWAITING_RETURN, 9, (_DAY, 5 * _DAY)),
    Wish(_K.EXCHANGE, _S.AWAITING_RETURN, 3, (_DAY, 5 * _DAY)),
    Wish(_K.RETURN_REFUND, _S.AWAITING_RECEIPT, 5, (3 * _DAY, 6 * _DAY)),
    Wish(_K.RETURN_REFUND, _S.AWAITING_RECEIPT, 8, (4 * _DAY, 8 * _DAY), is_signed=True),
    Wish(_K.RETURN_REFUND, _S.AWAITING_RECEIPT, 4, (4 * _DAY, 8 * _DAY), is_signed=True, is_inspected=True),
    Wish(_K.EXCHANGE, _S.AWAITING_RECEIPT, 3, (4 * _DAY, 8 * _DAY), is_signed=True),
    Wish(_K.REPAIR, _S.AWAITING_RECEIPT, 2, (4 * _DAY, 8 * _DAY), is_signed=True),
    Wish(_K.EXCHANGE, _S.AWAITING_OUTBOUND, 3, (4 * _DAY, 6 * _DAY), is_signed=True, is_inspected=True),
    Wish(_K.RESHIP, _S.AWAITING_OUTBOUND, 3, (_DAY, 2 * _DAY)),
    Wish(_K.EXCHANGE, _S.AWAITING_BUYER, 2, (6 * _DAY, 9 * _DAY), is_signed=True, is_inspected=True),
    Wish(_K.RESHIP, _S.AWAITING_BUYER, 2, (2 * _DAY, 5 * _DAY)),
    # over
    Wish(_K.REFUND_ONLY, _S.SUCCEEDED, 16, _OLD),
    Wish(_K.RETURN_REFUND, _S.SUCCEEDED, 14, _OLD, is_signed=True, is_inspected=True),
    Wish(_K.EXCHANGE, _S.SUCCEEDED, 4, _OLD, is_signed=True, is_inspected=True),
    Wish(_K.REPAIR, _S.SUCCEEDED, 2, _OLD, is_signed=True, is_inspected=True),
    Wish(_K.RESHIP, _S.SUCCEEDED, 4, _OLD),
    Wish(_K.REFUND_ONLY, _S.CLOSED, 4, _OLD),
    Wish(_K.RETURN_REFUND, _S.CLOSED, 4, _OLD),
)
