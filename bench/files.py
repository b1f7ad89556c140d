"""Exports and imports of files over COPY of the same rows."""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.db import connection
from django.utils import timezone

from backoffice.common.embedded.testing import migrations_digest
from backoffice.common.models import Store
from bench.bed import Bed
from bench.lists import export_sql
from bench.output import Row, within
from bench.sizes import MIDDLE, SMALL
from orders.intake.demo.files import write_files
from orders.intake.demo.generator import generate
from orders.intake.demo.shop import ends_at

TEMPLATE = "finance"  # the built-in one with 14 columns
RUNS = 3
GOAL, MEMORY_GROWTH = 15_000, 1.2
IMPORT_ORDERS, FEW_ORDERS = 40_000, 4_000
IMPORT_DATABASE = "bench_import"


def export_rows(bed: Bed) -> Iterator[Row]:
    """Export all orders of the middle shop in the worker's way, between COPY of the same joined rows."""
    sql = export_sql(Store.objects.get(code=MIDDLE), "queue=all", TEMPLATE)
    with TemporaryDirectory(dir=bed.data_dir.path) as folder:
        copied: list[float] = []
        found: dict[str, list[dict[str, Any]]] = {"xlsx": [], "csv": []}
        for _run in range(RUNS):
            for suffix, runs in found.items():
                copied.append(copy_seconds(sql))
                runs.append(bed.child("export", MIDDLE, TEMPLATE, f"{folder}/orders.{suffix}"))
        few = bed.child("export", SMALL, TEMPLATE, f"{folder}/few.xlsx")
    rows = found["xlsx"][0]["rows"]
    floor = rows / statistics.median(copied)
    cpu = rows / statistics.median(run["cpu_seconds"] for run in found["xlsx"])
    yield Row(
        "XLSX export, 14 columns: rows per CPU second",
        f"≥ {GOAL:,}",
        f"{cpu:,.0f}",
        None,
        f"{rows:,} rows",
        cpu >= GOAL,
    )
    yield from (_over_copy(suffix, rows, found[suffix], floor, limit) for suffix, limit in (("xlsx", 10), ("csv", 6)))
    many = max(run["peak_mb"] for run in found["xlsx"])
    yield within(
        "export worker's peak memory", 200, many, unit="MB", floor=f"{rows:,} rows", csv=found["csv"][0]["peak_mb"]
    )
    ratio = many / few["peak_mb"]
    yield Row(
        f"export worker's peak memory, {rows:,} over {few['rows']:,} rows", "≤ 1.2 ×", f"{many:.0f} MB", ratio,
        f"{few['peak_mb']:.0f} MB", ratio <= MEMORY_GROWTH,
    )  # fmt: skip


def _over_copy(suffix: str, rows: int, runs: list[dict[str, Any]], floor: float, limit: int) -> Row:
    speed = rows / statistics.median(run["seconds"] for run in runs)
    return slower(f"{suffix.upper()} export: rows/s over COPY", limit, speed, floor, rows=rows, runs=runs)


def slower(what: str, limit: int, speed: float, floor: float, **values: Any) -> Row:
    """Compare a speed with that of COPY: it may be `limit` times slower."""
    return Row(
        what, f"≥ 1/{limit}", f"{speed:,.0f}/s", speed / floor,
        f"COPY {floor:,.0f}/s (1/{floor / speed:.1f})", speed >= floor / limit,
        {"measured": speed, "floor": floor, **values},
    )  # fmt: skip


def copy_seconds(sql: str) -> float:
    """Return how long COPY takes to write the rows of a statement as CSV."""
    started = time.perf_counter()
    with connection.cursor() as cursor, cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)") as copy:
        for _block in copy:
            pass
    return time.perf_counter() - started


def import_rows(bed: Bed) -> Iterator[Row]:
    """Import a list and a detail file into an empty shop; COPY their rows into a bare table."""
    with TemporaryDirectory() as folder, import_database(bed) as url:
        few, many = (order_files(Path(folder) / str(count), count) for count in (FEW_ORDERS, IMPORT_ORDERS))
        small = bed.child("import", *map(str, few), DATABASE_URL=url)
        copied = [bare_copy(bed, many) for _run in range(RUNS)]
        large = bed.child("import", *map(str, many), DATABASE_URL=url)
        copied.append(bare_copy(bed, many))
    rows = large["rows"]
    yield slower(f"import of {rows:,} rows: rows/s over COPY into a bare table", 15, rows / large["seconds"],
                 rows / statistics.median(copied), child=large)  # fmt: skip
    floor = f"{small['rows']:,} rows: {small['peak_mb']:.0f} MB"
    yield within(f"import's peak memory, {rows:,} rows", 250, large["peak_mb"], unit="MB", floor=floor)


def order_files(folder: Path, count: int) -> list[Path]:
    until = ends_at(None, timezone.now()) - timedelta(days=1)
    orders = generate(count=count, seed=5, until=until, days=60)
    return list(write_files(orders, folder=folder, seed=5, until=until, per_file=count))


def bare_copy(bed: Bed, paths: list[Path]) -> float:
    """Return the seconds of COPY of the files' rows into tables of text columns without an index."""
    elapsed = 0.0
    with psycopg.connect(bed.environment["DATABASE_OWNER_URL"]) as owner:
        for number, path in enumerate(paths):
            text = path.read_text(encoding="gbk").encode()
            width = text.partition(b"\n")[0].count(b",") + 1
            owner.execute(f"CREATE TABLE bench_bare_{number} ({', '.join(f'c{index} text' for index in range(width))})")
            started = time.perf_counter()
            with owner.cursor().copy(f"COPY bench_bare_{number} FROM STDIN (FORMAT csv, HEADER)") as copy:
                copy.write(text)
            elapsed += time.perf_counter() - started
        started = time.perf_counter()
        owner.commit()
        elapsed += time.perf_counter() - started
        for number in range(len(paths)):
            owner.execute(f"DROP TABLE bench_bare_{number}")
    return elapsed


@contextmanager
def import_database(bed: Bed) -> Iterator[str]:
    """Make a database with empty tables, from one that is kept; yield its address."""
    owner_url = bed.environment["DATABASE_OWNER_URL"]
    empty = f"bench_empty_{migrations_digest()}"
    with psycopg.connect(owner_url, autocommit=True) as owner:
        if not owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [empty]).fetchone():
            owner.execute(f"CREATE DATABASE {empty}")
            bed.child(
                "migrate",
                DATABASE_URL=_at(owner_url, empty),
                DATABASE_APP_ROLE=urlsplit(bed.environment["DATABASE_URL"]).username or "",
            )
        owner.execute(f"DROP DATABASE IF EXISTS {IMPORT_DATABASE} WITH (FORCE)")
        owner.execute(f"CREATE DATABASE {IMPORT_DATABASE} TEMPLATE {empty}")
        yield _at(bed.environment["DATABASE_URL"], IMPORT_DATABASE)
        owner.execute(f"DROP DATABASE {IMPORT_DATABASE} WITH (FORCE)")


def _at(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))
