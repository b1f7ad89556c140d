"""What an uploaded file would bring, before anything is imported: run as a process of its own, under limits.

`python -m orders.intake.preview PATH NAME ENCODING LANGUAGE` prints one JSON object; the web never parses a file.
"""

import json
import os
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

_MEMORY_BYTES = 1 << 30
_CPU_SECONDS = 20
_WALL_SECONDS = 25
CHECKED_ROWS = 20_000
SHOWN_ROWS, SHOWN_PROBLEMS = 5, 20


def preview_file(
    path: Path, *, name: str, encoding: str, language: str, module: str = "orders.intake.preview"
) -> dict[str, Any]:
    """Return the preview, or `{"error": sentence}` for a file that is refused; `module` knows what the file holds."""
    from django.utils.translation import gettext as _  # noqa: PLC0415 -- the child imports this module before its settings

    environment = {key: value for key, value in os.environ.items() if key != "PYTEST_VERSION"}
    environment["DJANGO_SETTINGS_MODULE"] = "backoffice.settings"
    command = [sys.executable, "-m", module, str(path), name, encoding, language]
    try:
        done = subprocess.run(  # noqa: S603 -- our own module, arguments as a list
            command, capture_output=True, timeout=_WALL_SECONDS, env=environment, check=False, cwd=_ROOT
        )
    except subprocess.TimeoutExpired:
        return {"error": _("Looking through the file took too long. It may be damaged, or too large to preview.")}
    if done.returncode:
        return {"error": _("The file could not be looked through. It may be damaged.")}
    found: dict[str, Any] = json.loads(done.stdout)
    return found


_ROOT = Path(__file__).resolve().parent.parent.parent


def describe(path: Path, *, name: str, encoding: str) -> dict[str, Any]:
    """Look through the first rows of a file.

    Raises:
        ImportRefused: it is no order file.
    """
    from orders.intake.engine import open_order_file  # noqa: PLC0415 -- needs the settings
    from orders.intake.formats import ORDER_DETAIL, DetailParser, OrderListParser, RowError  # noqa: PLC0415
    from orders.intake.masked import masked_cells  # noqa: PLC0415

    table, match = open_order_file(path, name=name, encoding=encoding)
    parse = (DetailParser(match) if match.kind == ORDER_DETAIL else OrderListParser(match)).parse
    problems: list[dict[str, Any]] = []
    sample: list[list[str]] = []
    tally: Counter[str] = Counter()
    with table:
        for count, (line, cells) in enumerate(table, start=1):
            tally["checked"] = count
            record = parse(line, cells)
            if isinstance(record, RowError):
                tally["bad"] += 1
                if len(problems) < SHOWN_PROBLEMS:
                    problems.append({"line": line, "column": record.column, "reason": record.reason})
            if len(sample) < SHOWN_ROWS:
                sample.append(masked_cells(match, cells))
            if count >= CHECKED_ROWS:
                break
        return {
            "format": match.kind,
            "variant": match.variant,
            "file_type": table.format,
            "encoding": table.encoding or "",
            "sheet": table.sheet,
            "rows": max(table.row_estimate, tally["checked"]) if tally["checked"] >= CHECKED_ROWS else tally["checked"],
            "checked": tally["checked"],
            "bad": tally["bad"],
            "problems": problems,
            "header": list(match.header),
            "sample": sample,
            "known": len(match.columns) + len(match.extras),
            "unknown": list(match.unknown),
            "added": list(match.added),
            "missing": list(match.missing),
            "renamed": [list(pair) for pair in match.renamed],
            "duplicates": list(match.duplicates),
        }


def main(arguments: Sequence[str], look: Callable[..., dict[str, Any]] = describe) -> int:
    """Look through the file that the arguments name, under limits, and print what was found."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    import django  # noqa: PLC0415 -- after the limits
    from django.utils import translation  # noqa: PLC0415

    django.setup()
    from orders.intake.engine import ImportRefused  # noqa: PLC0415

    path, name, encoding, language = arguments
    with translation.override(language):
        try:
            found = look(Path(path), name=name, encoding=encoding)
        except ImportRefused as error:
            found = {"error": str(error)}
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
