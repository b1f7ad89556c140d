"""What both kinds of spreadsheet have in common."""

import csv
import hashlib
import io

from backoffice.common.sheets.writers import CONTENT_TYPES, open_writer
from tests.common.sheets.workbooks import EVERY_KIND, EVERY_VALUE, read_back, written


def test_digest_counts_the_canonical_texts():
    _stream, writer = written(EVERY_KIND, [EVERY_VALUE, [None] * 7])

    rows = ["3552601815908301601", "https://example.com/?a=1&b=<2>", "-12.50", "0.125", "3"]
    rows += ["2026-04-01", "2026-04-01 00:30:05"]
    assert writer.data_sha256 == hashlib.sha256(f"{chr(31).join(rows)}\x1e{chr(31) * 6}\x1e".encode()).hexdigest()


def test_both_formats_have_the_same_digest():
    digests = set()
    for name in CONTENT_TYPES:
        with open_writer(io.BytesIO(), name) as writer:
            writer.add_sheet("Orders", EVERY_KIND)
            writer.write_row(EVERY_VALUE)
            writer.write_row(["=1", "'", None, 1, 2, None, None])
        digests.add(writer.data_sha256)

    assert len(digests) == 1


def test_csv_of_the_standard_library_reads_what_xlsx_reads(tmp_path):
    stream, _writer = written(EVERY_KIND, [EVERY_VALUE])
    with (tmp_path / "a.csv").open("wb+") as file:
        with open_writer(file, "csv") as writer:
            writer.add_sheet("Orders", EVERY_KIND)
            writer.write_row(EVERY_VALUE)
        file.seek(0)
        header, row = csv.reader(io.StringIO(file.read().decode("utf-8-sig"), newline=""))

    assert header == read_back(stream)[0]
    assert row[:5] == ["3552601815908301601", "https://example.com/?a=1&b=<2>", "-12.50", "0.125", "3"]
    assert row[5:] == ["2026-04-01", "2026-04-01 00:30:05"]
