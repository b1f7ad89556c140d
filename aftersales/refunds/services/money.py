"""Money that leaves the shop: by an agreement, or when returned goods are received; the second person above a limit."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from aftersales.refunds.models import Refund, RefundPolicy
from aftersales.refunds.queries.money import is_money
from aftersales.refunds.services.base import first_answer, go, policy_of, record_change, save_case
from aftersales.refunds.services.errors import RefundError
from aftersales.refunds.statuses import MONEY_KINDS, Act, RefundKind, RefundState
from backoffice.common.access import Right
from backoffice.common.models import AlertKind, Job, User
from backoffice.common.services.alerts import raise_alert
from orders.core.statuses import EventSource


def grant(
    refund: Refund,
    act: str,
    *,
    amount: Decimal | None,
    actor: User | None,
    at: datetime,
    source: str = EventSource.STAFF,
    job: Job | None = None,
    **columns: Any,
) -> bool:
    """Agree to a locked case, or receive its goods, for this amount; `None` is what was asked for, or agreed before.

    Above the shop's limit nothing moves: the amount is proposed to a second person. Tell whether the act was done.

    Raises:
        RefundError: the amount is not within what was asked for, or somebody proposed one already.
    """
    money = granted_amount(refund, act, amount)
    if needs_approval(refund, money, policy_of(refund.store)):
        _propose(refund, act, money, actor=actor, at=at, source=source, job=job, **columns)
        return False
    answered_at = first_answer(refund, actor, at)
    go(refund, act, actor=actor, at=at, source=source, job=job, refunded=money, answered_at=answered_at, **columns)
    return True


def granted_amount(refund: Refund, act: str, amount: Decimal | None) -> Decimal:
    """Return the money that the act gives: none for kinds that end without money.

    Raises:
        RefundError: it is nothing, or above what was asked for.
    """
    if refund.kind not in MONEY_KINDS:
        if amount:
            raise RefundError(
                _("“%(kind)s” ends without money: leave the amount out.") % {"kind": RefundKind(refund.kind).label},
                "field",
            )
        return refund.refunded
    if amount is None:
        return refund.refunded if act == Act.RECEIVE and refund.refunded else refund.amount
    if not is_money(amount) or not 0 < amount <= refund.amount:
        raise RefundError(
            _("Case %(number)s asks for %(amount)s: give back that or less, above ¥0, in whole fen.")
            % {"number": refund.number, "amount": refund.amount},
            "field",
        )
    return amount


def needs_approval(refund: Refund, money: Decimal, policy: RefundPolicy) -> bool:
    """Tell whether a second person must agree: money above the limit that nobody else has agreed to yet."""
    is_approved = refund.approved_by_id is not None and money <= refund.refunded
    return refund.kind in MONEY_KINDS and money > policy.approval_above and not is_approved


def _propose(
    refund: Refund,
    act: str,
    money: Decimal,
    *,
    actor: User | None,
    at: datetime,
    source: str,
    job: Job | None,
    **columns: Any,
) -> None:
    if actor is None:
        raise RefundError(
            _("%(amount)s is above the limit of this shop: a person proposes it, another one approves.")
            % {"amount": money},
            "hold",
        )
    if refund.proposed is not None:
        raise RefundError(
            _("%(who)s proposed %(amount)s for case %(number)s already: it waits for a second person.")
            % {"who": refund.proposed_by, "amount": refund.proposed, "number": refund.number},
            "hold",
        )
    save_case(refund, at, proposed=money, proposed_by=actor, proposed_at=at, approved_by=None,
              answered_at=first_answer(refund, actor, at), **columns)  # fmt: skip
    after = {"act": str(act), "proposed": str(money)}
    record_change(refund, actor=actor, at=at, source=source, job=job, after=after)
    raise_alert(
        store=refund.store,
        kind=AlertKind.APPROVAL,
        right=Right.APPROVE_REFUNDS,
        at=at,
        subjects=[refund.order.number],
        data={"refund": refund.number},
    )


def check_proposal(refund: Refund, actor: User | None) -> Decimal:
    """Return the amount that waits for a second person, who must be another one.

    Raises:
        RefundError: nothing waits, or it is the same person.
    """
    if refund.proposed is None:
        raise RefundError(_("Case %(number)s does not wait for a second person.") % {"number": refund.number})
    if actor is None or actor.pk == refund.proposed_by_id:
        raise RefundError(
            _("%(who)s proposed this refund: a second person must approve it.") % {"who": refund.proposed_by}, "hold"
        )
    return refund.proposed


def waiting_act(refund: Refund) -> Act:
    """Return what the proposal is about: receiving the goods, or else agreeing."""
    return Act.RECEIVE if refund.status == RefundState.AWAITING_RECEIPT else Act.AGREE
