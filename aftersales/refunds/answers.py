"""Answers to refunds, brought to the platform: it is asked first how the case stands there, and told of it once.

An answer holds for the case as the shop saw it. Where the platform has a newer version, another amount or another
state, nothing is sent: a person looks. `settings.OUTBOX_DELIVERIES` names these by the kinds of messages.
"""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from aftersales.refunds.files.top import FIELDS
from aftersales.refunds.models import Refund, RefundMessage
from aftersales.refunds.services.errors import RefundError
from aftersales.refunds.services.goods.addresses import ReturnPlace, open_return_address
from aftersales.refunds.statuses import Act, FreightPayer, MessageRole, RefundPhase, RefundState
from aftersales.refunds.texts import message_context
from backoffice.common.display import money_text
from backoffice.common.masking import mask_text, normalise_phone
from backoffice.common.sealing import SealError, unseal
from backoffice.common.services.attachments import AttachmentError, read_attachment
from orders.core.models import OutboxMessage, OutboxState
from orders.intake.formats import cells
from orders.intake.formats.errors import CellError
from orders.platforms.services.deliveries import Outcome
from orders.platforms.top.client import TopClient
from orders.platforms.top.errors import Unanswered
from orders.platforms.top.shapes import items

READ, AGREE, REFUSE = "taobao.refund.get", "taobao.rp.refunds.agree", "taobao.refund.refuse"
AGREE_RETURN, ADDRESSES = "taobao.rp.returngoods.agree", "taobao.logistics.address.search"
LARGEST_PROOF = 130_000  # bytes, as the platform takes them
_WAITS, _RETURNS, _RECEIVES = "WAIT_SELLER_AGREE", "WAIT_BUYER_RETURN_GOODS", "WAIT_SELLER_CONFIRM_GOODS"
_SUCCESS, _REFUSED = "SUCCESS", "SELLER_REFUSE_BUYER"
_PHASES = {RefundPhase.ON_SALE: "onsale", RefundPhase.AFTER_SALE: "aftersale"}
_REMARK = "请按此地址寄回商品，并填写快递单号。"  # where the colleague wrote nothing: the platform wants some words
_PAYERS = {FreightPayer.BUYER: 1, FreightPayer.SHOP: 0}

Row = Mapping[str, Any]


class _Kept(Exception):
    """The answer is not sent; `outcome` says why."""

    def __init__(self, state: OutboxState, code: str, sentence: str) -> None:
        super().__init__(code)
        self.outcome = Outcome(state, code, sentence)


def _failed(code: str, sentence: str) -> _Kept:
    return _Kept(OutboxState.FAILED, code, sentence)


def agree(message: OutboxMessage, client: TopClient, *, was_asked: bool) -> Outcome:
    """Have the platform pay what was asked for: it takes no part of it."""
    return _deliver(message, client, {RefundState.SUCCEEDED}, done={_SUCCESS}, ask=_agree)


def agree_return(message: OutboxMessage, client: TopClient, *, was_asked: bool) -> Outcome:
    """Agree to a return, and tell where to."""
    here = {RefundState.AWAITING_RETURN, RefundState.AWAITING_RECEIPT, RefundState.SUCCEEDED}
    return _deliver(message, client, here, done={_RETURNS, _RECEIVES, _SUCCESS}, ask=_agree_return)


def refuse(message: OutboxMessage, client: TopClient, *, was_asked: bool) -> Outcome:
    """Refuse, with the words for the buyer and the picture that proves them."""
    return _deliver(message, client, {RefundState.REFUSED}, done={_REFUSED}, ask=_refuse)


def _deliver(message: OutboxMessage, client: TopClient, here: Collection[str], *, done: set[str], ask: Any) -> Outcome:
    try:
        refund = _case_of(message, here)
        row = _row(client, refund)
        if row.get("status") in done:
            return Outcome(OutboxState.SENT)
        _check(refund, row, message)
        return Outcome(OutboxState.SENT, payload=ask(message, refund, row, client))
    except _Kept as kept:
        return kept.outcome


def _case_of(message: OutboxMessage, here: Collection[str]) -> Refund:
    """Return the case, if it still is as the answer left it, and this is its last answer."""
    number = str(message.event.after.get("refund", ""))
    rows = Refund.objects.filter(store=message.store_id, order=message.order_id, number=number)
    refund = rows.select_related("store", "order", "return_address").first()
    later = OutboxMessage.objects.filter(order=message.order_id, event__after__refund=number, pk__gt=message.pk)
    if refund is None or refund.status not in here or later.exists():
        raise _Kept(OutboxState.KEPT, "changed", _("The case went another way before the platform was told."))
    return refund


def _row(client: TopClient, refund: Refund) -> Row:
    row = client.call(READ, refund_id=refund.number, fields=FIELDS).get("refund")
    if not isinstance(row, Mapping) or not row.get("status"):
        raise Unanswered(_("The platform's answer lacks: %(names)s.") % {"names": "refund.status"})
    return row


def _check(refund: Refund, row: Row, message: OutboxMessage) -> None:
    """Refuse to answer what the shop has not seen."""
    waits = {_WAITS, _RECEIVES}
    if message.event.after.get("act") == Act.RECEIVE:
        waits = {_RECEIVES}
    if row["status"] not in waits:
        raise _failed(
            "other_state",
            _("On the platform the case does not wait for this answer: it is %(status)s there.")
            % {"status": str(row["status"])[:40]},
        )
    if refund.platform_version is not None and str(row.get("refund_version")) != str(refund.platform_version):
        raise _failed(
            "newer", _("The case changed on the platform since: wait until that is taken in, and decide again.")
        )


def _agree(_message: OutboxMessage, refund: Refund, row: Row, client: TopClient) -> dict[str, Any]:
    asked = _asked(row)
    if refund.refunded != asked:
        raise _failed(
            "part",
            _("The platform pays the %(asked)s that were asked for, or nothing: agree %(amount)s on its own page.")
            % {"asked": money_text(asked), "amount": money_text(refund.refunded)},
        )
    info = f"{refund.number}|{int(asked * 100)}|{row.get('refund_version') or ''}|{_phase(refund, row)}"
    answer = client.call(AGREE, refund_infos=info)
    results = items(answer, "results", "refund_mapping_result")
    if not _is_true(answer.get("succ")) or any(not _is_true(result.get("succ", True)) for result in results):
        said = [str(one.get("message") or "") for one in (*results, answer)]
        raise _failed("not_agreed", _said(next(filter(None, said), ""), str(answer.get("msg_code") or "-")))
    return {"refund_infos": info}


def _asked(row: Row) -> Decimal:
    try:
        return cells.money(str(row.get("refund_fee") or "")) or Decimal(0)
    except CellError as error:
        raise Unanswered(_("The platform's answer lacks: %(names)s.") % {"names": "refund.refund_fee"}) from error


def _agree_return(message: OutboxMessage, refund: Refund, row: Row, client: TopClient) -> dict[str, Any]:
    if refund.return_address is None:
        raise _failed("no_address", _("No return address was chosen: add one in the settings, then send again."))
    try:
        place = open_return_address(refund.return_address)
    except RefundError as error:
        raise _failed("no_address", str(error)) from error
    known = _known_address(client, place)
    values = {"seller_address_id": known["contact_id"], **_version(refund, row)}
    if refund.freight_payer in _PAYERS:
        values["post_fee_bear_role"] = _PAYERS[FreightPayer(refund.freight_payer)]
    answer = client.call(
        AGREE_RETURN, refund_id=refund.number, name=place.contact, address=f"{place.region} {place.street}",
        post=known.get("zip_code"), tel=known.get("phone") or place.phone, mobile=place.phone,
        remark=_words(message, refund, Act.AGREE) or _REMARK, **values,
    )  # fmt: skip
    _must_succeed(answer)
    return values


def _known_address(client: TopClient, place: ReturnPlace) -> dict[str, Any]:
    """Return the entry of the platform's address book that has this phone number."""
    found = items(client.call(ADDRESSES), "addresses", "address_result")
    wanted = normalise_phone(place.phone)
    for entry in found:
        phones = {normalise_phone(str(entry.get(name) or "")) for name in ("mobile_phone", "phone")}
        if wanted in phones and entry.get("contact_id"):
            return entry
    raise _failed(
        "no_address",
        _("The shop's address book on the platform has no entry with the phone number of this return address: add it."),
    )


def _refuse(message: OutboxMessage, refund: Refund, row: Row, client: TopClient) -> dict[str, Any]:
    text, proof = _words(message, refund, Act.REFUSE), _proof(message, refund)
    values = _version(refund, row)
    files = {"refuse_proof": proof}
    answer = client.call_with_files(REFUSE, files, refund_id=refund.number, refuse_message=text, **values)
    _must_succeed(answer)
    return {"refuse_message": mask_text(text), **values}


def _said_with(message: OutboxMessage, refund: Refund, act: Act) -> RefundMessage | None:
    """Return what was said to the buyer with an answer: in its own moment, or when it was proposed.

    What went with an earlier answer, to the same state some time before, is not said again.
    """
    answered, at = message.event.before.get("case_status"), message.event.at
    steps = refund.steps.filter(to_status=answered, left_at__lte=at).order_by("-left_at")
    entered_at = steps.values_list("left_at", flat=True).first()
    said = refund.messages.filter(role=MessageRole.SHOP, act=act, external_id="", at__lte=at)
    if entered_at is not None:
        said = said.filter(at__gt=entered_at)  # an answer that was undone may have been undone as of its own moment
    return said.order_by("-at", "-pk").first()


def _words(message: OutboxMessage, refund: Refund, act: Act) -> str:
    said = _said_with(message, refund, act)
    if said is None or not said.sealed:
        return said.text if said is not None else ""
    try:
        return unseal(said.sealed, context=message_context(refund.store_id, refund.number)).decode()
    except SealError:
        return said.text


def _proof(message: OutboxMessage, refund: Refund) -> bytes:
    said = _said_with(message, refund, Act.REFUSE)
    file = said.files.select_related("attachment").order_by("pk").first() if said is not None else None
    if file is None:
        raise _failed("no_proof", _("The picture that proves the refusal is not there any more."))
    try:
        content = read_attachment(file.attachment)
    except AttachmentError as error:
        raise _failed("no_proof", str(error)) from error
    if len(content) > LARGEST_PROOF or file.attachment.media_type == "image/webp":
        raise _failed(
            "no_proof",
            _("The platform takes GIF, JPG or PNG up to 130 kB as proof: refuse on its own page with such a picture."),
        )
    return content


def _version(refund: Refund, row: Row) -> dict[str, Any]:
    return {"refund_phase": _phase(refund, row), "refund_version": row.get("refund_version")}


def _phase(refund: Refund, row: Row) -> str:
    return str(row.get("refund_phase") or _PHASES[RefundPhase(refund.phase)])


def _must_succeed(answer: Row) -> None:
    if not _is_true(answer.get("is_success", answer.get("succ"))):
        raise _failed("not_taken", _said(str(answer.get("message") or ""), "-"))


def _said(text: str, code: str) -> str:
    return _("The platform refused: %(text)s (%(code)s).") % {
        "text": mask_text(text)[:160] or _("no reason given"), "code": code[:40],
    }  # fmt: skip


def _is_true(value: object) -> bool:
    return str(value).lower() == "true"
