"""Streaming XML: one part of a workbook at a time, in constant memory."""

import re
import zipfile
from collections.abc import Callable, Iterator
from typing import IO, NoReturn
from xml.parsers import expat

from django.utils.translation import gettext as _

from backoffice.common.sheets.errors import SheetError
from backoffice.common.sheets.zipguard import DAMAGED, bomb, damaged

CHUNK = 64 * 1024
MAX_TOKEN = 1024 * 1024
MAX_SMALL_PART = 32 * 1024 * 1024

_CODED = re.compile("_x(?!0000|[Dd][89A-Fa-f])([0-9A-Fa-f]{4})_")

Attributes = dict[str, str]


def decode_text(text: str) -> str:
    """Read Excel's own code for characters that XML cannot hold, such as _x000D_."""
    return _CODED.sub(lambda code: chr(int(code[1], 16)), text)


def new_parser() -> expat.XMLParserType:
    """Give a parser that takes UTF-8 only, and neither document types nor entities."""
    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def feed(parser: expat.XMLParserType, stream: IO[bytes]) -> Iterator[None]:
    """Feed a stream chunk by chunk; the caller takes what has come together after each.

    Raises:
        SheetError: the part is damaged or not well-formed.
    """
    fed = 0
    try:
        while chunk := stream.read(CHUNK):
            parser.Parse(chunk, False)  # noqa: FBT003 -- expat's own signature
            fed += len(chunk)
            if fed - parser.CurrentByteIndex > MAX_TOKEN:
                raise bomb()
            yield
        parser.Parse(b"", True)  # noqa: FBT003
        yield
    except expat.ExpatError as error:
        raise SheetError(
            _("The workbook is damaged: a part of it breaks off or is not valid. Save it again in Excel and retry.")
        ) from error
    except DAMAGED as error:
        raise damaged() from error


def elements(archive: zipfile.ZipFile, name: str, take: Callable[[str, Attributes], None]) -> None:
    """Show each element of a small part, by its name without prefix, with its attributes likewise."""
    if archive.getinfo(name).file_size > MAX_SMALL_PART:
        raise bomb()
    parser = new_parser()
    parser.StartElementHandler = lambda tag, attributes: take(
        tag.rpartition(":")[2], {key.rpartition(":")[2]: value for key, value in attributes.items()}
    )
    with archive.open(name) as stream:
        for _chunk in feed(parser, stream):
            pass


def _refuse_doctype(*_args: object) -> NoReturn:
    raise SheetError(_("The workbook defines entities of its own, as attacks do, so it was not opened."))
