"""What an uploaded file of reviews would bring: run as a process of its own, under limits, as for order files."""

import sys
from pathlib import Path
from typing import Any

from orders.intake.preview import CHECKED_ROWS, SHOWN_PROBLEMS, SHOWN_ROWS, main

MODULE = "aftersales.reviews.files.preview"


def describe(path: Path, *, name: str, encoding: str) -> dict[str, Any]:
    """Look through the first rows of a file.

    Raises:
        ImportRefused: it holds no reviews.
    """
    from django.utils import timezone  # noqa: PLC0415 -- needs the settings

    from aftersales.reviews.files.reading import BadRow, open_reviews  # noqa: PLC0415

    sample: list[list[str]] = []
    problems: list[dict[str, Any]] = []
    checked = bad = 0
    with open_reviews(path, name=name, encoding=encoding) as file:
        for line, row in file.rows(snapshot_at=timezone.now()):
            checked += 1
            if isinstance(row, BadRow):
                bad += 1
                if len(problems) < SHOWN_PROBLEMS:
                    problems.append({"line": line, "reason": row.reason})
            elif len(sample) < SHOWN_ROWS:
                sample.append(_shown(row))
            if checked >= CHECKED_ROWS:
                break
        header = file.table.header if file.table is not None else []
        known = [header[place] for place in file.columns.values()]
        return {
            "format": "reviews",
            "file_type": file.format,
            "encoding": (file.table.encoding if file.table is not None else "utf-8") or "",
            "rows": max(file.row_estimate, checked) if checked >= CHECKED_ROWS else checked,
            "checked": checked,
            "bad": bad,
            "problems": problems,
            "sample": sample,
            "columns": known,
            "unknown": [title for title in header if title and title not in known],
        }


def _shown(row: Any) -> list[str]:
    from django.utils import timezone  # noqa: PLC0415 -- needs the settings

    from aftersales.reviews.statuses import ReviewResult  # noqa: PLC0415
    from backoffice.common.masking import mask_text  # noqa: PLC0415

    result = str(ReviewResult(row.result).label) if row.result else ""
    at = f"{timezone.localtime(row.reviewed_at):%Y-%m-%d %H:%M}"
    words = [mask_text(text or "")[:200] for text in (row.text, row.follow_up, row.reply)]
    return [row.number or row.key, row.title, result, str(row.stars or ""), at, *words]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:], describe))
