"""Cases with what an answer holds: a fixed number of statements."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from aftersales.refunds.models import MessageFile, Refund
from aftersales.refunds.queries import (
    case_by_number,
    case_events,
    goods_of,
    number_now,
    refundable_of,
    rule_for,
    signals_of,
    silence_of,
)
from aftersales.refunds.services import policy_of
from backoffice.common.models import Store

_FIRST, _LAST = date(1990, 1, 1), date(2199, 12, 31)  # days that lists are narrowed by
_MOST = 500  # messages of one case; the last ones
_RELATED = ("order", "line", "title", "buyer", "owner", "proposed_by", "approved_by")


def check_days(values: Mapping[str, Any]) -> None:
    """Refuse days so far off that no time of ours lies in them.

    Raises:
        ValidationError: one of the values is such a day.
    """
    for name, value in values.items():
        if isinstance(value, date) and not _FIRST <= value <= _LAST:
            raise ValidationError({name: [_("Choose a day from 1990 to 2199.")]})


def cases_in_order(store: Store, ids: Iterable[int]) -> list[Refund]:
    """Return these cases of the store in the order of the ids; one statement."""
    ids = list(ids)
    found = {case.pk: case for case in Refund.objects.for_store(store).filter(pk__in=ids).select_related(*_RELATED)}
    return [found[pk] for pk in ids if pk in found]


def acted_case(store: Store, number: str) -> Refund:
    """Return the number and kind of a case that an act names, by its number or by the one it had before.

    Raises:
        Refund.DoesNotExist: the store has no such case.
    """
    cases = Refund.objects.for_store(store).only("pk", "number", "kind")
    try:
        return cases.get(number=number)
    except Refund.DoesNotExist:
        known = number_now(store, number)
        if known is None:
            raise
        return cases.get(number=known)


def whole_case(store: Store, number: str, now: datetime) -> Refund:
    """Return a case with everything that its answer holds.

    Raises:
        Refund.DoesNotExist: the store has no such case.
    """
    refund = case_by_number(store, number)
    policy, goods = policy_of(store), goods_of(refund)
    files = Prefetch("files", queryset=MessageFile.objects.select_related("attachment").order_by("pk"))
    vars(refund).update(
        refundable=refundable_of(refund.order, refund.line, besides=refund),
        silence=silence_of(refund, policy),
        finding=rule_for(refund, refund.order, policy, now),
        signals=signals_of(refund, policy, now),
        thread=list(refund.messages.prefetch_related(files).order_by("-at", "-pk")[:_MOST])[::-1],
        sorted_steps=list(refund.steps.select_related("actor").order_by("left_at", "pk")),
        goods_parcels=goods.parcels,
        goods_found=goods.inspections,
        case_events=case_events(refund),
    )
    return refund
