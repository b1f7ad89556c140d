"""Invented traces for the demo shop: most parcels arrive in one to four days, one in a hundred comes to grief.

Every text says that it is invented, in the language that the demo's orders are written in.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from orders.fulfilment.services.tracking import TraceEvent


class Step(NamedTuple):
    """One scan, so far into a parcel's time; before 0 is before it was shipped."""

    share: float
    state: str
    text: str


_PICKED_UP = Step(0.06, "picked_up", "演示：已揽收")
_LEFT = Step(0.2, "in_transit", "演示：已离开始发分拨中心")
_NEAR = Step(0.75, "in_transit", "演示：已到达目的地分拨中心")
_OUT = Step(0.9, "delivering", "演示：正在派送")
_SIGNED = Step(1, "signed", "演示：已签收")
_MISSED = Step(0.95, "problem", "演示：派送失败，联系不上收件人")
_REFUSED = Step(1, "problem", "演示：收件人拒收")
_BACK = Step(1.2, "returned", "演示：已退回寄件人")
_AT_LAST = Step(1.2, "signed", "演示：已签收")
_EARLY = Step(-2, "picked_up", "演示：已揽收")

_USUAL = (_PICKED_UP, _LEFT, _NEAR, _OUT, _SIGNED)
ELSEWHERE = 12
_CYCLE = 800  # by the remainder of a parcel's key
_STORIES: Mapping[int, tuple[Step, ...]] = {
    **dict.fromkeys((11, 411), ()),  # never picked up
    237: (_PICKED_UP, _LEFT),  # no news
    **dict.fromkeys((88, 488), (_PICKED_UP, _LEFT, _NEAR)),
    53: (_EARLY, _LEFT, _NEAR, _OUT, _SIGNED),  # scanned before the payment
    300: (_PICKED_UP, _LEFT, _NEAR, _OUT, _REFUSED, _BACK),
    **dict.fromkeys((20, 120, 220, 320, 420, 520, 620, 720), (_PICKED_UP, _LEFT, _NEAR, _OUT, _MISSED, _AT_LAST)),
}
_SHORTEST, _SPREAD = 24, 70  # hours until a parcel is signed for


def tell(key: int, shipped_at: datetime, place: str, number: str, now: datetime) -> Iterator[TraceEvent]:
    """Yield what is known of a parcel by now; told again, it is the same."""
    whole = timedelta(hours=_SHORTEST + key * 37 % _SPREAD, minutes=key % 50)
    for step in _STORIES.get(key % _CYCLE, _USUAL):
        at = shipped_at + whole * step.share
        if at <= now:
            yield TraceEvent(number, at, state=step.state, text=step.text, place=_place(key, step, place))


def _place(key: int, step: Step, place: str) -> str:
    if step.state == "signed" and key % _CYCLE == ELSEWHERE:
        return "浙江省杭州市" if place.startswith("广东") else "广东省深圳市"
    return place if step.state in {"delivering", "signed"} else ""
