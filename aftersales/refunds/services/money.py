"""Money that leaves the shop: by an agreement, or when returned goods are received; the second person above a limit."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from aftersales.refunds.models import Refund, RefundPolicy
from aftersales.refunds.queries.money import NOTHING, is_money
from aftersales.refunds.services.base import first_answer, go, policy_of, record_change, save_case
from aftersales.refunds.services.errors import RefundError
from aftersales.refunds.statuses import MONEY_KINDS, OPEN_STATES, Act, RefundKind, RefundState
from backoffice.common.access import Right
from backoffice.common.display import money_text
from backoffice.common.models import AlertKind, Job, User
from backoffice.common.services.alerts import raise_alert
from orders.core.statuses import EventSource

COUNTED_DAYS = 30  # what an order gave back so long ago still counts to the limit of one person


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

    Above the shop's limit, with what was agreed in other cases of the order before, nothing moves: the amount is
    proposed to a second person. Tell whether the act was done.

    Raises:
        RefundError: the amount is not within what was asked for, or somebody proposed one already.
    """
    money = granted_amount(refund, act, amount)
    if needs_approval(refund, money, policy_of(refund.store), at=at):
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


def needs_approval(refund: Refund, money: Decimal, policy: RefundPolicy, *, at: datetime) -> bool:
    """Tell whether a second person must agree: money above the limit that nobody else has agreed to yet.

    One order in several cases is one order: what others of it were agreed to counts. Where this case was agreed to
    before, those others that a second person agreed to were counted with it, and count no more.
    """
    if refund.kind not in MONEY_KINDS or (refund.approved_by_id is not None and money <= refund.refunded):
        return False
    return money + _counted_before(refund, money, at) > policy.approval_above


def _counted_before(refund: Refund, money: Decimal, at: datetime) -> Decimal:
    return agreed_before(refund, at, is_approved_left_out=money <= refund.refunded)


def agreed_before(refund: Refund, at: datetime, *, is_approved_left_out: bool = False) -> Decimal:
    """Return the money of the order's other cases that was agreed to lately: given back, or promised."""
    since = at - timedelta(days=COUNTED_DAYS)
    is_lately = Q(status__in=OPEN_STATES) | Q(status=RefundState.SUCCEEDED, finished_at__gte=since)
    others = Refund.objects.filter(is_lately, order=refund.order_id, kind__in=MONEY_KINDS).exclude(pk=refund.pk)
    if is_approved_left_out:
        others = others.filter(approved_by__isnull=True)
    return others.aggregate(agreed=Sum("refunded", default=NOTHING))["agreed"]


def limit_sentence(refund: Refund, money: Decimal, policy: RefundPolicy, *, at: datetime) -> str:
    """Say why a second person must agree to this money, with the figures."""
    before = _counted_before(refund, money, at)
    values = {"amount": money_text(money), "limit": money_text(policy.approval_above)}
    if not before:
        return _("%(amount)s is above the limit of %(limit)s: a second person must agree.") % values
    values |= {"before": money_text(before), "total": money_text(money + before), "number": refund.order.number}
    return _(
        "%(amount)s here and %(before)s agreed in other cases of order %(number)s within %(days)s days are %(total)s, "
        "above the limit of %(limit)s: a second person must agree."
    ) % (values | {"days": COUNTED_DAYS})


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
        raise RefundError(limit_sentence(refund, money, policy_of(refund.store), at=at), "hold")
    if refund.proposed is not None:
        raise RefundError(
            _("%(who)s proposed %(amount)s for case %(number)s already: it waits for a second person.")
            % {"who": refund.proposed_by, "amount": refund.proposed, "number": refund.number},
            "hold",
        )
    save_case(refund, at, proposed=money, proposed_by=actor, proposed_at=at, approved_by=None,
              answered_at=first_answer(refund, actor, at), **columns)  # fmt: skip
    before = agreed_before(refund, at)
    after = {"act": str(act), "proposed": str(money)} | ({"agreed_before": str(before)} if before else {})
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
