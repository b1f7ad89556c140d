"""What an uploaded file of traces would bring: run as a process of its own, under limits, as for order files."""

import sys
from pathlib import Path
from typing import Any

from orders.intake.preview import CHECKED_ROWS, SHOWN_PROBLEMS, SHOWN_ROWS, main

MODULE = "orders.intake.traces.preview"


def describe(path: Path, *, name: str, encoding: str) -> dict[str, Any]:
    """Look through the first rows of a file.

    Raises:
        ImportRefused: it holds no traces.
    """
    from orders.fulfilment.traces.states import mask_trace  # noqa: PLC0415 -- needs the settings
    from orders.intake.traces.formats import BadRow, open_traces, read_rows  # noqa: PLC0415

    table, columns = open_traces(path, name=name, encoding=encoding)
    sample: list[list[str]] = []
    problems: list[dict[str, Any]] = []
    checked = bad = 0
    with table:
        for line, row in read_rows(table, columns):
            checked += 1
            if isinstance(row, BadRow):
                bad += 1
                if len(problems) < SHOWN_PROBLEMS:
                    problems.append({"line": line, "number": row.number, "reason": row.reason})
            elif len(sample) < SHOWN_ROWS:
                shown = [row.number, f"{row.at:%Y-%m-%d %H:%M}", row.courier, row.state, row.place, row.text]
                sample.append([mask_trace(text) for text in shown])
            if checked >= CHECKED_ROWS:
                break
        known = [table.header[place] for place in columns.values()]
        return {
            "format": "traces",
            "file_type": table.format,
            "encoding": table.encoding or "",
            "rows": max(table.row_estimate, checked) if checked >= CHECKED_ROWS else checked,
            "checked": checked,
            "bad": bad,
            "problems": problems,
            "sample": sample,
            "columns": known,
            "unknown": [title for title in table.header if title and title not in known],
        }


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:], describe))
