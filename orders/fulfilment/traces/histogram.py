"""Hours in buckets, so that a median over any days is the median of added counts.

Buckets are 2 hours wide up to 2 days, 6 hours up to a week, a day up to 20 days; the last one holds everything longer.
A quantile is placed inside its bucket in proportion, so it is off by less than the bucket's width: under 2 hours for
what takes up to two days, under 6 hours up to a week, under a day up to 20 days. The last bucket is only "20 days and
more".
"""

from collections.abc import Sequence

EDGES: tuple[int, ...] = (*range(0, 48, 2), *range(48, 168, 6), *range(168, 481, 24))  # hours at which a bucket begins
SIZE = len(EDGES)


def bucket_of(hours: float) -> int:
    """Return the place of a duration; what ended before it began counts as nothing."""
    return max((place for place, edge in enumerate(EDGES) if hours >= edge), default=0)


def quantile(counts: Sequence[int], share: float) -> float | None:
    """Return the hours that this share of the counted does not exceed; None when nothing was counted."""
    total = sum(counts)
    if not total:
        return None
    wanted, passed = share * total, 0
    for place, count in enumerate(counts):
        if count and passed + count >= wanted:
            return _inside(place, (wanted - passed) / count)
        passed += count
    return float(EDGES[-1])


def _inside(place: int, part: float) -> float:
    if place + 1 >= SIZE:
        return float(EDGES[-1])
    return EDGES[place] + (EDGES[place + 1] - EDGES[place]) * part
