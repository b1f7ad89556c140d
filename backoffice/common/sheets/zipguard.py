"""Looks into an .xlsx archive before anything parses it: every part is inflated once, through counters."""

import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from backoffice.common.sheets.errors import SheetError
from backoffice.common.sheets.limits import MIB, Limits

PLAIN_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})  # LZMA takes the memory that it asks for
CHUNK = 256 * 1024
RATIO_FROM = 16 * MIB  # below it, an archive may shrink as much as it likes
MAX_RATIO = 200  # worksheets of one repeated row reach about 60
DIRECTORY_BYTES_PER_MEMBER = 512
OVERLAP = 64
ROW = b"<row"

_END_RECORD = struct.Struct("<4s4H2LH")
_END_SIGNATURE = b"PK\x05\x06"
_ZIP64_LOCATOR = b"PK\x06\x07"
_ZIP64_LOCATOR_BYTES = 20
_FORBIDDEN_DECLARATION = re.compile(rb"!(?:DOCTYPE|ENTITY)")
_WIDE_CELL = re.compile(rb'<(?:[\w.-]+:)?c\s[^<>]{0,200}?\br\s*=\s*["\'][A-Za-z]{3}')
_WIDE_HINT = re.compile(rb'r\s*=\s*["\'][A-Za-z]{3}')
_NOT_UTF8_STARTS = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<", b"\0\0")
_NESTED_STARTS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")

DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    struct.error,
)


def damaged() -> SheetError:
    return SheetError(_("The workbook is damaged: its parts cannot be unpacked. Save it again in Excel and retry."))


def bomb() -> SheetError:
    return SheetError(_("The workbook would unpack to far more data than an order file holds, so it was not opened."))


def check_archive(path: Path, limits: Limits) -> Counter[str]:
    """Refuse an archive that is no plain .xlsx workbook or asks for too much; count the rows of each worksheet part.

    Raises:
        SheetError: with the reason.
    """
    try:
        with path.open("rb") as stream:
            _check_directory(stream, limits)
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_members(members, limits)
            return Counter({member.filename: _check_content(archive, member) for member in members})
    except DAMAGED as error:
        raise damaged() from error


def _check_directory(stream: IO[bytes], limits: Limits) -> None:
    """Refuse a table of contents too long to be read: reading it is the first thing a zip library does."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - 65_557))
    tail = stream.read()
    at = tail.rfind(_END_SIGNATURE)
    if at < 0:
        raise damaged()
    record = _END_RECORD.unpack_from(tail, at)
    locator = max(0, at - _ZIP64_LOCATOR_BYTES)
    if tail[locator:at].startswith(_ZIP64_LOCATOR):
        raise bomb()
    if max(record[3], record[4]) > limits.members or record[5] > limits.members * DIRECTORY_BYTES_PER_MEMBER:
        raise SheetError(
            _("The workbook holds more than %(count)s parts, so it was not opened.") % {"count": limits.members}
        )


def _check_members(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    names = {member.filename for member in members}
    if len(members) > limits.members or len(names) < len(members):
        raise SheetError(_("The workbook's table of contents is not in order, so it was not opened."))
    if any(member.compress_type not in PLAIN_METHODS for member in members):
        raise damaged()
    if any(member.flag_bits & 1 for member in members):
        raise SheetError(_("The workbook is protected by a password. Save it without a password and retry."))
    _check_type(names)
    if sum(member.file_size for member in members) > limits.inflated_bytes or any(map(_is_bomb, members)):
        raise bomb()


def _is_bomb(member: zipfile.ZipInfo) -> bool:
    return member.file_size > max(RATIO_FROM, MAX_RATIO * member.compress_size)


def _check_type(names: set[str]) -> None:
    if "mimetype" in names or "content.xml" in names:
        raise SheetError(_("This is an OpenDocument file. Save it as .xlsx or .csv and retry."))
    if any(name.casefold() == "xl/workbook.bin" for name in names):
        raise SheetError(_("This is a binary workbook (.xlsb). Save it as .xlsx or .csv and retry."))
    if "[Content_Types].xml" not in names:
        raise SheetError(_("This is an archive, but not an Excel workbook. Upload the .xlsx or .csv file itself."))


def _check_content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> int:
    """Inflate one part to its end, which also proves its size and checksum; count its <row> elements."""
    is_xml = member.filename.casefold().endswith((".xml", ".rels", ".vml"))
    row_count = inflated = 0
    for chunk, window in _windows(archive, member):
        if not inflated:
            _check_start(chunk, is_xml=is_xml)
        inflated += len(chunk)
        if inflated > member.file_size:
            raise bomb()
        if is_xml:
            _check_markup(window)
            row_count += window[-len(chunk) - len(ROW) + 1 :].count(ROW)
    if inflated != member.file_size:
        raise damaged()
    return row_count


def _windows(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[tuple[bytes, bytes]]:
    """Give each chunk, and the same chunk with the end of the one before it."""
    with archive.open(member) as stream:
        tail = b""
        while chunk := stream.read(CHUNK):
            yield chunk, tail + chunk
            tail = chunk[-OVERLAP:]


def _check_start(chunk: bytes, *, is_xml: bool) -> None:
    if chunk.startswith(_NESTED_STARTS):
        raise SheetError(_("The workbook holds another archive inside, so it was not opened."))
    if is_xml and chunk.startswith(_NOT_UTF8_STARTS):
        raise SheetError(_("The workbook's parts are not in UTF-8, so it was not opened."))


def _check_markup(window: bytes) -> None:
    if _FORBIDDEN_DECLARATION.search(window):
        raise SheetError(_("The workbook defines entities of its own, as attacks do, so it was not opened."))
    if _WIDE_HINT.search(window) and _WIDE_CELL.search(window):
        raise SheetError(_("The workbook has cells beyond column ZZ; an order file has far fewer columns."))
