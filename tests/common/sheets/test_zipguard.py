import time
import tracemalloc
import zipfile

import pytest

from backoffice.common.sheets.errors import SheetError
from backoffice.common.sheets.limits import MIB, Limits
from backoffice.common.sheets.reading import open_table
from backoffice.common.sheets.zipguard import check_archive
from tests.common.sheets.archives import forge_size, sheet_xml, workbook_parts, write_archive

BILLION_LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
EXTERNAL_ENTITY = '<!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1:9/secret">]>'


def refusal(path, **limits):
    """Open a file that must be refused in 2 CPU seconds and 20 MB, and give the sentence."""
    tracemalloc.start()
    started = time.process_time()
    with pytest.raises(SheetError) as caught:
        open_table(path, filename=path.name, limits=Limits(**limits))
    seconds, peak = time.process_time() - started, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seconds < 2
    assert peak < 20 * MIB
    return str(caught.value)


def hostile(tmp_path, **parts):
    """Give a workbook in which some parts are others."""
    names = {"sheet": "xl/worksheets/sheet1.xml", "strings": "xl/sharedStrings.xml", "book": "xl/workbook.xml"}
    return write_archive(
        tmp_path / "hostile.xlsx", workbook_parts() | {names[part]: content for part, content in parts.items()}
    )


def test_sound_workbook_passes_and_its_rows_are_counted(tmp_path):
    path = write_archive(tmp_path / "sound.xlsx", workbook_parts("<row/><row/><row/>"))

    assert check_archive(path, Limits())["xl/worksheets/sheet1.xml"] == 3


def test_rows_are_counted_across_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr("backoffice.common.sheets.zipguard.CHUNK", 7)
    path = write_archive(tmp_path / "sound.xlsx", workbook_parts('<row r="1"></row>' * 50))

    assert check_archive(path, Limits())["xl/worksheets/sheet1.xml"] == 50


@pytest.mark.parametrize("part", ["sheet", "strings"])
def test_zip_bomb_is_refused(tmp_path, part):
    path = hostile(tmp_path, **{part: sheet_xml("<row><c><v>1</v></c></row>" * 1_500_000)})

    assert path.stat().st_size < 500_000
    assert refusal(path) == "The workbook would unpack to far more data than an order file holds, so it was not opened."


def test_parts_that_are_too_much_together_are_refused(tmp_path):
    path = hostile(tmp_path, sheet=sheet_xml(" " * 100_000))

    assert "far more data" in refusal(path, inflated_bytes=50_000)


@pytest.mark.parametrize("size", [100, 50_000_000])
def test_forged_size_is_refused(tmp_path, size):
    path = hostile(tmp_path, sheet=sheet_xml("<row><c><v>1</v></c></row>" * 100_000))
    forge_size(path, "xl/worksheets/sheet1.xml", size)

    assert refusal(path) in {
        "The workbook is damaged: its parts cannot be unpacked. Save it again in Excel and retry.",
        "The workbook would unpack to far more data than an order file holds, so it was not opened.",
    }


def test_ten_thousand_members_are_refused(tmp_path):
    path = write_archive(tmp_path / "many.xlsx", workbook_parts() | {f"xl/media/{n}.png": "" for n in range(10_000)})

    assert refusal(path) == "The workbook holds more than 1000 parts, so it was not opened."


def test_table_of_contents_longer_than_it_says_is_refused(tmp_path):
    path = write_archive(
        tmp_path / "many.xlsx", workbook_parts() | {f"xl/media/{n:090d}.png": "" for n in range(5_000)}
    )
    content = bytearray(path.read_bytes())
    content[-14:-10] = b"\x05\x00\x05\x00"
    path.write_bytes(content)

    assert refusal(path) == "The workbook holds more than 1000 parts, so it was not opened."


def test_zip64_table_of_contents_is_refused(tmp_path):
    path = write_archive(tmp_path / "zip64.xlsx", workbook_parts())
    content = path.read_bytes()
    path.write_bytes(content[:-22] + b"PK\x06\x07" + b"\0" * 16 + content[-22:])

    assert "far more data" in refusal(path)


@pytest.mark.parametrize("part", ["sheet", "strings", "book"])
@pytest.mark.parametrize("document_type", [BILLION_LAUGHS, EXTERNAL_ENTITY])
def test_own_entities_are_refused(tmp_path, part, document_type):
    path = hostile(tmp_path, **{part: sheet_xml('<row><c t="str"><v>&c;&e;</v></c></row>', before=document_type)})

    assert refusal(path) == "The workbook defines entities of its own, as attacks do, so it was not opened."


def test_document_type_across_chunks_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("backoffice.common.sheets.zipguard.CHUNK", 11)

    assert "entities of its own" in refusal(hostile(tmp_path, sheet=sheet_xml("", before=EXTERNAL_ENTITY)))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_parts_in_utf16_are_refused(tmp_path, encoding):
    path = hostile(tmp_path, sheet=sheet_xml("", before=BILLION_LAUGHS).encode(encoding))

    assert refusal(path) == "The workbook's parts are not in UTF-8, so it was not opened."


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        "<row r='1'><c  s='1' r = 'xfd1'><v>1</v></c></row>",
    ],
)
def test_huge_extent_is_refused(tmp_path, cells):
    assert refusal(hostile(tmp_path, sheet=sheet_xml(cells))) == (
        "The workbook has cells beyond column ZZ; an order file has far fewer columns."
    )


def test_far_cell_named_in_a_text_is_no_reason_to_refuse(tmp_path):
    path = hostile(tmp_path, sheet=sheet_xml('<row><c t="str"><v>a r="XFD1" b</v></c></row><row><c><v>2</v></c></row>'))

    with open_table(path, filename="a.xlsx") as table:
        assert table.header == ['a r="XFD1" b']


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ('<row r="1048577"><c><v>1</v></c></row>', "The sheet has more than 1048576 rows."),
        ("<row>" + "<c/>" * 702 + "<c><v>1</v></c></row>", "The sheet has more than 702 columns."),
        ('<row><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>', "The workbook is damaged"),
        ('<row r="x"><c><v>1</v></c></row>', "The workbook is damaged"),
        ('<row><c t="s"><v>0</v></c></row>', "The workbook is damaged"),
        ("<row><c><v>1</v></row>", "The workbook is damaged"),
        (f'<row><c t="str"><v>{"<!---->x" * 200_000}</v></c></row>', "far more data"),
        (f"<row><c><v>1</v></c></row><!--{'<' * 3_000_000}-->", "far more data"),
    ],
)
def test_unsound_sheets_are_refused_while_they_are_read(tmp_path, rows, sentence):
    path = hostile(tmp_path, sheet=sheet_xml(rows))

    with pytest.raises(SheetError, match=sentence), open_table(path, filename="a.xlsx") as table:
        list(table)


@pytest.mark.parametrize(
    ("extra", "sentence"),
    [
        ({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}, "OpenDocument"),
        ({"xl/workbook.bin": b"x"}, "binary workbook"),
        ({"xl/embeddings/book.xlsx": b"PK\x03\x04"}, "another archive inside"),
        ({"xl/worksheets/sheet1.xml": "<worksheet><sheetData>"}, "damaged"),
    ],
)
def test_other_archives_are_refused(tmp_path, extra, sentence):
    assert sentence in refusal(write_archive(tmp_path / "a.xlsx", workbook_parts() | extra))


@pytest.mark.parametrize("missing", ["[Content_Types].xml", "_rels/.rels", "xl/_rels/workbook.xml.rels"])
def test_archive_without_the_parts_of_a_workbook_is_refused(tmp_path, missing):
    parts = workbook_parts()
    del parts[missing]

    assert "not an Excel workbook" in refusal(write_archive(tmp_path / "a.xlsx", parts))


def test_workbook_without_worksheet_is_refused(tmp_path):
    parts = workbook_parts()
    del parts["xl/worksheets/sheet1.xml"]

    assert refusal(write_archive(tmp_path / "a.xlsx", parts)) == "The workbook has no worksheet."


def test_encrypted_part_is_refused(tmp_path):
    path = write_archive(tmp_path / "a.xlsx", workbook_parts())
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)

    assert refusal(path) == "The workbook is protected by a password. Save it without a password and retry."


def test_unusual_compression_is_refused(tmp_path):
    assert "damaged" in refusal(write_archive(tmp_path / "a.xlsx", workbook_parts(), method=zipfile.ZIP_LZMA))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_of_one_name_are_refused(tmp_path):
    path = write_archive(tmp_path / "a.xlsx", workbook_parts())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")

    assert "table of contents" in refusal(path)


@pytest.mark.parametrize("kept", [0.3, 0.9, 0.99])
def test_cut_off_workbook_is_refused(tmp_path, kept):
    path = write_archive(tmp_path / "a.xlsx", workbook_parts())
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])

    assert "damaged" in refusal(path)


def test_flipped_byte_is_refused(tmp_path):
    path = write_archive(tmp_path / "a.xlsx", workbook_parts(), method=zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"<v>1</v>", b"<v>2</v>"))

    assert "damaged" in refusal(path)
