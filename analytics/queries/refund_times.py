"""How long cases take: medians and 90th percentiles over any period, exact, from the stays that the rollups keep.

The median is the shortest time within which half of the stays were over, the 90th percentile that of nine in ten: each
is a time that occurred (nearest rank), so that nothing is interpolated.
"""

from typing import NamedTuple

from django.db import connection

from analytics.queries.periods import Period
from backoffice.common.models import Store, User

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

# One row per group: the sets are all stays of a step, those of a person, those of a reason
STEPS = """
SELECT status, CASE grouping(actor_id) WHEN 1 THEN -1 ELSE actor_id END,
    CASE grouping(reason_kind) WHEN 1 THEN '' ELSE reason_kind END,
    count(*), percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY s)
FROM analytics_refundsteptimes, unnest(seconds) AS s
WHERE store_id = %(store)s AND day BETWEEN %(first)s AND %(last)s
GROUP BY GROUPING SETS ((status), (status, actor_id), (status, reason_kind))
"""
ANSWERS = """
SELECT 'first_answer', CASE grouping(actor_id) WHEN 1 THEN -1 ELSE actor_id END,
    CASE grouping(reason_kind) WHEN 1 THEN '' ELSE reason_kind END,
    count(*), percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY s)
FROM analytics_refundanswertimes, unnest(seconds) AS s
WHERE store_id = %(store)s AND day BETWEEN %(first)s AND %(last)s
GROUP BY GROUPING SETS ((), (actor_id), (reason_kind))
HAVING count(*) > 0
"""
CASES = """
SELECT 'whole_case', -1, CASE grouping(reason_kind) WHEN 1 THEN '' ELSE reason_kind END,
    count(*), percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY s)
FROM analytics_refundreasons, unnest(seconds) AS s
WHERE store_id = %(store)s AND day BETWEEN %(first)s AND %(last)s
GROUP BY GROUPING SETS ((), (reason_kind))
HAVING count(*) > 0
"""


def refund_times(store: Store, period: Period) -> Times:
    """Return the hours of every step, person and reason.

    A stay counts on the day it ended; first answers and whole cases on the day the case was asked for.
    """
    times: Times = {}
    with connection.cursor() as cursor:
        for statement in (STEPS, ANSWERS, CASES):
            cursor.execute(statement, {"store": store.pk, "first": period.first, "last": period.last})
            for step, actor_id, reason_kind, count, (median, ninetieth) in cursor.fetchall():
                times[TimeKey(step, actor_id, reason_kind)] = Hours(count, median, ninetieth)
    return times


def names_of(actor_ids: set[int]) -> dict[int, str]:
    """Return what people are called."""
    return {person.pk: str(person) for person in User.objects.filter(pk__in=actor_ids)}
