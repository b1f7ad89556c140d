"""After-sales cases counted again, in Python and case by case: shares no SQL with the rollups that it checks."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from aftersales.refunds.models import Refund, RefundMessage, RefundStep
from aftersales.refunds.statuses import RETURN_KINDS, MessageRole, RefundState
from analytics.models import ProductReturns, RefundAnswerTimes, RefundReasons, RefundStepTimes
from analytics.rollups.refund_answers import EVENTS
from analytics.rollups.tally import Recount
from orders.core.models import OrderEvent, OrderLine

SECOND = timedelta(seconds=1)
Authors = dict[tuple[Any, datetime], int]


def count_refunds(result: Recount, stores: Sequence[int], start: datetime, end: datetime) -> None:
    """Count what ended, was asked for, or was paid in the half-open time."""
    _count_steps(result, stores, start, end)
    _count_asked(result, stores, start, end)
    _count_returns(result, stores, start, end)
    for table in (RefundStepTimes, RefundAnswerTimes, RefundReasons):
        for sums in result.tables[table].values():
            sums["seconds"] = sorted(sums["seconds"])


def _count_steps(result: Recount, stores: Sequence[int], start: datetime, end: datetime) -> None:
    steps = RefundStep.objects.filter(store__in=stores, left_at__gte=start, left_at__lt=end).select_related("refund")
    for step in steps.iterator():
        day = timezone.localdate(step.left_at)
        key = (step.store_id, day, step.status, step.actor_id or 0, step.refund.reason_kind)
        result.add(RefundStepTimes, key, stay_count=1, seconds=[(step.left_at - step.entered_at) // SECOND])


def _count_asked(result: Recount, stores: Sequence[int], start: datetime, end: datetime) -> None:
    cases = list(Refund.objects.filter(store__in=stores, requested_at__gte=start, requested_at__lt=end))
    answers = _Answers(cases)
    for case in cases:
        day = timezone.localdate(case.requested_at)
        result.add(RefundReasons, (case.store_id, day, case.title_id or 0, case.reason_kind, case.kind), **_facts(case))
        if case.answered_at is not None:
            result.add(
                RefundAnswerTimes, (case.store_id, day, answers.person(case), case.reason_kind), answer_count=1,
                seconds=[_waited(case, case.answered_at)],
            )  # fmt: skip


def _facts(case: Refund) -> dict[str, Any]:
    has_succeeded = case.status == RefundState.SUCCEEDED
    return {
        "case_count": 1,
        "succeeded_count": int(has_succeeded),
        "closed_count": int(case.status == RefundState.CLOSED),
        "asked": case.amount,
        "refunded": case.refunded if has_succeeded else Decimal("0.00"),
        "seconds": [] if case.finished_at is None else [_waited(case, case.finished_at)],
    }


def _waited(case: Refund, until: datetime) -> int:
    return max((until - case.requested_at) // SECOND, 0)


class _Answers:
    """Who first answered each of some cases."""

    def __init__(self, cases: Iterable[Refund]) -> None:
        answered = [case for case in cases if case.answered_at is not None]
        self.decided: Authors = {}
        events = OrderEvent.objects.filter(
            order__in={case.order_id for case in answered}, kind__in=EVENTS, actor__isnull=False
        )
        for event in events.order_by("pk"):
            key = ((event.order_id, event.after.get("refund")), event.at)
            self.decided.setdefault(key, event.actor_id or 0)
        self.written: Authors = {}
        messages = RefundMessage.objects.filter(refund__in=answered, role=MessageRole.SHOP, author__isnull=False)
        for message in messages.order_by("pk"):
            self.written.setdefault((message.refund_id, message.at), message.author_id or 0)

    def person(self, case: Refund) -> int:
        at = case.answered_at or case.requested_at
        return self.decided.get(((case.order_id, case.number), at), 0) or self.written.get((case.pk, at), 0)


def _count_returns(result: Recount, stores: Sequence[int], start: datetime, end: datetime) -> None:
    cases = Refund.objects.filter(order__store__in=stores, order__paid_at__gte=start, order__paid_at__lt=end)
    by_order: dict[tuple[int, date, int], list[Refund]] = defaultdict(list)
    for case in cases.select_related("order").order_by("pk"):
        by_order[(case.order.store_id, timezone.localdate(case.order.paid_at), case.order_id)].append(case)
    titles = _titles({order_id for _store, _day, order_id in by_order})
    for (store_id, day, order_id), of_order in by_order.items():
        for title_id, about in _by_title(of_order, titles[order_id]).items():
            _add_return(result, (store_id, day, title_id), about)


def _titles(order_ids: set[int]) -> dict[int, set[int]]:
    """Return the products that each of the orders sold."""
    lines = OrderLine.objects.filter(order__in=order_ids).exclude(is_gift=True, key__startswith="gift:")
    titles: dict[int, set[int]] = defaultdict(set)
    for order_id, title_id in lines.values_list("order_id", "title_id"):
        titles[order_id].add(title_id)
    return titles


def _by_title(cases: Sequence[Refund], titles: set[int]) -> dict[int, list[Refund]]:
    """Return the cases of one order by the products that they are about."""
    about: dict[int, list[Refund]] = defaultdict(list)
    for case in cases:
        for title_id in titles if case.title_id is None else {case.title_id}:
            about[title_id].append(case)
    return about


def _add_return(result: Recount, key: tuple[int, date, int], about: Sequence[Refund]) -> None:
    result.add(
        ProductReturns, key, case_count=len(about), order_count=1,
        return_count=int(any(case.kind in RETURN_KINDS for case in about)),
        succeeded_count=int(any(case.status == RefundState.SUCCEEDED for case in about)),
    )  # fmt: skip
