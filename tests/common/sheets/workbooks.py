"""A workbook with a column of every kind, written and read back."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal

from openpyxl import load_workbook

from backoffice.common.sheets.columns import Column, Kind
from backoffice.common.sheets.xlsx import XlsxWriter

EVERY_KIND = [
    Column("Order"),
    Column("Link", Kind.URL),
    Column("Paid", Kind.MONEY),
    Column("Rate", Kind.NUMBER),
    Column("Pieces", Kind.INTEGER),
    Column("Day", Kind.DATE),
    Column("Paid at", Kind.DATETIME),
]


NIGHT_IN_UTC = datetime(2026, 3, 31, 16, 30, 5, tzinfo=UTC)


EVERY_VALUE = [
    "3552601815908301601",
    "https://example.com/?a=1&b=<2>",
    Decimal("-12.50"),
    0.125,
    3,
    date(2026, 4, 1),
    NIGHT_IN_UTC,
]


def written(columns, rows, **options):
    stream = io.BytesIO()
    with XlsxWriter(stream, **options) as writer:
        writer.add_sheet("Orders", columns)
        for row in rows:
            writer.write_row(row)
    stream.seek(0)
    return stream, writer


def read_back(stream, sheet="Orders"):
    return [list(row) for row in load_workbook(stream)[sheet].iter_rows(values_only=True)]
