"""`python -m bench [--orders N] [--large] [--only NAME …]` and `python -m bench load`: see the parser's help."""

import argparse
import os
import platform
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

import django

from backoffice.common.embedded.errors import EmbeddedError
from bench import note_scores, sentiment
from bench.bed import made_bed
from bench.output import FAIL, Row, save, say, table
from bench.sizes import Sizes

LOAD_ORDERS, LOAD_SECONDS = 100_000, 60
REFUSED, INTERRUPTED = 2, 130
WITHOUT_BED = {"notes": note_scores.rows, "sentiment": sentiment.rows}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["run", "load"], default="run")
    parser.add_argument("--orders", type=int, help="of the large shop; 1,000,000, or 100,000 for load")
    parser.add_argument("--large", action="store_true", help="a shop of 5,000,000 orders too")
    parser.add_argument("--seconds", type=int, default=LOAD_SECONDS, help="of load")
    parser.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="PART",
        help="pages sql lists files papers stock sums notes sentiment (the last two alone need no database)",
    )
    parser.add_argument("--sentiment-file", help="labelled reviews to score the tone of; see bench/sentiments")
    options = parser.parse_args(arguments)
    if options.sentiment_file:
        os.environ[sentiment.FILE] = options.sentiment_file
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    sizes = Sizes(options.orders or (LOAD_ORDERS if options.what == "load" else Sizes.orders), options.large)
    try:
        rows = load(sizes, options.seconds) if options.what == "load" else run(sizes, options.only)
    except EmbeddedError as error:
        say(str(error))
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED
    print(table(rows))
    return 0


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def run(sizes: Sizes, only: list[str]) -> list[Row]:
    """Measure everything, or some parts, and write it down."""
    started = time.monotonic()
    measured = _without_bed(only) if only and set(only) <= set(WITHOUT_BED) else _with_bed(sizes, only)
    rows = [row for found in measured.values() for row in found]
    say(f"{time.monotonic() - started:.0f} s in all, {sum(row.mark == FAIL for row in rows)} goals missed.")
    name = datetime.now(UTC).date().isoformat() + ("" if sizes.orders == Sizes.orders else f"-{sizes.orders}")
    say(f"Written: {save(name, measured, orders=sizes.orders, **_machine())}")
    return rows


def _with_bed(sizes: Sizes, only: list[str]) -> dict[str, list[Row]]:
    with made_bed(sizes) as bed:
        django.setup()
        from bench.parts import parts  # noqa: PLC0415 -- models need Django

        return {name: list(_measured(name, part)) for name, part in parts(bed).items() if not only or name in only}


def _without_bed(only: list[str]) -> dict[str, list[Row]]:
    """Score the reading of texts, which needs neither database nor web server."""
    return {name: list(_measured(name, WITHOUT_BED[name])) for name in only}


def _measured(name: str, measure: Callable[[], Iterable[Row]]) -> Iterator[Row]:
    started = time.monotonic()
    for row in _whole(name, measure):
        say(f"  {row.mark:<5}{row.what}: {row.measured}" + ("" if row.ratio is None else f" ({row.ratio:.2f})"))
        yield row
    say(f"{name}: {time.monotonic() - started:.0f} s")


def _whole(name: str, measure: Callable[[], Iterable[Row]]) -> Iterator[Row]:
    """Yield the rows of one part; what ends it early is a row as well, so that the other parts are still measured."""
    try:
        yield from measure()
    except Exception as error:  # noqa: BLE001 -- the table says what was not measured, and why
        traceback.print_exc()
        yield Row(f"the rest of {name}", "measured", f"{type(error).__name__}: {error}"[:120], is_met=False)


def _machine() -> dict[str, object]:
    return {"cpus": os.cpu_count(), "python": platform.python_version(), "load_average": os.getloadavg()}


def load(sizes: Sizes, seconds: int) -> list[Row]:
    """Let thirty staff work for a while."""
    with made_bed(sizes) as bed:
        django.setup()
        from bench.parts import load_part  # noqa: PLC0415 -- models need Django

        rows = list(load_part(bed, seconds))
    name = datetime.now(UTC).date().isoformat()
    say(f"Written: {save(f'{name}-load', {'load': rows}, orders=sizes.orders, **_machine())}")
    return rows


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
