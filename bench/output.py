"""What the benchmarks say: progress on standard error, rows of one table, and the results file."""

import json
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
PASS, FAIL, NOTE = "pass", "FAIL", "-"
_SESSION_KEY = re.compile(r"""(session_key\W+= ')[a-z0-9]+(?=')""")


@dataclass(frozen=True)
class Row:
    """One goal, what was measured for it, and the floor that it is compared with."""

    what: str
    goal: str
    measured: str
    ratio: float | None = None
    floor: str = ""
    is_met: bool | None = None  # None: nothing to compare with
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        return NOTE if self.is_met is None else PASS if self.is_met else FAIL


def at_most(
    what: str, limit: float, measured: float, *, floor: float, unit: str = "ms", floor_name: str = "hello_auth"
) -> Row:
    """Compare a time with its floor: the ratio may be at most `limit`."""
    ratio = measured / floor if floor else float("inf")
    return Row(
        what, f"≤ {limit:g} ×", f"{measured:.2f} {unit}", ratio, f"{floor_name} {floor:.2f} {unit}", ratio <= limit,
        {"measured": measured, "floor": floor},
    )  # fmt: skip


def within(what: str, limit: float, measured: float, *, unit: str = "ms", floor: str = "", **values: Any) -> Row:
    """Compare a figure with a limit of its own."""
    return Row(
        what,
        f"≤ {limit:g} {unit}",
        f"{measured:.2f} {unit}",
        None,
        floor,
        measured <= limit,
        {"measured": measured, **values},
    )


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def table(rows: Iterable[Row]) -> str:
    """Return the rows as text in columns."""
    heads = ("what", "goal", "measured", "ratio", "floor of this run", "")
    cells = [
        heads,
        *((r.what, r.goal, r.measured, "" if r.ratio is None else f"{r.ratio:.2f}", r.floor, r.mark) for r in rows),
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def save(name: str, parts: Mapping[str, Iterable[Row]], **facts: Any) -> Path:
    """Write the results file of a day; parts that were not measured now stay as an earlier run of it left them."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    held = json.loads(path.read_text())["parts"] if path.exists() else {}
    measured = {part: [{**asdict(row), "mark": row.mark} for row in rows] for part, rows in parts.items()}
    content = {**facts, "parts": held | measured}
    text = json.dumps(content, ensure_ascii=False, indent=1, default=str)
    path.write_text(_SESSION_KEY.sub(r"\1…", text) + "\n")  # the file is kept, and looks like a secret otherwise
    return path
