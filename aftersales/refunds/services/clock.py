"""What time does to cases: the act of a state whose deadline passed, once, by nobody; and orders told of them again."""

from datetime import datetime
from typing import Any

from django.db import transaction

from aftersales.refunds.models import Refund, ReturnAddress
from aftersales.refunds.queries.due import forgotten_cases, timed_out
from aftersales.refunds.queries.money import NOTHING, refundable_of
from aftersales.refunds.said import OF_SILENCE, STOPPED
from aftersales.refunds.services.base import go, lock_case, policy_of, record_change, save_case
from aftersales.refunds.services.errors import RefundError
from aftersales.refunds.services.following import follow_order
from aftersales.refunds.services.talking import say_by_code
from aftersales.refunds.statuses import (
    MONEY_KINDS,
    PLATFORM_DECIDES,
    RETURN_KINDS,
    TIMEOUTS,
    Act,
    RefundState,
)
from backoffice.common.models import Job, Store
from orders.core.services import OrderError
from orders.core.statuses import EventSource

_BATCH = 100


def apply_timeouts(*, store: Store, at: datetime, job: Job | None = None) -> int:
    """Do what silence does to the next cases of the store whose time is over, each in its own transaction.

    Return how many; 0 when none is left that can be had. A case that somebody is saving has its turn later.
    """
    if not policy_of(store).acts_on_timeout:
        return 0
    return sum(_tried(store, pk, at, job) for pk in timed_out(store, at).values_list("pk", flat=True)[:_BATCH])


def _tried(store: Store, refund_id: int, at: datetime, job: Job | None) -> bool:
    try:
        return apply_timeout(store=store, refund_id=refund_id, at=at, job=job)
    except RefundError as error:
        return leave_to_people(store=store, refund_id=refund_id, problem=str(error), at=at, job=job)
    except OrderError:
        return False


@transaction.atomic
def apply_timeout(*, store: Store, refund_id: int, at: datetime, job: Job | None = None) -> bool:
    """Do what silence does to one case; tell whether its time was over indeed.

    Raises:
        RefundError: the act is not possible any more.
    """
    refund = lock_case(store=store, refund_id=refund_id)
    if not refund.is_open or refund.deadline is None or refund.deadline > at or refund.intervention in PLATFORM_DECIDES:
        return False
    act, columns = _silent_act(refund)
    go(refund, act, actor=None, at=at, source=EventSource.SYSTEM, job=job, **columns)
    say_by_code(refund, OF_SILENCE[act], at=at, act=act)
    return True


def _silent_act(refund: Refund) -> tuple[Act, dict[str, Any]]:
    """Return the act and what is saved with it: money as asked for, or as agreed before."""
    act = TIMEOUTS[RefundState(refund.status)]
    if act == Act.TURN_TO_REFUND:
        money = refundable_of(refund.order, refund.line, besides=refund)
        return (act, {"amount": money}) if money else (Act.WITHDRAW, {})
    if act == Act.WITHDRAW:
        return act, {"refunded": NOTHING}
    if act == Act.AGREE and refund.kind in RETURN_KINDS:
        default = ReturnAddress.objects.for_store(refund.store).filter(is_active=True, is_default=True).first()
        return act, {"refunded": refund.amount, "return_address": default}
    return act, {"refunded": refund.refunded or refund.amount} if refund.kind in MONEY_KINDS else {}


@transaction.atomic
def leave_to_people(*, store: Store, refund_id: int, problem: str, at: datetime, job: Job | None = None) -> bool:
    """Take the clock off a case for which silence cannot act, and say why in the negotiation."""
    refund = lock_case(store=store, refund_id=refund_id)
    save_case(refund, at, deadline=None)
    say_by_code(refund, STOPPED, {"problem": problem}, at=at)
    record_change(
        refund, actor=None, at=at, source=EventSource.SYSTEM, job=job, after={"deadline": "", "reason": problem}
    )
    return True


def restore_facts(now: datetime) -> int:
    """Tell orders again of open cases that an import made them forget, and hold what has not shipped; return how many.

    A ticker: an order that somebody is saving has its turn later.
    """
    return sum(_restored(refund, now) for refund in forgotten_cases()[:_BATCH])


def _restored(found: Refund, at: datetime) -> bool:
    try:
        with transaction.atomic():
            refund = lock_case(store=found.store, refund_id=found.pk)
            if refund.is_open and not refund.order.has_open_refund:
                follow_order(refund, gave=NOTHING, actor=None, at=at, source=EventSource.SYSTEM)
    except OrderError:
        return False
    return True
