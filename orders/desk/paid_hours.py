"""Orders that were paid in some hours of the day: the index of pay times is asked for each hour of each day."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db.models import DateTimeField, F, Q
from django.db.models.expressions import RawSQL

from backoffice.common.clock import day_bounds
from backoffice.common.models import Store
from backoffice.common.statements import fetch, literals
from orders.core.pieces import IsAny
from orders.core.statuses import OPEN_STATUSES

MANY = 3_000  # of so many open orders the first ones are sooner found along the queue
_TIMES = """
  SELECT times.paid_at
  FROM (SELECT min(paid_at) AS low, max(paid_at) AS high FROM orders_order WHERE store_id = %s {where}) AS ends
  CROSS JOIN generate_series(
    greatest(date_trunc('day', low, %s), %s::timestamptz), least(high, %s::timestamptz), interval '1 day'
  ) AS day
  CROSS JOIN unnest(%s::int[]) AS hour
  CROSS JOIN LATERAL (
    SELECT paid_at FROM orders_order
    WHERE store_id = %s AND paid_at >= day + hour * interval '1 hour' AND paid_at < day + (hour + 1) * interval '1 hour'
    {where}
  ) AS times
"""
_OPEN = f"AND status IN {literals(OPEN_STATUSES)}"  # as its indexes say


def paid_in_hours(hours: Sequence[int], store: Store, first: date | None, last: date | None, *, is_open: bool) -> Q:
    """Return the condition that an order was paid in these hours of the days between.

    A rare hour would else be looked for row by row, among all orders or, with `is_open`, among the open ones.
    """
    low, high = first and day_bounds(first)[0], last and day_bounds(last)[1]
    values = (store.pk, settings.TIME_ZONE, low, high, list(hours), store.pk)
    text = _TIMES.format(where=_OPEN if is_open else "")
    if is_open and _are_many(text, values):
        return Q(paid_at__hour__in=hours)
    return Q(IsAny(F("paid_at"), RawSQL(f"ARRAY({text})", values, ArrayField(DateTimeField()))))  # noqa: S611 # nosec B611


def _are_many(text: str, values: tuple[Any, ...]) -> bool:
    counted = f"SELECT count(*) FROM ({text} LIMIT %s) AS found"  # noqa: S608 # nosec B608 -- of the code
    return bool(fetch(counted, (*values, MANY + 1))[0][0] > MANY)
