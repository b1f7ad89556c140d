"""After-sales cases: kinds, states, the moves between them, and what silence does.

The platform is the authority: what it reports is taken over in any order. The table below is for what people, buyers by
way of the shop's own pages, and the clock may do.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class RefundKind(models.TextChoices):
    REFUND_ONLY = "refund_only", _("Refund only")
    RETURN_REFUND = "return_refund", _("Return and refund")
    EXCHANGE = "exchange", pgettext_lazy("after-sales", "Exchange")
    REPAIR = "repair", pgettext_lazy("after-sales", "Repair")
    RESHIP = "reship", pgettext_lazy("after-sales", "Reship")


MONEY_KINDS = frozenset({RefundKind.REFUND_ONLY, RefundKind.RETURN_REFUND})  # the others end without money
RETURN_KINDS = frozenset({RefundKind.RETURN_REFUND, RefundKind.EXCHANGE, RefundKind.REPAIR})  # goods come back
OUTBOUND_KINDS = frozenset({RefundKind.EXCHANGE, RefundKind.REPAIR, RefundKind.RESHIP})  # a parcel goes out


class RefundPhase(models.TextChoices):
    ON_SALE = "on_sale", _("Before completion")  # 售中
    AFTER_SALE = "after_sale", _("After completion")  # 售后


class RefundState(models.TextChoices):
    REQUESTED = "requested", _("To decide")
    REFUSED = "refused", _("Refused by the shop")
    AWAITING_RETURN = "awaiting_return", _("Buyer to send back")
    AWAITING_RECEIPT = "awaiting_receipt", _("Shop to receive")
    AWAITING_OUTBOUND = "awaiting_outbound", _("Shop to send")
    AWAITING_BUYER = "awaiting_buyer", _("Buyer to confirm")
    SUCCEEDED = "succeeded", pgettext_lazy("after-sales", "Succeeded")
    CLOSED = "closed", pgettext_lazy("after-sales", "Closed")


OPEN_STATES = (
    RefundState.REQUESTED,
    RefundState.REFUSED,
    RefundState.AWAITING_RETURN,
    RefundState.AWAITING_RECEIPT,
    RefundState.AWAITING_OUTBOUND,
    RefundState.AWAITING_BUYER,
)
SHOP_STATES = (  # the shop's turn: its clock runs
    RefundState.REQUESTED,
    RefundState.AWAITING_RECEIPT,
    RefundState.AWAITING_OUTBOUND,
)


class Act(models.TextChoices):
    """What may be done to a case."""

    AGREE = "agree", pgettext_lazy("after-sales act", "Agree")
    REFUSE = "refuse", pgettext_lazy("after-sales act", "Refuse")
    APPLY_AGAIN = "apply_again", pgettext_lazy("after-sales act", "Buyer asks again")
    SEND_BACK = "send_back", pgettext_lazy("after-sales act", "Buyer sent the goods back")
    RECEIVE = "receive", pgettext_lazy("after-sales act", "Goods received")
    SEND_OUT = "send_out", pgettext_lazy("after-sales act", "Parcel sent out")
    CONFIRM = "confirm", pgettext_lazy("after-sales act", "Buyer confirmed")
    WITHDRAW = "withdraw", pgettext_lazy("after-sales act", "Buyer withdrew")
    TURN_TO_REFUND = "turn_to_refund", pgettext_lazy("after-sales act", "Turn into a refund")


ANSWERS = frozenset({Act.AGREE, Act.REFUSE, Act.RECEIVE})  # of the shop, to what the platform's case says


@dataclass(frozen=True, slots=True)
class Move:
    """Where an act leads from a state, for one kind of case; the kind changes with TURN_TO_REFUND alone."""

    status: RefundState
    kind: RefundKind


_S, _A = RefundState, Act
_EVERY_KIND = (
    (_A.REFUSE, _S.REQUESTED, _S.REFUSED),
    (_A.APPLY_AGAIN, _S.REFUSED, _S.REQUESTED),
    (_A.WITHDRAW, _S.REQUESTED, _S.CLOSED),
    (_A.WITHDRAW, _S.REFUSED, _S.CLOSED),
)
_WITH_RETURN = (
    (_A.SEND_BACK, _S.AWAITING_RETURN, _S.AWAITING_RECEIPT),
    (_A.REFUSE, _S.AWAITING_RECEIPT, _S.REFUSED),
    (_A.WITHDRAW, _S.AWAITING_RETURN, _S.CLOSED),
    (_A.WITHDRAW, _S.AWAITING_RECEIPT, _S.CLOSED),
)
_WITH_PARCEL_OUT = (
    (_A.SEND_OUT, _S.AWAITING_OUTBOUND, _S.AWAITING_BUYER),
    (_A.CONFIRM, _S.AWAITING_BUYER, _S.SUCCEEDED),
    (_A.WITHDRAW, _S.AWAITING_OUTBOUND, _S.CLOSED),
    (_A.WITHDRAW, _S.AWAITING_BUYER, _S.CLOSED),
)
_AGREED: Mapping[RefundKind, RefundState] = {
    RefundKind.REFUND_ONLY: _S.SUCCEEDED,
    RefundKind.RETURN_REFUND: _S.AWAITING_RETURN,
    RefundKind.EXCHANGE: _S.AWAITING_RETURN,
    RefundKind.REPAIR: _S.AWAITING_RETURN,
    RefundKind.RESHIP: _S.AWAITING_OUTBOUND,
}
# where a case stands once it is about money: goods that are on their way, or here, need not be sent again
_TURNED: Mapping[RefundKind, Mapping[RefundState, RefundState]] = {
    RefundKind.RETURN_REFUND: {
        _S.REQUESTED: _S.REQUESTED,
        _S.REFUSED: _S.REQUESTED,
        _S.AWAITING_RETURN: _S.AWAITING_RETURN,
        _S.AWAITING_RECEIPT: _S.AWAITING_RECEIPT,
        _S.AWAITING_OUTBOUND: _S.AWAITING_RECEIPT,
    },
    RefundKind.REFUND_ONLY: {
        _S.REQUESTED: _S.REQUESTED,
        _S.REFUSED: _S.REQUESTED,
        _S.AWAITING_OUTBOUND: _S.REQUESTED,
    },
}


def _moves_of(kind: RefundKind) -> dict[tuple[Act, RefundState], Move]:
    """Return where each act leads a case of this kind, by the state it is done in."""
    steps = [*_EVERY_KIND, *((_A.AGREE, source, _AGREED[kind]) for source in (_S.REQUESTED, _S.REFUSED))]
    if kind in RETURN_KINDS:
        received = _S.SUCCEEDED if kind in MONEY_KINDS else _S.AWAITING_OUTBOUND
        steps += [*_WITH_RETURN, (_A.RECEIVE, _S.AWAITING_RECEIPT, received)]
    if kind in OUTBOUND_KINDS:
        steps += _WITH_PARCEL_OUT
    return {(act, source): Move(status, kind) for act, source, status in steps} | _turns_of(kind)


def _turns_of(kind: RefundKind) -> dict[tuple[Act, RefundState], Move]:
    if kind not in OUTBOUND_KINDS:
        return {}
    turned = RefundKind.RETURN_REFUND if kind in RETURN_KINDS else RefundKind.REFUND_ONLY
    return {(_A.TURN_TO_REFUND, source): Move(status, turned) for source, status in _TURNED[turned].items()}


MOVES: Mapping[RefundKind, Mapping[tuple[Act, RefundState], Move]] = {kind: _moves_of(kind) for kind in RefundKind}

# what happens when nobody acts before the deadline of a state
TIMEOUTS: Mapping[RefundState, Act] = {
    RefundState.REQUESTED: Act.AGREE,
    RefundState.REFUSED: Act.WITHDRAW,
    RefundState.AWAITING_RETURN: Act.WITHDRAW,
    RefundState.AWAITING_RECEIPT: Act.RECEIVE,
    RefundState.AWAITING_OUTBOUND: Act.TURN_TO_REFUND,
    RefundState.AWAITING_BUYER: Act.CONFIRM,
}


class GoodsState(models.TextChoices):
    UNKNOWN = "", _("Not stated")
    NOT_RECEIVED = "not_received", _("Buyer has not received the goods")
    RECEIVED = "received", _("Buyer has the goods")
    RETURNED = "returned", _("Buyer has sent the goods back")


class ReasonKind(models.TextChoices):
    """What refund reasons are about; the platform's words are kept beside it."""

    CHANGED_MIND = "changed_mind", _("Changed mind")
    SEVEN_DAYS = "seven_days", _("7 days, no reason")
    QUALITY = "quality", _("Quality")
    NOT_AS_DESCRIBED = "not_as_described", _("Not as described")
    SIZE = "size", _("Size or fit")
    WRONG_ITEM = "wrong_item", _("Wrong item sent")
    MISSING = "missing", _("Something is missing")
    DAMAGED = "damaged", _("Arrived damaged")
    NOT_ARRIVED = "not_arrived", _("Never arrived")
    LATE = "late", _("Shipped late")
    COUNTERFEIT = "counterfeit", _("Brand in doubt")
    FREIGHT = "freight", _("Freight to give back")
    INVOICE = "invoice", _("Invoice")
    OTHER = "other", _("Other reason")


class FreightPayer(models.TextChoices):
    UNKNOWN = "", _("Not decided")
    BUYER = "buyer", _("Buyer")
    SHOP = "shop", _("Shop")
    INSURANCE = "insurance", _("Freight insurance")


class Intervention(models.IntegerChoices):
    """How far the platform's own service is in the case (TOP cs_status)."""

    NONE = 1, _("Platform not involved")
    ASKED = 2, _("Platform asked to step in")
    IN = 3, _("Platform has stepped in")
    FIRST_REVIEW = 4, _("Platform has looked at it once")
    FAILED = 5, _("Platform's second look failed")
    DONE = 6, _("Platform has decided")
    WITHDRAWN = 7, _("Platform's case withdrawn")
    FOR_BUYER = 8, _("Platform decided for the buyer")
    FOR_SHOP = 9, _("Platform decided for the shop")
    EVIDENCE = 10, _("Platform waits for evidence")
    APPEAL = 11, _("Open to appeal")


# while the platform decides, the shop's own decisions wait: refusing or agreeing otherwise would be overruled
PLATFORM_DECIDES = frozenset({Intervention.IN, Intervention.FIRST_REVIEW, Intervention.FAILED, Intervention.EVIDENCE})


class MessageRole(models.TextChoices):
    BUYER = "buyer", _("Buyer")
    SHOP = "shop", _("Shop")
    PLATFORM = "platform", _("Platform")
    SYSTEM = "system", _("System")


class ParcelDirection(models.TextChoices):
    BACK = "back", _("From the buyer")
    OUT = "out", _("To the buyer")


class InspectionOutcome(models.TextChoices):
    RESTOCK = "restock", _("As new: back to stock")
    SCRAP = "scrap", _("Not for sale again")
    REPAIR = "repair", _("To be repaired")
    DISPUTED = "disputed", _("Not as it should be")


class ComplaintKind(models.TextChoices):
    SERVICE = "service", _("Service attitude")
    LATE_SHIPPING = "late_shipping", _("Late shipping")
    FALSE_SHIPPING = "false_shipping", _("False shipping")
    DESCRIPTION = "description", _("Goods not as described")
    COUNTERFEIT = "counterfeit", _("Brand in doubt")
    INVOICE = "invoice", _("Invoice")
    PRIVACY = "privacy", _("Privacy")
    BROKEN_PROMISE = "broken_promise", _("Promise not kept")
    OTHER = "other", _("Other reason")


class CaseState(models.TextChoices):
    """Of complaints and violations."""

    OPEN = "open", pgettext_lazy("complaint", "Open")
    UPHELD = "upheld", pgettext_lazy("complaint", "Upheld")
    LIFTED = "lifted", pgettext_lazy("complaint", "Lifted")
    WITHDRAWN = "withdrawn", pgettext_lazy("complaint", "Withdrawn")


class ViolationKind(models.TextChoices):
    LATE_SHIPPING = "late_shipping", _("Late shipping")
    FALSE_SHIPPING = "false_shipping", _("False shipping")
    OUT_OF_STOCK = "out_of_stock", _("Sold without stock")
    DESCRIPTION = "description", _("Goods not as described")
    BROKEN_PROMISE = "broken_promise", _("Promise not kept")
    PRIVACY = "privacy", _("Privacy")
    OTHER = "other", _("Other reason")
