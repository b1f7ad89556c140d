"""What an uploaded sheet of products would bring: run as a process of its own, under limits, as for order files."""

import sys
from pathlib import Path
from typing import Any

from orders.intake.preview import CHECKED_ROWS, SHOWN_PROBLEMS, SHOWN_ROWS, main

MODULE = "orders.intake.products.preview"


def describe(path: Path, *, name: str, encoding: str) -> dict[str, Any]:
    """Look through the first rows of a file.

    Raises:
        ImportRefused: it holds no products.
    """
    from orders.intake.products.formats import BadRow, open_products, read_rows  # noqa: PLC0415 -- needs the settings

    table, columns = open_products(path, name=name, encoding=encoding)
    sample: list[list[str]] = []
    problems: list[dict[str, Any]] = []
    checked = bad = 0
    with table:
        for row in read_rows(table, columns):
            checked += 1
            if isinstance(row, BadRow):
                bad += 1
                if len(problems) < SHOWN_PROBLEMS:
                    problems.append({"line": row.line, "code": row.code, "reason": row.reason})
            elif len(sample) < SHOWN_ROWS:
                sample.append([_shown(getattr(row, column)) for column in columns])
            if checked >= CHECKED_ROWS:
                break
        known = [table.header[place] for place in columns.values()]
        return {
            "format": "products",
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


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "√" if value else ""
    return "" if value is None else str(value)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:], describe))
