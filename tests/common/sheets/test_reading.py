# ruff: noqa: DTZ001 -- a workbook's clock has no zone
import tracemalloc
from datetime import datetime

import pytest
from openpyxl import Workbook
from openpyxl.styles import NamedStyle

from backoffice.common.sheets.columns import Column, Kind
from backoffice.common.sheets.errors import SheetError
from backoffice.common.sheets.limits import MIB, Limits
from backoffice.common.sheets.number_formats import is_date_format
from backoffice.common.sheets.reading import open_table
from backoffice.common.sheets.shared_strings import BLOCK
from backoffice.common.sheets.xlsx import XlsxWriter
from tests.common.sheets.archives import sheet_xml, workbook_parts, write_archive

HEADER = ["订单编号", "买家会员名", "总金额"]


def table_of(path, **options):
    """Open a table, take all of it, and close it."""
    with open_table(path, filename=path.name, **options) as table:
        return table, list(table)


def saved(tmp_path, *sheets):
    """Save an openpyxl workbook of named sheets."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "book.xlsx")
    return tmp_path / "book.xlsx"


def csv_file(tmp_path, content, encoding="utf-8"):
    path = tmp_path / "orders.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def test_workbook_of_openpyxl_reads_back(tmp_path):
    path = saved(tmp_path, ("订单", [HEADER, ["35526", "tb<1>&", 12.5], [None, None, 7], ["a\nb", "😀", True]]))

    table, rows = table_of(path)

    assert (table.format, table.encoding, table.sheets, table.sheet) == ("xlsx", None, ["订单"], "订单")
    assert (table.header, table.header_line, table.row_estimate) == (HEADER, 1, 3)
    assert rows == [(2, ["35526", "tb<1>&", 12.5]), (3, [None, None, 7]), (4, ["a\nb", "😀", "TRUE"])]


def test_numbers_keep_their_kind(tmp_path):
    path = saved(tmp_path, ("a", [["x"] * 4, [35526018159083020, 12, 12.0, 0.1]]))

    _table, rows = table_of(path)

    assert [(type(cell), cell) for cell in rows[0][1]] == [
        (int, 35526018159083020), (int, 12), (int, 12), (float, 0.1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("<c><v>3.5526018159083016E16</v></c>", 35526018159083016),
        ("<c><v>1E400</v></c>", "1E400"),
        ("<c><v>nan</v></c>", "nan"),
        ("<c><v> 7 </v></c>", 7),
        ('<c t="e"><v>#N/A</v></c>', "#N/A"),
        ('<c t="b"><v>0</v></c>', "FALSE"),
        ('<c t="str"><f>"a"&amp;"b"</f><v>ab</v></c>', "ab"),
        ("<c><f>1+1</f><v>2</v></c>", 2),
        (
            '<c t="inlineStr"><is><r><rPr><b/></rPr><t>张</t></r><r><t xml:space="preserve"> 三</t></r></is></c>',
            "张 三",
        ),
        ('<c t="inlineStr"><is><t>a_x000D_b_x0000_c_xD83D_</t></is></c>', "a\rb_x0000_c_xD83D_"),
        ('<c t="d"><v>2026-01-02T03:04:05</v></c>', "2026-01-02T03:04:05"),
        ("<c><v><![CDATA[5]]></v></c>", 5),
    ],
)
def test_cells_give_their_values(tmp_path, cell, value):
    rows = f"<row><c><v>1</v></c></row><row>{cell}</row>"

    _table, records = table_of(write_archive(tmp_path / "a.xlsx", workbook_parts(rows)))

    assert records == [(2, [value])]
    assert type(records[0][1][0]) is type(value)


def test_formula_without_a_stored_value_is_empty(tmp_path):
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><f>1+1</f></c><c r="C2"><v>3</v></c></row>'

    assert table_of(write_archive(tmp_path / "a.xlsx", workbook_parts(rows)))[1] == [(2, [None, None, 3])]


def test_prefixed_names_are_read(tmp_path):
    parts = workbook_parts()
    parts["xl/worksheets/sheet1.xml"] = (
        '<x:worksheet xmlns:x="u"><x:sheetData><x:row r="3"><x:c r="B3" t="str"><x:v>id</x:v></x:c></x:row>'
        '<x:row><x:c r="B4"><x:v>5</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )

    table, rows = table_of(write_archive(tmp_path / "a.xlsx", parts))

    assert (table.header, table.header_line, rows) == (["", "id"], 3, [(4, [None, 5])])


def test_times_are_wall_clock_times(tmp_path):
    book = Workbook()
    sheet = book.active
    sheet.append(["time", "day", "clock", "elapsed", "custom", "money"])
    sheet.append([datetime(2026, 1, 2, 3, 4, 5), datetime(2026, 1, 2).date(), 0.5, 1.5, 46024, 46024])
    for place, code in {
        "C2": "h:mm:ss",
        "D2": "[h]:mm",
        "E2": 'yyyy"年"m"月"d"日"',
        "F2": '0.00_);[Red]\\(0.00"days"\\)',
    }.items():
        sheet[place].number_format = code
    book.add_named_style(NamedStyle("unused", number_format="yyyy"))
    book.save(tmp_path / "book.xlsx")

    _table, rows = table_of(tmp_path / "book.xlsx")

    assert rows == [
        (
            2,
            [
                datetime(2026, 1, 2, 3, 4, 5),
                datetime(2026, 1, 2),
                "12:00:00",
                datetime(1900, 1, 1, 12),
                datetime(2026, 1, 2),
                46024,
            ],
        )
    ]


def test_workbook_of_1904_counts_from_there(tmp_path):
    book = Workbook()
    book.epoch = datetime(1904, 1, 1)
    book.active.append(["time"])
    book.active.append([datetime(2026, 1, 2, 3, 4, 5)])
    book.save(tmp_path / "book.xlsx")

    assert table_of(tmp_path / "book.xlsx")[1] == [(2, [datetime(2026, 1, 2, 3, 4, 5)])]


@pytest.mark.parametrize(
    ("code", "is_date"),
    [
        ("General", False), ("0.00", False), ("yyyy-mm-dd", True), ("[h]:mm", True), ("[$-804]0", False),
        ("[Red]0", False), ('"day"0', False), (r"\d0", False), ("_d0", False),
        ("#,##0.00;[DBNum1]", False), ("mm:ss.0", True),
    ],
)  # fmt: skip
def test_date_formats_are_told_from_others(code, is_date):
    assert is_date_format(code) is is_date


def test_shared_texts_are_found_in_every_block(tmp_path):
    count = BLOCK * 3 + 5
    rows = [["n"], *([f"text {number}"] for number in range(count))]

    _table, records = table_of(saved(tmp_path, ("a", rows)))

    assert records == [(number + 2, [f"text {number}"]) for number in range(count)]


def test_shared_texts_leave_phonetic_hints_out(tmp_path):
    parts = workbook_parts('<row><c t="s"><v>0</v></c></row>')
    parts["xl/sharedStrings.xml"] = (
        "<sst><si><r><t>东</t></r><r><t>京</t></r><rPh><t>とう</t></rPh><phoneticPr/></si></sst>"
    )

    assert table_of(write_archive(tmp_path / "a.xlsx", parts))[0].header == ["东京"]


def test_blocks_of_shared_texts_leave_memory_again(tmp_path, monkeypatch):
    monkeypatch.setattr("backoffice.common.sheets.shared_strings.CACHE_BYTES", 3_000)
    rows = [["n"], *([f"text {number:09d}"] for number in range(BLOCK * 4))]
    path = saved(tmp_path, ("a", [*rows, *rows[1:]]))

    with open_table(path, filename="a.xlsx") as table:
        assert [cells[0] for _line, cells in table] == [row[0] for row in rows[1:]] * 2
        assert len(table._source._workbook._strings._cache) <= 2


def test_sheet_is_chosen_by_the_headers(tmp_path):
    path = saved(tmp_path, ("说明", [["读我"]]), ("空", []), ("订单", [["导出于 2026"], [], HEADER, ["1", "b", 2]]))
    seen = {}

    def choose(headers):
        seen.update(headers)
        return next(name for name, header in headers.items() if "订单编号" in header)

    table, rows = table_of(path, is_header=lambda row: "订单编号" in row, choose_sheet=choose)

    assert seen == {"说明": ["读我"], "订单": HEADER}
    assert (table.sheet, table.sheets, table.header, table.header_line) == ("订单", ["说明", "空", "订单"], HEADER, 3)
    assert rows == [(4, ["1", "b", 2])]


def test_first_filled_sheet_and_row_serve_without_a_choice(tmp_path):
    path = saved(tmp_path, ("空", []), ("数据", [[], [" 订单编号 ", "x"], ["1", "2"]]))

    table, rows = table_of(path, is_header=lambda row: "no such" in row, choose_sheet=lambda headers: None)

    assert (table.sheet, table.header, table.header_line, rows) == ("数据", ["订单编号", "x"], 2, [(3, ["1", "2"])])


def test_header_below_the_tenth_row_is_not_sought(tmp_path):
    path = csv_file(tmp_path, "\n".join(["title"] * 10 + [",".join(HEADER)]))

    assert table_of(path, is_header=lambda row: list(row) == HEADER)[0].header == ["title"]


def test_table_can_be_read_twice(tmp_path):
    with open_table(saved(tmp_path, ("a", [["n"], [1], [2]])), filename="a.xlsx") as table:
        assert list(table) == list(table) == [(2, [1]), (3, [2])]


def test_own_export_reads_back(tmp_path):
    with (tmp_path / "out.xlsx").open("wb") as stream, XlsxWriter(stream) as writer:
        writer.add_sheet("Orders", [Column("订单编号"), Column("Paid", Kind.MONEY)])
        writer.write_row(["=1+1", 2.5])
        writer.add_summary("Summary", [("Rows", 1)])

    table, rows = table_of(tmp_path / "out.xlsx")

    assert (table.sheets, rows) == (["Orders", "Summary"], [(2, ["=1+1", 2.5])])


@pytest.mark.parametrize(
    ("written_as", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("gb18030", "gb18030"), ("gbk", "gb18030"), ("gb2312", "gb18030")],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encoding_is_found(tmp_path, written_as, found, newline):
    content = newline.join(["订单编号,买家会员名,总金额", '="35526018159083016",张三,"1,280.00"', ""])

    table, rows = table_of(csv_file(tmp_path, content, written_as))

    assert (table.format, table.encoding, table.sheets) == ("csv", found, ["orders.csv"])
    assert (table.header, table.row_estimate) == (HEADER, 1)
    assert rows == [(2, ['="35526018159083016"', "张三", "1,280.00"])]


def test_four_byte_gb18030_is_read_where_gbk_fails(tmp_path):
    table, rows = table_of(csv_file(tmp_path, "姓名,x\n𠮷㐂😀,1\n", "gb18030"))

    assert (table.encoding, rows) == ("gb18030", [(2, ["𠮷㐂😀", "1"])])


def test_ascii_is_utf8(tmp_path):
    assert table_of(csv_file(tmp_path, b"a,b\n1,2\n"))[0].encoding == "utf-8"


def test_late_byte_decides_the_encoding(tmp_path):
    content = b"a,b\n" + b"x,y\n" * 200_000 + "张,三\n".encode("gb18030")

    table, rows = table_of(csv_file(tmp_path, content))

    assert (table.encoding, rows[-1]) == ("gb18030", (200_002, ["张", "三"]))


@pytest.mark.parametrize("chosen", ["big5", "BIG5HKSCS"])
def test_chosen_encoding_is_used(tmp_path, chosen):
    table, rows = table_of(csv_file(tmp_path, "姓名,x\n陳,1\n", "big5"), encoding=chosen)

    assert (table.encoding, table.header, rows) == ("big5", ["姓名", "x"], [(2, ["陳", "1"])])


@pytest.mark.parametrize(
    ("content", "encoding", "sentence"),
    [
        (b"", None, "The file is empty."),
        (b"\xef\xbb\xbf", None, "The file holds no rows."),
        (b"\n\n,,\n", None, "The file holds no rows."),
        ("a,b\n".encode("utf-16"), None, "The file is in UTF-16 or is no text."),
        ("a,b\n".encode("utf-16-le"), None, "The file is in UTF-16 or is no text."),
        ("a,b\n".encode("utf-16"), "utf-8", "The file is in UTF-16 or is no text."),
        (b"a,b\n1,\x00\n", None, "The file is in UTF-16 or is no text."),
        (b"a\n1\n\xff\xff\n", None, "Line 3 of the file is not text in utf-8 / gb18030."),
        (b"\xef\xbb\xbfa\n\xd5\xc5\n", None, "Line 2 of the file is not text in utf-8."),
        (b"a\n\xd5\xc5\n", "utf-8", "Line 2 of the file is not text in utf-8."),
        (b"a\n", "latin-1", "is not text in utf-8 / gb18030 / big5."),
        (b'a,b\n1,2\n3,"4\n5,6\n', None, "The quotation mark opened on line 3 is not closed."),
        (b'a,b\n"', None, "The quotation mark opened on line 2 is not closed."),
        (b'a,b\n"' + b"x\n" * 300 + b'",1\n', None, "The quotation mark opened on line 2 is not closed."),
        (b'a,b\n"' + b"x" * 200_000, None, "The quotation mark opened on line 2 is not closed."),
        (b"a,b\n" + b"," * 702 + b"\n", None, "Line 2 has more than 702 columns."),
        (b"x" * 2_000_001, None, "A line of the file has more than 2000000 characters."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", None, "protected by a password or is an old .xls file"),
        (b"<html><table><tr><td>1</td></tr></table></html>", None, "This is a web page or XML file"),
        (b'\xef\xbb\xbf <?xml version="1.0"?><Workbook/>', None, "This is a web page or XML file"),
        (b"PK\x03\x04 no archive", None, "The workbook is damaged"),
    ],
)
def test_files_that_are_no_tables_are_refused(tmp_path, content, encoding, sentence):
    with pytest.raises(SheetError, match=sentence.replace(".", r"\.")):
        open_table(csv_file(tmp_path, content), filename="a.csv", encoding=encoding)


@pytest.mark.parametrize(
    ("content", "limits", "sentence"),
    [
        (b"a\n" + b"1\n" * 1_048_577, {"file_bytes": 2 * MIB}, "The file is larger than 2 MB."),
        (b"a\n1\n2\n", {"rows": 2}, "The file has more than 2 rows."),
    ],
)
def test_files_over_the_limits_are_refused(tmp_path, content, limits, sentence):
    with pytest.raises(SheetError, match=sentence):
        open_table(csv_file(tmp_path, content), filename="a.csv", limits=Limits(**limits))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiter_is_found(tmp_path, delimiter):
    rows = [HEADER, ["1", "a,b;c", "12,50"], ["2", "d", "1;2,3"]]
    content = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)

    table, records = table_of(csv_file(tmp_path, content))

    assert (table.header, records) == (HEADER, [(2, rows[1]), (3, rows[2])])


def test_decimal_commas_do_not_hide_the_semicolon(tmp_path):
    table, rows = table_of(csv_file(tmp_path, "id;sum;tax\n1;12,50;1,00\n2;3,10;0,20\n"))

    assert (table.header, rows) == (["id", "sum", "tax"], [(2, ["1", "12,50", "1,00"]), (3, ["2", "3,10", "0,20"])])


def test_line_naming_the_separator_is_skipped(tmp_path):
    table, rows = table_of(csv_file(tmp_path, "sep=;\na;b,c\n1;2\n"))

    assert (table.header, table.header_line, rows) == (["a", "b,c"], 2, [(3, ["1", "2"])])


def test_lines_are_physical(tmp_path):
    content = 'id,note\n\n1,"a\nb\r\nc"\n,\n2,x,extra,\n3\n'

    assert table_of(csv_file(tmp_path, content))[1] == [
        (3, ["1", "a\nb\r\nc"]), (7, ["2", "x", "extra", ""]), (8, ["3"]),
    ]  # fmt: skip


def test_stray_quotes_inside_a_cell_are_kept(tmp_path):
    assert table_of(csv_file(tmp_path, 'id,note\n="1",5" pipe "x"\n'))[1] == [(2, ['="1"', '5" pipe "x"'])]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_reader_does_not_keep_the_rows(tmp_path, suffix, monkeypatch):
    monkeypatch.setattr("backoffice.common.sheets.shared_strings.CACHE_BYTES", 200_000)

    def peak(count):
        path = tmp_path / f"rows.{suffix}"
        if suffix == "csv":
            path.write_text("".join(f"{number:020d},浙江省杭州市\n" for number in range(count)))
        else:
            cells = (f'<row><c><v>{number}</v></c><c t="s"><v>{number}</v></c></row>' for number in range(count))
            texts = "".join(f"<si><t>{number:020d}浙江省杭州市</t></si>" for number in range(count))
            parts = workbook_parts() | {"xl/worksheets/sheet1.xml": sheet_xml("".join(cells))}
            write_archive(path, parts | {"xl/sharedStrings.xml": f"<sst>{texts}</sst>"})
        tracemalloc.start()
        with open_table(path, filename=path.name) as table:
            assert sum(1 for _record in table) == count - 1
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(60_000) < peak(12_000) * 1.5 + MIB
