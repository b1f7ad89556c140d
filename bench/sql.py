"""Statements of the lists: how many, how long, and how they grow with the shop."""

from collections.abc import Iterator

from bench import addresses
from bench.addresses import NOTES, QUEUE, Known
from bench.bed import Bed
from bench.output import Row, within
from bench.sizes import HUGE, LARGE, SMALL
from bench.statements import load_page, sql_ms

COUNTS = 'FROM "orders_ordercount"'
NOTE_COUNTS = "'changed_after_print', count(*)"


def sql_rows(bed: Bed, known: Known) -> Iterator[Row]:
    page = load_page(bed.keys[LARGE], QUEUE)
    took = sql_ms(page.statements)
    yield within(
        "SQL statements of the queue page",
        8,
        len(page.statements),
        unit="",
        floor="whatever the rows",
        sql=page.statements,
    )
    yield within("SQL of the queue page", 3, took, floor=f"{len(page.statements)} statements, p50 each")
    yield within("SQL of the tab counts", 0.5, sql_ms([sql for sql in page.statements if COUNTS in sql]))
    yield from _growth(bed, took)
    yield from note_rows(bed)
    for (name, path), limit in zip(addresses.searches(known).items(), (5, 5, 10, 20), strict=True):
        found = load_page(bed.keys[LARGE], path)
        yield within(
            f"SQL of a search by {name}", limit, sql_ms(found.statements), floor=f"{len(found.statements)} statements"
        )


def note_rows(bed: Bed) -> Iterator[Row]:
    """Measure the note inbox and the count of its tabs."""
    statements = load_page(bed.keys[LARGE], NOTES).statements
    floor = f"{len(statements)} statements, p50 each; own goal"
    yield within("SQL of the note inbox", 3, sql_ms(statements), floor=floor, sql=statements)
    counts = [sql for sql in statements if NOTE_COUNTS in sql]
    yield within("SQL of the inbox's tab counts", 0.5, sql_ms(counts), floor="own goal", sql=counts)


def _growth(bed: Bed, large_ms: float) -> Iterator[Row]:
    small_ms = sql_ms(load_page(bed.keys[SMALL], QUEUE).statements)
    orders, took, limit = bed.sizes.orders, large_ms, 1.3
    if HUGE in bed.keys:
        orders, took = 5_000_000, sql_ms(load_page(bed.keys[HUGE], QUEUE).statements)
        yield within(f"SQL of the queue page, {orders:,}", 2, took)
    ratio = took / small_ms
    yield Row(
        f"SQL of the queue page, {orders:,} over {min(20_000, bed.sizes.orders):,}", f"≤ {limit} ×",
        f"{took:.2f} ms", ratio,
        f"small shop {small_ms:.2f} ms", ratio <= limit, {"measured": took, "floor": small_ms},
    )  # fmt: skip
