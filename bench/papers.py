"""Printing of waybills: processor seconds of a batch, and memory that does not grow with it."""

from collections.abc import Iterator
from tempfile import TemporaryDirectory

from bench.bed import Bed
from bench.output import Row, within
from bench.sizes import LARGE

BATCH, MANY = 200, 1_000
GOAL_SECONDS, MEMORY_GROWTH = 20, 1.2


def paper_rows(bed: Bed) -> Iterator[Row]:
    """Print a batch and a large one in the worker's way: each waybill recorded and audited, one sealed PDF."""
    with TemporaryDirectory(dir=bed.data_dir.path) as folder:
        batch = bed.child("labels", LARGE, str(BATCH), f"{folder}/batch.pdf")
        many = bed.child("labels", LARGE, str(MANY), f"{folder}/many.pdf")
    yield within(
        f"{batch['labels']} waybills in one PDF: CPU seconds", GOAL_SECONDS, batch["cpu_seconds"], unit="s",
        floor=f"{batch['bytes'] / 1024:,.0f} KB", child=batch,
    )  # fmt: skip
    ratio = many["peak_mb"] / batch["peak_mb"]
    yield Row(
        f"print worker's peak memory, {many['labels']:,} over {batch['labels']} waybills", f"≤ {MEMORY_GROWTH} ×",
        f"{many['peak_mb']:.0f} MB", ratio, f"{batch['peak_mb']:.0f} MB", ratio <= MEMORY_GROWTH, {"child": many},
    )  # fmt: skip
