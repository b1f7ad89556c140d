"""The acts on one case: what each takes, and which service it is. The service has the last word."""

from collections.abc import Callable
from typing import Any, NamedTuple

from aftersales.refunds import services
from aftersales.refunds.services import goods
from backoffice.api.orders.inputs import ReasonSerializer, VersionSerializer
from backoffice.api.refunds import adapters, inputs
from backoffice.common.access import Right


class Act(NamedTuple):
    """One operation `POST refunds/{number}/<name>/`."""

    name: str
    summary: str
    service: Callable[..., Any]
    serializer: type[VersionSerializer]
    rights: tuple[Right, ...]
    takes_file: bool = False  # as multipart/form-data
    money_right: Right | None = None  # also needed where money goes by it


_WORK, _APPROVE = (Right.WORK_REFUNDS,), (Right.APPROVE_REFUNDS,)
_GOODS = (Right.WORK_REFUNDS, Right.RECEIVE_RETURNS)
_RECEIVE = (Right.RECEIVE_RETURNS,)
_SEND = (Right.RECEIVE_RETURNS, Right.SHIP)
_Version, _Reason = VersionSerializer, ReasonSerializer
ACTS = (
    Act("agree", "Agree, to all or a part of the money; above the shop's limit it waits for a second person",
        services.agree_case, inputs.CaseAgreeSerializer, _WORK),
    Act("refuse", "Refuse, with a reason, words for the buyer and a picture as proof", adapters.refuse,
        inputs.CaseRefuseSerializer, _WORK, takes_file=True),
    Act("approve", "Agree, as the second person, to the money that a colleague proposed", services.approve_case,
        _Version, _APPROVE),
    Act("decline-approval", "Send proposed money back, or take it back", services.decline_approval, _Reason,
        (Right.APPROVE_REFUNDS, Right.WORK_REFUNDS)),
    Act("apply-again", "Record that the buyer asks again after a refusal", services.apply_again, _Version, _WORK),
    Act("withdraw", "Close a case that the buyer gives up", services.withdraw_case, _Reason, _WORK),
    Act("confirm", "Record that the buyer has what was sent out", services.confirm_case, _Version, _WORK),
    Act("turn-to-refund", "Turn an exchange, a repair or a reshipment into a refund", services.turn_to_refund,
        inputs.CaseTurnSerializer, _WORK),
    Act("messages", "Add a line, with or without pictures, to the negotiation", adapters.say, inputs.CaseSaySerializer,
        _WORK, takes_file=True),
    Act("assign", "Take a case, give it to a colleague, or give it back", adapters.assign, inputs.CaseOwnerSerializer,
        _GOODS),
    Act("remark", "Replace the remark for colleagues", services.note_case, inputs.CaseRemarkSerializer, _GOODS),
    Act("freight-payer", "Say who pays for the way back", services.set_freight_payer,
        inputs.CaseFreightSerializer, _WORK),
    Act("send-back", "Record that the buyer sent the goods back", goods.send_back,
        inputs.CaseSentBackSerializer, _GOODS),
    Act("correct-number", "Put another number on the return parcel", goods.correct_return_number,
        inputs.CaseSendBackSerializer, _GOODS),
    Act("inspect", "Record what came back, piece by piece; the stock follows it once", adapters.inspect,
        inputs.CaseInspectSerializer, _RECEIVE),
    Act("receive", "Take the goods as received: money goes, or a parcel is to be sent", goods.receive_case,
        inputs.CaseReceiveSerializer, _GOODS, money_right=Right.WORK_REFUNDS),
    Act("send-out", "Record the parcel that goes to the buyer, and take its pieces off the shelf", goods.send_out,
        inputs.CaseSendOutSerializer, _SEND),
)  # fmt: skip
