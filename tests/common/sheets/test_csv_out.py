import csv
import hashlib
import io
import tracemalloc
from decimal import Decimal

import pytest

from backoffice.common.sheets.columns import Column, Kind
from backoffice.common.sheets.csv_out import RISKY_STARTS, CsvWriter

COLUMNS = [Column("订单编号"), Column("Paid", Kind.MONEY), Column("Note")]


def written(columns, rows):
    stream = io.BytesIO()
    with CsvWriter(stream) as writer:
        writer.add_sheet("Orders", columns)
        for row in rows:
            writer.write_row(row)
    return stream.getvalue()


def read_back(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_file_is_utf8_with_mark_and_holds_header_and_rows_only():
    content = written(COLUMNS, [["3552601815908301601", Decimal("-12.50"), '急, "快"'], [17, None, None]])

    assert content == (
        b"\xef\xbb\xbf" + '订单编号,Paid,Note\r\n3552601815908301601,-12.50,"急, ""快"""\r\n17,,\r\n'.encode()
    )


@pytest.mark.parametrize("start", sorted(RISKY_STARTS))
@pytest.mark.parametrize("position", [0, 2])
def test_risky_texts_are_guarded_in_every_text_column(start, position):
    row = ["1", Decimal(-1), "note"]
    row[position] = f"{start}1+1"
    expected = ["1", "-1", "note"]
    expected[position] = f"'{start}1+1"

    content = written([*COLUMNS[:2], Column(f"{start}title")], [row])

    assert read_back(content) == [["订单编号", "Paid", f"'{start}title"], expected]


@pytest.mark.parametrize("text", ["1=1", "a-b", "'=1", " =1", "张三@家", "", "\u3000", "a\nb", "a\r\nb"])
def test_other_texts_are_unchanged(text):
    assert read_back(written([Column("Note"), Column("x")], [[text, "y"]]))[1] == [text, "y"]


def test_rows_written_and_digest_ignore_the_guards():
    with CsvWriter(io.BytesIO()) as writer:
        writer.add_sheet("Orders", COLUMNS)
        writer.write_row(["=1", Decimal("0.10"), None])

    assert writer.rows_written == 1
    assert writer.truncated == 0
    assert writer.data_sha256 == hashlib.sha256(b"=1\x1f0.10\x1f\x1e").hexdigest()


def test_summary_leaves_no_trace():
    stream = io.BytesIO()
    with CsvWriter(stream) as writer:
        writer.add_sheet("Orders", [Column("A")])
        writer.add_summary("Summary", [("Rows", 0)])

    assert stream.getvalue() == b"\xef\xbb\xbfA\r\n"


def test_second_table_is_refused():
    writer = CsvWriter(io.BytesIO())
    writer.add_sheet("Orders", COLUMNS)

    with pytest.raises(ValueError, match="holds one table"):
        writer.add_sheet("Lines", COLUMNS)


def test_error_in_the_rows_writes_no_more():
    stream = io.BytesIO()
    writer = CsvWriter(stream)
    writer.add_sheet("Orders", COLUMNS)

    with pytest.raises(ValueError, match="NaN"), writer:
        writer.write_row(["1", Decimal("NaN"), ""])

    assert stream.getvalue() == b""


def test_writer_does_not_keep_the_rows(tmp_path):
    def peak(count):
        with (tmp_path / "rows.csv").open("wb") as stream:
            tracemalloc.start()
            with CsvWriter(stream) as writer:
                writer.add_sheet("Orders", COLUMNS)
                for number in range(count):
                    writer.write_row([f"{number:020d}", Decimal("1.50"), "浙江省杭州市"])
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            return most

    assert peak(40_000) < peak(8_000) * 1.2
