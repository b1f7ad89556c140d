"""How fast stock is promised, parcels are looked at and traces are kept; the goals are our own."""

from collections.abc import Iterator
from typing import Any

from bench.bed import Bed
from bench.output import Row
from bench.sizes import LARGE

SETTLED, CALLS = 2_000, 20
PER_SECOND = {"again": 200, "new": 150, "watch": 5_000, "trace": 1_000}


def work_rows(bed: Bed) -> Iterator[Row]:
    settled = bed.child("settle", LARGE, str(SETTLED))
    yield _row("orders looked at again for gifts and stock", PER_SECOND["again"], settled["again"])
    yield _row("orders given gifts and stock", PER_SECOND["new"], settled["new"])
    yield _row("watched parcels looked at for trouble", PER_SECOND["watch"], bed.child("watch", LARGE))
    yield _row("traces of parcels kept", PER_SECOND["trace"], bed.child("trace", LARGE, str(CALLS)))


def _row(what: str, goal: int, found: dict[str, Any]) -> Row:
    speed = found["count"] / found["seconds"]
    return Row(
        f"{what}: per second (own goal)", f"≥ {goal:,}", f"{speed:,.0f}", None,
        f"{found['count']:,} in {found['seconds']:.1f} s, {found['cpu_seconds']:.1f} s CPU", speed >= goal, found,
    )  # fmt: skip
