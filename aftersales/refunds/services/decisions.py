"""What the shop decides about a case, and what the buyer does about it: agreed, refused, withdrawn, turned."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.refunds.files.words import status_of
from aftersales.refunds.models import Refund, ReturnAddress
from aftersales.refunds.queries.money import NOTHING, is_money, refundable_of
from aftersales.refunds.services.base import (
    NO_PROPOSAL,
    check_act,
    first_answer,
    go,
    lock_case,
    record_change,
    save_case,
)
from aftersales.refunds.services.errors import RefundError
from aftersales.refunds.services.money import check_proposal, grant, waiting_act
from aftersales.refunds.services.opening import check_amount
from aftersales.refunds.services.talking import add_message, check_pictures, check_words
from aftersales.refunds.services.telling import answer_leaves
from aftersales.refunds.statuses import (
    PLATFORM_DECIDES,
    RETURN_KINDS,
    Act,
    FreightPayer,
    MessageRole,
    RefundKind,
    RefundState,
)
from backoffice.common.display import money_text
from backoffice.common.models import Attachment, Job, Store, User
from orders.core.models import OutboxKind, OutboxMessage, OutboxState
from orders.core.services import clean_reason
from orders.core.statuses import EventSource, OrderStatus

SHORTEST, LONGEST = 2, 200  # characters of a refusal, as the platform takes them


@transaction.atomic
def agree_case(  # noqa: PLR0913 -- an agreement has that many terms
    *,
    store: Store,
    refund_id: int,
    actor: User | None,
    at: datetime,
    amount: Decimal | None = None,
    return_address_id: int | None = None,
    freight_payer: str = "",
    text: str = "",
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Refund:
    """Agree to what was asked for, or to a part of the money; above the shop's limit it is proposed to a second person.

    Raises:
        RefundError: the case is not to be decided now, the platform decides, or a value is wrong.
    """
    refund = lock_case(store=store, refund_id=refund_id, version=version)
    check_shop_decides(refund, Act.AGREE)
    check_whole(refund, amount)
    columns = _terms(refund, return_address_id, freight_payer)
    check_words(store, text)
    is_done = grant(refund, Act.AGREE, amount=amount, actor=actor, at=at, source=source, job=job, **columns)
    if text.strip():  # words that wait for the second person are no message to the buyer yet
        role = MessageRole.SHOP if is_done else MessageRole.SYSTEM
        add_message(refund, role, text.strip(), actor=actor, at=at, act=Act.AGREE)
    return refund


def check_shop_decides(refund: Refund, act: Act) -> None:
    """Refuse a decision that is not the shop's to make now, or not here.

    Raises:
        RefundError: the table has no such move, the platform decides, takes the answer on its own page alone, or waits
            for the buyer to ask again.
    """
    check_act(refund, act)
    if refund.intervention in PLATFORM_DECIDES:
        raise RefundError(
            _("The platform decides case %(number)s now (%(state)s): wait for its word, or send it evidence.")
            % {"number": refund.number, "state": refund.get_intervention_display()},
            "hold",
        )
    if refund.is_web_only:
        raise RefundError(
            _("The platform takes the answer to case %(number)s on its own page only.") % {"number": refund.number},
            "hold",
        )
    if act == Act.AGREE:
        _check_asked_again(refund)


def _check_asked_again(refund: Refund) -> None:
    """Refuse to agree after a refusal that the platform knows of: it takes no agreement before the buyer asks again."""
    if refund.status == RefundState.REFUSED and answer_leaves(refund) and _is_refused_there(refund):
        raise RefundError(
            _("On the platform the case does not wait for this answer: it is %(status)s there.")
            % {"status": refund.get_status_display()},
            "hold",
        )


def _is_refused_there(refund: Refund) -> bool:
    """Tell whether the platform knows of the refusal: it said so, or was told."""
    told = OutboxMessage.objects.filter(
        order=refund.order_id, kind=OutboxKind.REFUSE, state=OutboxState.SENT,
        event__after__refund=refund.number, event__at__gte=refund.status_since,
    )  # fmt: skip
    return status_of(refund.platform_status) == RefundState.REFUSED or told.exists()


def check_whole(refund: Refund, amount: Decimal | None) -> None:
    """Refuse a part of the money where the answer leaves: the platform pays all of it, and the case would say less."""
    is_part = amount is not None and is_money(amount) and 0 < amount < refund.amount
    if amount is not None and is_part and answer_leaves(refund):
        raise RefundError(
            _("The platform pays the %(asked)s that were asked for, or nothing: agree %(amount)s on its own page.")
            % {"asked": money_text(refund.amount), "amount": money_text(amount)},
            "field",
        )


def _terms(refund: Refund, return_address_id: int | None, freight_payer: str) -> dict[str, Any]:
    """Return where goods come back to and who pays for it; the shop's own address when none is named."""
    columns: dict[str, Any] = {}
    if freight_payer:
        columns["freight_payer"] = _checked_payer(freight_payer)
    if refund.kind in RETURN_KINDS:
        columns["return_address"] = _return_address(refund.store, return_address_id)
    return columns


def _checked_payer(payer: str) -> FreightPayer:
    if payer not in FreightPayer.values:
        raise RefundError(_("“%(payer)s” cannot pay the freight.") % {"payer": payer[:40]}, "field")
    return FreightPayer(payer)


def _return_address(store: Store, pk: int | None) -> ReturnAddress | None:
    active = ReturnAddress.objects.for_store(store).filter(is_active=True)
    if pk is None:
        return active.filter(is_default=True).first()
    found = active.filter(pk=pk).first()
    if found is None:
        raise RefundError(_("The shop has no such return address: choose one of its list."), "field")
    return found


@transaction.atomic
def approve_case(
    *,
    store: Store,
    refund_id: int,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Refund:
    """Agree, as the second person, to the money that a colleague proposed; the caller checks the right to.

    Raises:
        RefundError: nothing waits, the same person proposed it, or the platform decides.
    """
    refund = lock_case(store=store, refund_id=refund_id, version=version)
    money, act = check_proposal(refund, actor), waiting_act(refund)
    check_shop_decides(refund, act)
    check_whole(refund, money)
    refund.messages.filter(role=MessageRole.SYSTEM, act=act, at=refund.proposed_at or at).update(role=MessageRole.SHOP)
    refund.approved_by = actor
    refund.save(update_fields=["approved_by"])  # beside the proposal: the database sees two people
    return go(refund, act, actor=actor, at=at, source=source, job=job, refunded=money)


@transaction.atomic
def decline_approval(
    *,
    store: Store,
    refund_id: int,
    reason: str,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Refund:
    """Send a proposed amount back to who works on the case; who proposed it may take it back so too.

    Raises:
        RefundError: nothing waits, or the reason is missing.
    """
    reason = clean_reason(reason)
    refund = lock_case(store=store, refund_id=refund_id, version=version)
    if refund.proposed is None:
        raise RefundError(_("Case %(number)s does not wait for a second person.") % {"number": refund.number})
    before = {"proposed": str(refund.proposed)}
    save_case(refund, at, **NO_PROPOSAL)
    after = {"proposed": "", "reason": reason}
    record_change(refund, actor=actor, at=at, source=source, job=job, before=before, after=after)
    return refund


@transaction.atomic
def refuse_case(
    *,
    store: Store,
    refund_id: int,
    reason: str,
    text: str,
    proof: Attachment | None,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Refund:
    """Refuse, with a reason, words for the buyer and a picture that proves them.

    Raises:
        RefundError: one of them is missing, or the case cannot be refused.
    """
    reason, text = clean_reason(reason), text.strip()
    if not SHORTEST <= len(text) <= LONGEST:
        raise RefundError(
            _("Explain the refusal to the buyer in %(shortest)s to %(longest)s characters.")
            % {"shortest": SHORTEST, "longest": LONGEST},
            "field",
        )
    check_words(store, text)
    if proof is None:
        raise RefundError(_("A refusal needs a picture as proof."), "field")
    check_pictures(store, [proof])
    refund = lock_case(store=store, refund_id=refund_id, version=version)
    check_refusable(refund)
    add_message(refund, MessageRole.SHOP, text, actor=actor, at=at, act=Act.REFUSE, attachments=[proof])
    answered_at = first_answer(refund, actor, at)
    return go(
        refund, Act.REFUSE, actor=actor, at=at, source=source, job=job,
        answered_at=answered_at, refunded=NOTHING, approved_by=None, note=reason,
    )  # fmt: skip


def check_refusable(refund: Refund) -> None:
    """Refuse what the platform does not let a shop refuse.

    Raises:
        RefundError: it is not the shop's to decide, may never be refused, or it is the platform's and nothing of it
            has shipped (taobao.refund.refuse: not while the seller has not shipped).
    """
    check_shop_decides(refund, Act.REFUSE)
    if refund.cannot_refuse:
        raise RefundError(
            _("The platform does not let case %(number)s be refused: agree, or talk with the buyer.")
            % {"number": refund.number},
            "hold",
        )
    if refund.source == EventSource.PLATFORM and refund.kind == RefundKind.REFUND_ONLY and _is_unshipped(refund):
        raise RefundError(
            _("Nothing of it has shipped: a refund before shipping cannot be refused. Agree, or talk with the buyer."),
            "hold",
        )


def _is_unshipped(refund: Refund) -> bool:
    order = refund.order
    if order.status == OrderStatus.PARTIALLY_SHIPPED and refund.line is not None:
        return refund.line.shipped_quantity == 0
    return order.status == OrderStatus.PENDING_SHIPMENT


@transaction.atomic
def apply_again(
    *,
    store: Store,
    refund_id: int,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Refund:
    """Record that the buyer asks again after a refusal.

    Raises:
        RefundError: the case is not refused.
    """
    refund = lock_case(store=store, refund_id=refund_id, version=version)
    return go(refund, Act.APPLY_AGAIN, actor=actor, at=at, source=source, job=job)


@transaction.atomic
def withdraw_case(
    *,
    store: Store,
    refund_id: int,
    reason: str,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Refund:
    """Close a case that the buyer gives up; the same goods may have another one later.

    Raises:
        RefundError: the case is over, or the reason is missing.
    """
    reason = clean_reason(reason)
    refund = lock_case(store=store, refund_id=refund_id, version=version)
    return go(refund, Act.WITHDRAW, actor=actor, at=at, source=source, job=job, refunded=NOTHING, note=reason)


@transaction.atomic
def confirm_case(
    *,
    store: Store,
    refund_id: int,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Refund:
    """Record that the buyer has what was sent out: the case succeeded.

    Raises:
        RefundError: nothing was sent out.
    """
    refund = lock_case(store=store, refund_id=refund_id, version=version)
    return go(refund, Act.CONFIRM, actor=actor, at=at, source=source, job=job)


@transaction.atomic
def turn_to_refund(
    *,
    store: Store,
    refund_id: int,
    actor: User | None,
    at: datetime,
    amount: Decimal | None = None,
    version: int | None = None,
    source: str = EventSource.STAFF,
    job: Job | None = None,
) -> Refund:
    """Turn an exchange, a repair or a reshipment into a refund; without an amount, of all that may be given back.

    Raises:
        RefundError: the case's kind and state do not allow it, or the money is not there to give back.
    """
    refund = lock_case(store=store, refund_id=refund_id, version=version)
    check_act(refund, Act.TURN_TO_REFUND)
    money = refundable_of(refund.order, refund.line, besides=refund) if amount is None else amount
    check_amount(refund, money)
    answered_at = first_answer(refund, actor, at)
    return go(
        refund, Act.TURN_TO_REFUND, actor=actor, at=at, source=source, job=job, amount=money, answered_at=answered_at
    )
