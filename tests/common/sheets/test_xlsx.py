# ruff: noqa: DTZ001 -- a workbook's clock has no zone
import hashlib
import io
import tracemalloc
import zipfile
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from openpyxl import load_workbook

from backoffice.common.sheets import xlsx
from backoffice.common.sheets.columns import Column, Kind
from backoffice.common.sheets.reading import open_table
from backoffice.common.sheets.xlsx import XlsxWriter
from tests.common.sheets.workbooks import EVERY_KIND, EVERY_VALUE, NIGHT_IN_UTC, read_back, written

FORMULA_STARTS = ["=", "+", "-", "@", "\t", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"]
FORMULAS = [
    *(f"{start}1+1" for start in FORMULA_STARTS),
    '=cmd|" /C calc"!A0',
    '=HYPERLINK("http://evil.example","x")',
    "@SUM(A1)",
    "-2+3",
]


def text_rows(values):
    return written([Column("Text")], [[value] for value in values])


def test_every_kind_reads_back_with_its_type():
    stream, _writer = written(EVERY_KIND, [EVERY_VALUE])

    assert read_back(stream) == [
        ["Order", "Link", "Paid", "Rate", "Pieces", "Day", "Paid at"],
        [
            "3552601815908301601",
            "https://example.com/?a=1&b=<2>",
            -12.5,
            0.125,
            3,
            datetime(2026, 4, 1),
            datetime(2026, 4, 1, 0, 30, 5),
        ],
    ]


def test_cells_carry_their_number_formats():
    stream, _writer = written(EVERY_KIND, [EVERY_VALUE])

    row = next(load_workbook(stream)["Orders"].iter_rows(min_row=2))

    assert [cell.number_format for cell in row] == [
        "General", "General", "0.00", "General", "0", "yyyy\\-mm\\-dd", "yyyy\\-mm\\-dd\\ hh:mm:ss",
    ]  # fmt: skip


def test_empty_values_leave_no_cell():
    stream, _writer = written(EVERY_KIND, [[None] * 7, ["", *[None] * 5, NIGHT_IN_UTC]])

    with zipfile.ZipFile(stream) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert '<row r="2"></row>' in sheet
    assert '<row r="3"><c r="G3" s="2"><v>46113.020891203705</v></c></row>' in sheet


@pytest.mark.parametrize("position", range(3))
@pytest.mark.parametrize("text", FORMULAS)
def test_formula_texts_stay_texts_in_every_column(text, position):
    row = ["a", "b", "c"]
    row[position] = text

    stream, _writer = written([Column(text), Column("x"), Column("y", Kind.URL)], [row])

    cells = list(load_workbook(stream)["Orders"].iter_rows())
    assert [cell.value for cell in cells[1]] == row
    assert {cell.data_type for line in cells for cell in line} == {"s"}
    assert cells[0][0].value == text


def test_workbook_holds_no_formula_element():
    stream, _writer = text_rows(FORMULAS)

    with zipfile.ZipFile(stream) as archive:
        sheet = ET.fromstring(archive.read("xl/worksheets/sheet1.xml"))

    assert [element for element in sheet.iter() if element.tag.endswith("}f")] == []


@pytest.mark.parametrize(
    "text",
    [
        "  spaces around  ",
        "line\nbreak",
        "cr\rlf\r\nend",
        "<b>&amp;</b> \"q\" 'a' ]]>",
        "张三😀𠮷",
        "tab\tin",
        "100%s %d %%",
    ],
)
def test_texts_read_back_unchanged(text):
    stream, writer = text_rows([text])

    assert read_back(stream) == [["Text"], [text]]
    assert writer.truncated == 0


def test_excel_character_codes_in_a_text_are_kept_as_text(tmp_path):
    stream, _writer = text_rows(["_x000D_ and _x0041_ but _x"])
    path = tmp_path / "codes.xlsx"
    path.write_bytes(stream.getvalue())

    with open_table(path, filename="codes.xlsx") as table:
        assert list(table) == [(2, ["_x000D_ and _x0041_ but _x"])]


def test_characters_that_xml_forbids_are_dropped():
    stream, writer = text_rows(["a\x00b\x0bc\x1fd\ud800e\uffff", "\x01", "end"])

    assert read_back(stream) == [["Text"], ["abcde"], [None], ["end"]]
    assert writer.truncated == 0


@pytest.mark.parametrize(("text", "kept"), [("长" * 40_000, 32_767), ("<" * 32_768, 32_767), ("😀" * 16_384, 16_383)])
def test_long_texts_are_cut_and_counted(text, kept):
    stream, writer = text_rows([text, "short", text[:10_000]])

    assert [len(row[0]) for row in read_back(stream)] == [4, kept, 5, 10_000]
    assert writer.truncated == 1


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), float("-inf"), Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity")]
)
@pytest.mark.parametrize("kind", [Kind.MONEY, Kind.NUMBER, Kind.INTEGER])
def test_numbers_that_are_none_are_refused(value, kind):
    with pytest.raises(ValueError, match="NaN and infinity cannot stand in a spreadsheet"):
        written([Column("Paid", kind)], [[value]])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (Column("Paid", Kind.MONEY), "12.50"),
        (Column("Paid", Kind.MONEY), True),
        (Column("Order"), 1.5),
        (Column("Order"), Decimal(1)),
        (Column("Order"), False),
    ],
)
def test_values_of_another_kind_are_refused(column, value):
    with pytest.raises(TypeError):
        written([column], [[value]])


def test_time_without_zone_is_refused():
    with pytest.raises(ValueError, match="without a time zone"):
        written([Column("Paid at", Kind.DATETIME)], [[datetime(2026, 1, 1)]])


def test_day_before_excels_calendar_is_refused():
    with pytest.raises(ValueError, match="1900-02-28 is too early"):
        written([Column("Day", Kind.DATE)], [[date(1900, 2, 28)]])


@pytest.mark.parametrize("values", [["a"], ["a", "b", "c"]])
def test_row_of_another_width_is_refused(values):
    with pytest.raises(ValueError, match="argument"):
        written([Column("A"), Column("B")], [values])


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Decimal("1234567890.12"), "1234567890.12"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-7"), "0.0000001"),
        (1e22, "10000000000000000000000"),
        (10**17 + 1, "100000000000000001"),
    ],
)
def test_numbers_are_written_digit_by_digit(number, text):
    stream, _writer = written([Column("Paid", Kind.NUMBER)], [[number]])

    with zipfile.ZipFile(stream) as archive:
        assert f'<c r="A2" s="0"><v>{text}</v></c>' in archive.read("xl/worksheets/sheet1.xml").decode()


@pytest.mark.parametrize("second", range(0, 86_400, 997))
def test_times_read_back_to_the_second(second):
    moment = datetime(2026, 2, 28, tzinfo=timezone(timedelta(hours=8))) + timedelta(
        seconds=second, microseconds=999_999
    )
    columns = [Column("At", Kind.DATETIME), Column("Day", Kind.DATE)]

    stream, _writer = written(columns, [[moment.astimezone(UTC), moment.astimezone(UTC)]])

    assert read_back(stream)[1] == [datetime(2026, 2, 28) + timedelta(seconds=second), datetime(2026, 2, 28)]


def test_long_table_goes_on_in_a_second_sheet(monkeypatch):
    monkeypatch.setattr(xlsx, "MAX_SHEET_ROWS", 4)

    stream, writer = written([Column("N", Kind.INTEGER)], [[number] for number in range(7)])

    book = load_workbook(stream)
    assert {sheet.title: [row[0] for row in sheet.iter_rows(values_only=True)] for sheet in book} == {
        "Orders": ["N", 0, 1, 2],
        "Orders (2)": ["N", 3, 4, 5],
        "Orders (3)": ["N", 6],
    }
    assert writer.rows_written == 7


def test_large_table_goes_on_before_a_part_needs_zip64(monkeypatch):
    monkeypatch.setattr(xlsx, "MAX_SHEET_BYTES", 1_000)
    monkeypatch.setattr(xlsx, "FLUSH_CHARACTERS", 100)

    stream, _writer = written([Column("Text")], [["x" * 400] for _ in range(4)])

    assert load_workbook(stream).sheetnames == ["Orders", "Orders (2)"]


def test_header_stays_in_sight_and_can_filter():
    stream, _writer = written(
        [Column("A", width=33.5), Column("B", Kind.MONEY)], [["a", 1], ["b", 2]], has_autofilter=True
    )

    sheet = load_workbook(stream)["Orders"]

    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:B3"
    assert [sheet.column_dimensions[letter].width for letter in "AB"] == [33.5, 12.0]
    assert sheet["A1"].font.b is True


def test_sheet_names_are_made_legal_and_unique():
    stream = io.BytesIO()
    with XlsxWriter(stream) as writer:
        for name in ["Orders: [all]/part?", "orders_ _all__part_", "x" * 40, "x" * 40, "", "'a & b'"]:
            writer.add_sheet(name, [Column("A")])

    names = load_workbook(stream).sheetnames

    assert names == ["Orders_ _all__part_", "orders_ _all__part_ (2)", "x" * 31, "x" * 27 + " (2)", "Sheet", "a & b"]


def test_summary_is_a_sheet_of_its_own_outside_the_digest():
    stream = io.BytesIO()
    with XlsxWriter(stream) as writer:
        writer.add_sheet("Orders", [Column("Order"), Column("Paid", Kind.MONEY)])
        writer.write_row(["1", Decimal("2.30")])
        digest = writer.data_sha256
        writer.add_summary(
            "Summary",
            [
                ("Filter", "=queue"),
                ("Rows", 1),
                ("Paid", Decimal("2.30")),
                ("Share", 0.5),
                ("Snapshot", NIGHT_IN_UTC),
                ("Day", date(2026, 4, 1)),
                ("SHA-256", digest),
                ("None", None),
            ],
        )

    assert writer.data_sha256 == digest == hashlib.sha256(b"1\x1f2.30\x1e").hexdigest()
    assert writer.rows_written == 1
    assert read_back(stream, "Summary") == [
        ["Filter", "=queue"],
        ["Rows", 1],
        ["Paid", 2.3],
        ["Share", 0.5],
        ["Snapshot", datetime(2026, 4, 1, 0, 30, 5)],
        ["Day", datetime(2026, 4, 1)],
        ["SHA-256", digest],
        ["None", None],
    ]


def test_same_rows_make_the_same_bytes():
    first, second = (written(EVERY_KIND, [EVERY_VALUE] * 50)[0].getvalue() for _ in range(2))

    assert first == second


def test_workbook_without_sheet_is_refused():
    with pytest.raises(ValueError, match="needs a sheet"):
        XlsxWriter(io.BytesIO()).close()


def test_error_in_the_rows_leaves_no_open_archive():
    stream = io.BytesIO()
    writer = XlsxWriter(stream)
    writer.add_sheet("Orders", [Column("A", Kind.MONEY)])

    with pytest.raises(TypeError), writer:
        writer.write_row(["text"])

    assert stream.closed is False


def test_parts_are_those_a_strict_reader_asks_for():
    stream, _writer = written([Column("A")], [["a"]])

    with zipfile.ZipFile(stream) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        types = ET.fromstring(archive.read("[Content_Types].xml"))
        parsed = [ET.fromstring(archive.read(name)).tag for name in names]

    assert names == [
        "xl/worksheets/sheet1.xml",
        "[Content_Types].xml",
        "_rels/.rels",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/styles.xml",
    ]
    assert {element.get("PartName") for element in types if element.get("PartName")} == {
        "/xl/workbook.xml", "/xl/styles.xml", "/xl/worksheets/sheet1.xml",
    }  # fmt: skip
    assert len(parsed) == 6


def test_writer_does_not_keep_the_rows(tmp_path):
    def peak(count):
        with (tmp_path / "rows.xlsx").open("wb") as stream:
            tracemalloc.start()
            with XlsxWriter(stream) as writer:
                writer.add_sheet("Orders", [Column("A"), Column("B")])
                for number in range(count):
                    writer.write_row([f"{number:020d}", "浙江省杭州市"])
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            return most

    assert peak(20_000) < peak(2_000) * 1.2
