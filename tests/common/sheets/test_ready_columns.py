import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from backoffice.common.sheets.columns import Column, Kind
from backoffice.common.sheets.writers import open_writer

OBJECTS = [("A1", Decimal("12.50"), datetime(2026, 3, 1, 4, 30, 7, 123_000, tzinfo=UTC)), ("A2", None, None)]
TEXTS = [("A1", "12.50", "2026-03-01 12:30:07.123+08"), ("A2", None, None)]


def written(file_format, rows, *, is_ready):
    kinds = (Kind.TEXT, Kind.MONEY, Kind.DATETIME)
    stream = io.BytesIO()
    with open_writer(stream, file_format) as writer:
        writer.add_sheet("Orders", [Column(kind, kind, is_ready=is_ready) for kind in kinds])
        for row in rows:
            writer.write_row(row)
    return writer.data_sha256, len(stream.getvalue())


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_ready_texts_are_written_as_their_objects_would_be(file_format):
    ready = written(file_format, TEXTS, is_ready=True)

    assert ready == written(file_format, OBJECTS, is_ready=False)
