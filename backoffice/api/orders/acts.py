"""The acts on one order: what each takes, and which service it is. The service has the last word."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from backoffice.api.orders import adapters, inputs, note_inputs
from backoffice.common.access import Right
from orders.core import services
from orders.fulfilment.services import ship_order
from orders.notes import services as notes


class Act(NamedTuple):
    """One operation `POST orders/{number}/<name>/`."""

    name: str
    summary: str
    service: Callable[..., Any]
    serializer: type[inputs.VersionSerializer]
    rights: tuple[Right, ...]
    fixed: Mapping[str, Any] = {}  # what the operation itself says
    takes_file: bool = False  # as multipart/form-data


_WORK, _CLOSE, _MANAGE = (Right.WORK_ORDERS,), (Right.CLOSE_ORDERS,), (Right.MANAGE_STORE,)
_PACK = (Right.WORK_ORDERS, Right.SHIP)
_TAKE_OVER: Mapping[str, Any] = {"take_over": True}
_Version, _Reason = inputs.VersionSerializer, inputs.ReasonSerializer
_MOVES = (
    Act("ship", "Ship an order, or some of its pieces, as one parcel", ship_order, inputs.ShipSerializer,
        (Right.SHIP,)),
    Act("remarks", "Add a remark for colleagues", services.add_remark, inputs.RemarkTextSerializer, (Right.REMARK,)),
    Act("remarks/withdraw", "Take back a remark that the caller has just written", services.withdraw_remark,
        inputs.WithdrawRemarkSerializer, (Right.REMARK,)),
    Act("accept", "Accept an order for shipment", services.accept_order, inputs.AcceptSerializer, _WORK),
    Act("unaccept", "Take the acceptance back", services.unaccept_order, _Version, _WORK),
    Act("hold", "Hold an order, or one line of it", services.open_hold, inputs.HoldActSerializer, _WORK),
    Act("release", "Release a hold", services.release_hold, inputs.ReleaseSerializer, _WORK),
    Act("claim", "Claim an order, or renew the own claim", services.claim_order, _Version, _WORK),
    Act("take-over", "Take over a colleague's claim", services.claim_order, _Version, _MANAGE, _TAKE_OVER),
    Act("unclaim", "Give the own claim back", services.release_claim, _Version, _WORK),
    Act("mark-paid", "Note a payment outside the platform", services.mark_paid, inputs.PaidSerializer, _CLOSE),
    Act("close", "Close an order", services.close_order, _Reason, _CLOSE),
    Act("reopen", "Reopen an unpaid order that was closed by hand minutes ago", services.reopen_unpaid, _Version,
        _CLOSE),
    Act("complete", "Complete a shipped order", services.complete_order, _Version, _CLOSE),
)  # fmt: skip
_AGREEMENTS = (
    Act("extend", "Extend the promise with the buyer's agreement", adapters.extend, inputs.ExtendSerializer, _CLOSE,
        takes_file=True),
    Act("withdraw-extension", "Withdraw the newest extension that stands", services.withdraw_extension, _Reason,
        _CLOSE),
    Act("recipient", "Send an order to somebody or somewhere else", services.change_recipient,
        inputs.RecipientChangeSerializer, _WORK),
    Act("recipient/restore", "Send an order to the platform's recipient after all", services.restore_recipient,
        _Version, _WORK),
    Act("agree-spec", "Agree another spec for a line", services.agree_spec, inputs.SpecSerializer, _WORK),
    Act("contacts", "Write a contact with the buyer down", services.log_contact, inputs.ContactSerializer, _WORK),
    Act("contacts/answer", "Write the buyer's answer down", services.answer_contact, inputs.AnswerSerializer, _WORK),
    Act("wishes/finish", "Tick a wish off", services.finish_wish, inputs.WishSerializer, _PACK),
    Act("wishes/withdraw", "Take a wish back", services.withdraw_wish, inputs.WithdrawWishSerializer, _WORK),
)  # fmt: skip
_NOTES = (
    Act("note/ask", "Write down what the buyer was asked about the note", notes.ask_buyer, note_inputs.AskSerializer,
        _WORK),
    Act("note/answer", "Write the buyer's answer about the note down", notes.answer_note, inputs.AnswerSerializer,
        _WORK),
    Act("note/sort", "Correct the types of the note", notes.sort_note, note_inputs.SortSerializer, _WORK),
    Act("note/assign", "Give the note to a member, or back", adapters.assign, note_inputs.AssignSerializer, _WORK),
    Act("note/hand-over", "Leave the note to a person", notes.hand_over_note, _Reason, _WORK),
    Act("note/confirm", "Confirm the buyer's note, with what it changes", notes.confirm_note,
        note_inputs.ConfirmSerializer, _WORK),
    Act("note/decline", "Decline the buyer's note", notes.decline_note, note_inputs.OutcomeSerializer, _WORK),
    Act("note/negotiate", "Write down how the talks about the note stand", notes.negotiate_note,
        note_inputs.NegotiateSerializer, _WORK),
    Act("note/reopen", "Take a handled note up again", notes.reopen_note, _Reason, _WORK),
    Act("note/fulfil", "Record that what the note asks for is done", notes.fulfil_note, _Version, _PACK),
    Act("note/files", "Put a picture or voice file beside the note", adapters.attach, note_inputs.FileSerializer,
        _WORK, takes_file=True),
    Act("note/override", "Let an order ship although its note is not handled", notes.override_note, _Reason,
        (Right.OVERRIDE_NOTE,)),
)  # fmt: skip
ACTS = (*_MOVES, *_AGREEMENTS, *_NOTES)
