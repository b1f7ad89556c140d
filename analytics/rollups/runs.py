"""Running the rollups: a range of days, or the nightly run over yesterday and every day that was marked."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction

from analytics.models import DirtyDay, RollupState
from analytics.rollups import ROLLUPS, Written
from analytics.rollups.frame import refresh_all
from backoffice.common.clock import business_day
from backoffice.common.models import Store

DAY = timedelta(days=1)
MISSED_DAYS = 31  # how far back the nightly run looks for days that it never ran for; zeros are all they would add
CHUNK_DAYS = 92  # of a long range in one transaction: what a killed run loses, and what it holds in memory

Progress = Callable[[int, int], None]  # days done, days in all


class Span(NamedTuple):
    """Days of some stores, both ends included."""

    stores: Sequence[int]
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


class RollupCount(NamedTuple):
    days: int
    rows_written: int
    rows_unchanged: int


def roll_range(
    *, stores: Sequence[Store], first: date, last: date, at: datetime, progress: Progress | None = None
) -> RollupCount:
    """Recompute every rollup of these stores from the first day to the last, both included."""
    return _roll([Span([store.pk for store in stores], first, last)], at=at, progress=progress)


def roll_nightly(*, stores: Sequence[Store], at: datetime, progress: Progress | None = None) -> RollupCount:
    """Recompute, for each store, the days closed since the last run and the closed days that were marked since."""
    yesterday = business_day(at) - DAY
    spans = [span for store in stores for span in _due_spans(store, yesterday)]
    return _roll(spans, at=at, progress=progress)


def _due_spans(store: Store, yesterday: date) -> Iterator[Span]:
    marked = DirtyDay.objects.filter(store=store, day__lte=yesterday)
    days = set(marked.values_list("day", flat=True).distinct())
    state = RollupState.objects.filter(store=store).first()
    missed = min((yesterday - state.rolled_through).days, MISSED_DAYS) if state else 1
    days.update(yesterday - DAY * number for number in range(max(missed, 1)))
    for first, last in _runs_of(sorted(days)):
        yield Span([store.pk], first, last)


def _runs_of(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    """Return sorted days as runs without a gap."""
    starts = [number for number, day in enumerate(days) if number == 0 or day - days[number - 1] > DAY]
    for start, following in zip(starts, [*starts[1:], len(days)], strict=True):
        yield days[start], days[following - 1]


def _roll(spans: Sequence[Span], *, at: datetime, progress: Progress | None) -> RollupCount:
    total, done, count = sum(span.days for span in spans), 0, Written()
    for part in (part for span in spans for part in _chunks(span)):
        count = count.plus(roll_span(part, at=at))
        done += part.days
        if progress is not None:
            progress(done, total)
    return RollupCount(total, count.written, count.unchanged)


def _chunks(span: Span) -> Iterator[Span]:
    first = span.first
    while first <= span.last:
        last = min(first + DAY * (CHUNK_DAYS - 1), span.last)
        yield Span(span.stores, first, last)
        first = last + DAY


def roll_span(span: Span, *, at: datetime) -> Written:
    """Recompute one span in one snapshot and delete the marks which that snapshot sees; later ones stay.

    Killed midway it leaves nothing behind and the marks in place. Two at once run one after the other.
    """
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        _begin_snapshot(is_outermost=is_outermost)
        count = refresh_all(ROLLUPS, *span)
        DirtyDay.objects.filter(store__in=span.stores, day__range=(span.first, span.last)).delete()
        _save_state(span, has_changed=bool(count.written), at=at)
    return count


def _begin_snapshot(*, is_outermost: bool) -> None:
    """Wait for a running rollup, then take the snapshot: LOCK TABLE takes none itself, a query would."""
    with connection.cursor() as cursor:
        if is_outermost:  # inside a test's transaction it is too late to ask
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SET LOCAL lock_timeout = '10min'")
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute("SET LOCAL synchronous_commit = off")  # a crash loses sums and marks together: rolled again
        cursor.execute("LOCK TABLE analytics_rollupstate IN SHARE ROW EXCLUSIVE MODE")


STATE = """
INSERT INTO analytics_rollupstate AS s (store_id, rolled_through, ran_at, changed_at)
SELECT store_id, %(last)s, %(at)s, clock_timestamp() FROM unnest(%(stores)s::bigint[]) AS t (store_id) ORDER BY store_id
ON CONFLICT (store_id) DO UPDATE SET
    rolled_through = greatest(s.rolled_through, excluded.rolled_through), ran_at = excluded.ran_at,
    changed_at = CASE WHEN %(has_changed)s THEN excluded.changed_at ELSE s.changed_at END
"""


def _save_state(span: Span, *, has_changed: bool, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(STATE, {"stores": list(span.stores), "last": span.last, "at": at, "has_changed": has_changed})
