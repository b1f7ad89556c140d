"""Pages over HTTP: each over `hello_auth`, or over the queue page, in one run."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from backoffice.common.embedded.folder import PROJECT_ROOT
from bench import addresses
from bench.addresses import BIG_TAB, NOTES, QUEUE, Known
from bench.bed import Bed
from bench.client import Client, p50_of, path_of
from bench.crowd import Plan
from bench.output import Row, at_most, within
from bench.sizes import LARGE, MIDDLE
from bench.statements import cookie_of
from bench.web_paths import HELLO

CROWD_SECONDS = 8
PEERS = 40  # requests/s: four times the best HTML peer
_ASSET = re.compile(r'(?:src|href)="(/static/[^"#]+)"')


def page_rows(bed: Bed, known: Known, analytics: str) -> Iterator[Row]:
    client = Client(bed.port, cookie_of(bed.keys[LARGE]))
    order = f"/orders/{known.number}/"
    found = p50_of(client, [HELLO, QUEUE, BIG_TAB, addresses.deep(known), order])
    hello, queue = found[HELLO].p50, found[QUEUE].p50
    yield at_most(f"queue page, {bed.sizes.orders:,} orders", 5, queue, floor=hello)
    yield at_most("big tab (completed)", 5, found[BIG_TAB].p50, floor=hello)
    yield at_most(
        "deep page over page 1", 1.2, found[addresses.deep(known)].p50, floor=found[BIG_TAB].p50, floor_name="page 1"
    )
    yield at_most("order page", 6, found[order].p50, floor=hello)
    yield worst("tabs, filters and sorts", client, addresses.filters(known), QUEUE, "queue page")
    yield from _note_rows(client, known)
    yield from _desk_rows(client, known)
    client.close()
    yield from _middle_rows(bed, analytics)


def _middle_rows(bed: Bed, analytics: str) -> Iterator[Row]:
    """Measure the shop of five years: its sales page, and the queue at 200,000 orders."""
    client = Client(bed.port, cookie_of(bed.keys[MIDDLE]))
    found = p50_of(client, [HELLO, QUEUE, analytics])
    yield at_most(f"queue page, {min(200_000, bed.sizes.orders):,} orders", 5, found[QUEUE].p50, floor=found[HELLO].p50)
    yield at_most("sales page over five years of days", 5, found[analytics].p50, floor=found[HELLO].p50)
    client.close()


def _note_rows(client: Client, known: Known) -> Iterator[Row]:
    """Measure the note inbox; its goals are our own."""
    handled, deep = f"{NOTES}?tab=handled", addresses.deep_notes(known)
    found = p50_of(client, [HELLO, NOTES, handled, deep])
    yield at_most("note inbox, to do (own goal)", 5, found[NOTES].p50, floor=found[HELLO].p50)
    yield at_most(
        "deep page of handled notes over page 1 (own goal)", 1.2, found[deep].p50, floor=found[handled].p50,
        floor_name="page 1",
    )  # fmt: skip
    yield worst("tabs and filters of the inbox (own goal)", client, addresses.notes(known), NOTES, "note inbox")


DESK_GOALS = {
    addresses.EXCEPTIONS: ("exception queue", 5), "/orders/workload/": ("workload", 5), "/orders/shift/": ("shift", 5),
    "/orders/home/": ("home panel with the pace", 5), "/orders/counts/": ("numbers of the side bar", 3),
    "/orders/subqueues/": ("counts of the sub-queues", 5), "/alerts/new/?since=0": ("poll of the alerts", 1.5),
    "/alerts/": ("list of alerts", 5), "/settings/rules/": ("acceptance rules", 5),
    "/orders/notes/topics/": ("what buyers ask for, 30 days", 10),
}  # fmt: skip


def _desk_rows(client: Client, known: Known) -> Iterator[Row]:
    """Measure the pages of the desk that people keep open or ask for all day; the goals are our own."""
    pages = addresses.desk_pages(known)
    goals: dict[str, tuple[str, float]] = {
        **DESK_GOALS, pages["order page with a note"]: ("order page with a note", 6),
        pages["pane of an order"]: ("pane of an order with a note", 5),
        pages["pane of a note"]: ("pane of a note", 5), pages["card of a note"]: ("card of a note", 5),
        pages["evidence of a note"]: ("evidence of a note", 6), pages["batch receipt"]: ("receipt of 300 orders", 10),
    }  # fmt: skip
    found = p50_of(client, [HELLO, *goals])
    for path, (name, limit) in goals.items():
        yield at_most(f"{name} (own goal)", limit, found[path].p50, floor=found[HELLO].p50)


def worst(what: str, client: Client, lists: dict[str, str], base: str, base_name: str) -> Row:
    """Find the list that takes longest against the one that people look at most."""
    paths = {url: name for name, url in lists.items()}
    found = p50_of(client, [base, *paths], runs=5, warm=1)
    floor = found[base].p50
    slow = sorted(paths, key=lambda path: found[path].p50, reverse=True)
    row = at_most(
        f"any of {len(paths)} {what} (worst: {paths[slow[0]]})", 1.5, found[slow[0]].p50, floor=floor,
        floor_name=base_name,
    )  # fmt: skip
    row.values["ratios"] = {paths[path]: round(found[path].p50 / floor, 2) for path in slow}
    row.values["not_200"] = {
        paths[path]: sorted(found[path].statuses) for path in paths if found[path].statuses != {200}
    }
    return row


def throughput_rows(bed: Bed) -> Iterator[Row]:
    """Let eight clients ask without a pause; no peer runs here, so the floor is the bare page."""
    cookie = cookie_of(bed.keys[LARGE])
    found = {path: crowd(Plan(bed.port, cookie, [path], 8, CROWD_SECONDS)) for path in (HELLO, QUEUE)}
    queue, hello = (found[path]["per_second"] for path in (QUEUE, HELLO))
    yield Row(
        "throughput of the queue page, 8 clients", f"≥ {PEERS}/s", f"{queue:.0f}/s", hello / queue,
        f"hello_auth {hello:.0f}/s", queue >= PEERS, {"queue": found[QUEUE], "hello": found[HELLO]},
    )  # fmt: skip


def crowd(plan: Plan) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.crowd"], input=json.dumps(asdict(plan)).encode(), cwd=PROJECT_ROOT, check=True,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def memory_of(bed: Bed) -> float:
    """Return the megabytes that the largest worker holds."""
    return max(_resident_mb(pid) for pid in bed.workers())


def memory_row(bed: Bed, fresh: float) -> Row:
    return within(
        "web worker's memory after this run", 120, memory_of(bed), unit="MB", floor=f"started with {fresh:.0f} MB"
    )


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


def transfer_rows(bed: Bed) -> Iterator[Row]:
    """Add up what a browser transfers for the queue, first and again: files with a hash in their name come once."""
    client = Client(bed.port, cookie_of(bed.keys[LARGE]))
    encodings = {"Accept-Encoding": "br, gzip"}
    page = client.get(QUEUE, **encodings)
    plain = client.get(QUEUE).body.decode()
    assets = sorted({path_of(path) for path in _ASSET.findall(plain)})
    sizes = {path: len(client.get(path, **encodings).body) for path in assets}
    client.close()
    first = (len(page.body) + sum(sizes.values())) / 1000
    encoding = page.headers.get("content-encoding", "none")
    floor = f"page alone {len(plain.encode()) / 1000:.0f} kB plain"
    yield within(
        "first load of the queue",
        200,
        first,
        unit="kB",
        floor=floor,
        files=sizes,
        page=len(page.body),
        encoding=encoding,
    )
    yield within("repeated load of the queue", 30, len(page.body) / 1000, unit="kB", floor=f"encoding {encoding}")
