"""How long cases take: medians and 90th percentiles over any period, exact, from the stays that the rollups keep.

The median is the shortest time within which half of the stays were over, the 90th percentile that of nine in ten: each
is a time that occurred (nearest rank), so that nothing is interpolated.
"""

from typing import Any, NamedTuple

from analytics.queries.periods import Period
from backoffice.common.models import Store, User
from backoffice.common.statements import fetch

ANYBODY, NOBODY = -1, 0  # in place of a person
ANY_REASON = ""


class Hours(NamedTuple):
    """How often and how long, in seconds."""

    stays: int
    median: int
    ninetieth: int


class TimeKey(NamedTuple):
    """What hours are of: a state or another step; one person, or one reason, or neither."""

    step: str
    actor_id: int = ANYBODY
    reason_kind: str = ANY_REASON


ANSWER, WHOLE = "first_answer", "whole_case"  # steps beside the states
Times = dict[TimeKey, Hours]

_STAYS = "count(*), percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY s)"
_WHERE = "unnest(seconds) AS s WHERE store_id = %(store)s AND day BETWEEN %(first)s AND %(last)s"
_PERSON = "CASE grouping(actor_id) WHEN 1 THEN -1 ELSE actor_id END"
_REASON = "CASE grouping(reason_kind) WHEN 1 THEN '' ELSE reason_kind END"
# One row per group: the sets are all stays of a step, those of a person, those of a reason
_STEPS = f"""
SELECT status::text, {_PERSON}, {_REASON}, {_STAYS} FROM analytics_refundsteptimes, {_WHERE}
GROUP BY GROUPING SETS ((status), (status, actor_id), (status, reason_kind))
"""  # noqa: S608 -- parts of the code, as below
_ANSWERS = f"""
SELECT 'first_answer', {_PERSON}, {_REASON}, {_STAYS} FROM analytics_refundanswertimes, {_WHERE}
GROUP BY GROUPING SETS ((), (actor_id), (reason_kind)) HAVING count(*) > 0
"""  # noqa: S608
_CASES = f"""
SELECT 'whole_case', -1, {_REASON}, {_STAYS} FROM analytics_refundreasons, {_WHERE}
GROUP BY GROUPING SETS ((), (reason_kind)) HAVING count(*) > 0
"""  # noqa: S608
_TOTALS = f"""
SELECT status::text, -1, '', {_STAYS} FROM analytics_refundsteptimes, {_WHERE} GROUP BY status
UNION ALL SELECT 'first_answer', -1, '', {_STAYS} FROM analytics_refundanswertimes, {_WHERE} HAVING count(*) > 0
UNION ALL SELECT 'whole_case', -1, '', {_STAYS} FROM analytics_refundreasons, {_WHERE} HAVING count(*) > 0
"""  # noqa: S608
_WHERE_BEFORE = _WHERE.replace("%(first)s AND %(last)s", "%(first_before)s AND %(last_before)s")
_ENDS = " UNION ALL ".join(
    f"SELECT '{step}', {is_now}, {_STAYS} FROM {table}, {where} HAVING count(*) > 0"  # noqa: S608
    for step, table in (("first_answer", "analytics_refundanswertimes"), ("whole_case", "analytics_refundreasons"))
    for is_now, where in ((True, _WHERE), (False, _WHERE_BEFORE))
)


def refund_times(store: Store, period: Period) -> Times:
    """Return the hours of every step, person and reason.

    A stay counts on the day it ended; first answers and whole cases on the day the case was asked for.
    """
    return _times(f"{_STEPS} UNION ALL {_ANSWERS} UNION ALL {_CASES}", store, period)


def compared_times(store: Store, period: Period) -> Times:
    """Return the hours of every step by person and reason, first answers among them."""
    return _times(f"{_STEPS} UNION ALL {_ANSWERS}", store, period)


def step_times(store: Store, period: Period) -> Times:
    """Return the hours of every step, whoever ended it and whatever the reason."""
    return _times(_TOTALS, store, period)


def case_times_and_before(store: Store, period: Period) -> tuple[Times, Times]:
    """Return the hours of first answers and of whole cases alone, then those of as many days before."""
    now: Times = {}
    before: Times = {}
    earlier = period.previous
    values = {"first_before": earlier.first, "last_before": earlier.last}
    for step, is_now, count, (median, ninetieth) in fetch(_ENDS, _days(store, period) | values):
        (now if is_now else before)[TimeKey(step)] = Hours(count, median, ninetieth)
    return now, before


def _days(store: Store, period: Period) -> dict[str, Any]:
    return {"store": store.pk, "first": period.first, "last": period.last}


def _times(statement: str, store: Store, period: Period) -> Times:
    rows = fetch(statement, _days(store, period))
    return {
        TimeKey(step, actor_id, reason_kind): Hours(count, median, ninetieth)
        for step, actor_id, reason_kind, count, (median, ninetieth) in rows
    }


def names_of(actor_ids: set[int]) -> dict[int, str]:
    """Return what people are called."""
    return {person.pk: str(person) for person in User.objects.filter(pk__in=actor_ids)}
