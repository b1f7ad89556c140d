"""What the demo shop's people and buyers did about a case, from its request to where it is to stand now."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from aftersales.refunds import demo_texts as texts
from aftersales.refunds.demo_plan import Wish
from aftersales.refunds.models import Refund
from aftersales.refunds.services import (
    agree_case,
    approve_case,
    assign_case,
    confirm_case,
    note_case,
    refuse_case,
    say,
    withdraw_case,
)
from aftersales.refunds.services.goods import Found, inspect_return, receive_case, send_back, send_out
from aftersales.refunds.statuses import (
    OUTBOUND_KINDS,
    RETURN_KINDS,
    InspectionOutcome,
    MessageRole,
    RefundKind,
    RefundState,
)
from backoffice.common.models import Attachment, Store, User
from orders.core.services import OrderError
from orders.core.statuses import EventSource
from orders.fulfilment.services.tracking import TraceEvent, record_trace

_S = RefundState
_TALK, _OWNED, _REMARKED = 0.45, 0.4, 0.12


class Hands(NamedTuple):
    """Who acts for the shop, with what."""

    store: Store
    people: Mapping[str, User]
    now: datetime
    rng: Random
    proof: Attachment
    serial: Iterator[int]  # of tracking numbers


class _Way:
    """One case on its way: each act an hour or a day after the one before, none after now."""

    def __init__(self, refund: Refund, wish: Wish, hands: Hands) -> None:
        self.refund, self.wish, self.hands = refund, wish, hands
        self.at = refund.created_at  # when the list was taken in

    def known(self, person: str = "", *, hours: tuple[float, float] = (0.1, 3)) -> dict[str, Any]:
        """Return what every act takes; time passes, at most half of what is left until now."""
        passed = timedelta(hours=self.hands.rng.uniform(*hours))
        self.at += max(min(passed, (self.hands.now - self.at) / 2), timedelta(seconds=1))
        actor = self.hands.people[person] if person else None
        return {"store": self.hands.store, "refund_id": self.refund.pk, "actor": actor, "at": self.at}

    def number(self) -> str:
        return f"SF27{next(self.hands.serial):011}"


def act_on(refund: Refund, wish: Wish, hands: Hands) -> None:
    """Bring a case to the state that is wished for; an act that the shop's stock or rules refuse ends the way there."""
    way = _Way(refund, wish, hands)
    with suppress(OrderError):
        _talk(way)
        _decide(way)
        if wish.end not in (_S.REQUESTED, _S.REFUSED, _S.CLOSED):
            _bring_back(way)
            _send_out(way)


def _talk(way: _Way) -> None:
    rng = way.hands.rng
    if rng.random() < _TALK or way.wish.is_disputed:
        say(**way.known("agent"), text=rng.choice(texts.ASKED))
        buyer = way.known() | {"source": EventSource.PLATFORM}
        say(**buyer, role=MessageRole.BUYER, text=rng.choice(texts.ANSWERED))
    if way.wish.is_disputed:
        platform = way.known() | {"source": EventSource.PLATFORM}
        say(**platform, role=MessageRole.PLATFORM, text=rng.choice(texts.PLATFORM))
    if way.refund.is_open and rng.random() < _OWNED:
        assign_case(**way.known("manager"), owner=way.hands.people[rng.choice(("agent", "manager"))])
    if rng.random() < _REMARKED:
        note_case(**way.known("agent"), remark=rng.choice(texts.REMARKS))


def _decide(way: _Way) -> None:
    end, rng = way.wish.end, way.hands.rng
    if end == _S.REQUESTED:
        if way.wish.is_big:  # it is proposed, and waits for the second person
            agree_case(**way.known("agent"))
    elif end == _S.REFUSED:
        reason, text = rng.choice(texts.REFUSALS)
        refuse_case(**way.known("agent", hours=(2, 20)), reason=reason, text=text, proof=way.hands.proof)
    elif end == _S.CLOSED:
        withdraw_case(**way.known("agent", hours=(5, 60)), reason="买家说不退了")
    else:
        _agree(way)


def _agree(way: _Way) -> None:
    payer = way.hands.rng.choice(("shop", "buyer", "insurance")) if way.refund.kind in RETURN_KINDS else ""
    text = way.hands.rng.choice(texts.AGREED)
    agree_case(**way.known("agent", hours=(0.5, 26)), freight_payer=payer, text=text)
    _let_go(way)


def _let_go(way: _Way) -> None:
    """Let a second person approve what is above the limit."""
    if Refund.objects.filter(pk=way.refund.pk, proposed__isnull=False).exists():
        approve_case(**way.known("finance", hours=(0.5, 5)))


def _bring_back(way: _Way) -> None:
    if way.refund.kind not in RETURN_KINDS or way.wish.end == _S.AWAITING_RETURN:
        return
    number = way.number()
    buyer = way.known("", hours=(8, 40)) | {"source": EventSource.PLATFORM}
    send_back(**buyer, courier="SF", tracking_number=number, sent_at=buyer["at"])
    _trace(way, number)
    if way.wish.is_inspected:
        inspect_return(**way.known("warehouse", hours=(1, 20)), items=_found(way))
    if way.wish.end != _S.AWAITING_RECEIPT:
        receive_case(**way.known("agent", hours=(0.5, 8)))
        _let_go(way)


def _trace(way: _Way, number: str) -> None:
    """Tell the way of the parcel, as the courier would."""
    said = [("in_transit", "快件已揽收,发往杭州转运中心")]
    if way.wish.is_signed:
        said += [("delivering", "快件正在派送"), ("signed", "已签收,签收人:前台")]
    for state, text in said:
        at = way.known(hours=(6, 18))["at"]
        event = TraceEvent(number=number, at=at, state=state, text=text, place="杭州", courier="SF")
        record_trace(store=way.hands.store, events=[event], source="demo", at=at)


def _found(way: _Way) -> list[Found]:
    rng, pieces = way.hands.rng, way.refund.quantity
    if way.refund.kind == RefundKind.REPAIR:
        return [Found(InspectionOutcome.REPAIR, pieces)]
    if way.wish.end == _S.AWAITING_RECEIPT and rng.random() < 0.5:  # noqa: PLR2004 -- every other one
        return [Found(InspectionOutcome.DISPUTED, pieces, None, rng.choice(texts.DISPUTED))]
    return [Found(rng.choice((InspectionOutcome.RESTOCK, InspectionOutcome.RESTOCK, InspectionOutcome.SCRAP)), pieces)]


def _send_out(way: _Way) -> None:
    if way.refund.kind not in OUTBOUND_KINDS or way.wish.end not in (_S.AWAITING_BUYER, _S.SUCCEEDED):
        return
    send_out(**way.known("warehouse", hours=(3, 30)), courier="SF", tracking_number=way.number())
    if way.wish.end == _S.SUCCEEDED:
        confirm_case(**way.known("agent", hours=(48, 96)))
