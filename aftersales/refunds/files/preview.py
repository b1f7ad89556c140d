"""What an uploaded refund list would bring: run as a process of its own, under limits, as for order files."""

import sys
from pathlib import Path
from typing import Any

from orders.intake.preview import CHECKED_ROWS, SHOWN_PROBLEMS, SHOWN_ROWS, main

MODULE = "aftersales.refunds.files.preview"


def describe(path: Path, *, name: str, encoding: str) -> dict[str, Any]:
    """Look through the first rows of a file.

    Raises:
        ImportRefused: it is no refund list.
    """
    from django.utils import timezone  # noqa: PLC0415 -- needs the settings

    from aftersales.refunds.files.formats import BadRow, open_refund_list, read_rows  # noqa: PLC0415

    table, match = open_refund_list(path, name=name, encoding=encoding)
    sample: list[list[str]] = []
    problems: list[dict[str, Any]] = []
    checked = bad = 0
    with table:
        for line, row, _cells in read_rows(table, match, snapshot_at=timezone.now()):
            checked += 1
            if isinstance(row, BadRow):
                bad += 1
                if len(problems) < SHOWN_PROBLEMS:
                    problems.append({"line": line, "reason": row.error.reason})
            elif len(sample) < SHOWN_ROWS:
                sample.append(_shown(row))
            if checked >= CHECKED_ROWS:
                break
        return {
            "format": "refunds",
            "variant": match.variant,
            "file_type": table.format,
            "encoding": table.encoding or "",
            "rows": max(table.row_estimate, checked) if checked >= CHECKED_ROWS else checked,
            "checked": checked,
            "bad": bad,
            "problems": problems,
            "sample": sample,
            "missing": list(match.missing),
            "unknown": list(match.unknown),
            "duplicates": list(match.duplicates),
        }


def _shown(record: Any) -> list[str]:
    from django.utils import timezone  # noqa: PLC0415 -- needs the settings

    from aftersales.refunds.statuses import RefundKind, RefundState  # noqa: PLC0415
    from backoffice.common.masking import mask_text  # noqa: PLC0415

    at = f"{timezone.localtime(record.requested_at):%Y-%m-%d %H:%M}" if record.requested_at else ""
    kind, status = str(RefundKind(record.kind).label), str(RefundState(record.status).label)
    return [record.number, record.order_number, kind, status, str(record.amount), mask_text(record.reason or ""), at]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:], describe))
