"""A workbook's table of shared texts, kept in a temporary file so that its size does not matter."""

import json
import tempfile
import zipfile
from array import array
from xml.parsers import expat

from backoffice.common.sheets.xml_parts import decode_text, feed, new_parser
from backoffice.common.sheets.zipguard import bomb, damaged

BLOCK = 128
CACHE_BYTES = 8_000_000


class SharedStrings:
    """Texts by number, stored in blocks; the blocks last read stay in memory."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by close()
        self._offsets = array("Q", [0])
        self._block: list[str] = []
        self._cache: dict[int, list[str]] = {}
        self._cached_bytes = 0

    def append(self, text: str) -> None:
        self._block.append(text)
        if len(self._block) == BLOCK:
            self.flush()

    def flush(self) -> None:
        self._offsets.append(self._offsets[-1] + self._file.write(json.dumps(self._block, ensure_ascii=False).encode()))
        self._block = []

    def get(self, number: int) -> str:
        """Give a text.

        Raises:
            SheetError: there is no such text.
        """
        block = self._cache.get(number // BLOCK) or self._load(number // BLOCK)
        try:
            return block[number % BLOCK]
        except IndexError as error:
            raise damaged() from error

    def close(self) -> None:
        self._file.close()

    def _load(self, number: int) -> list[str]:
        if not 0 <= number < len(self._offsets) - 1:
            raise damaged()
        self._make_room(self._size(number))
        self._file.seek(self._offsets[number])
        self._cache[number] = json.loads(self._file.read(self._size(number)))
        return self._cache[number]

    def _make_room(self, size: int) -> None:
        while self._cache and self._cached_bytes + size > CACHE_BYTES:
            oldest = next(iter(self._cache))
            del self._cache[oldest]
            self._cached_bytes -= self._size(oldest)
        self._cached_bytes += size

    def _size(self, number: int) -> int:
        return self._offsets[number + 1] - self._offsets[number]


class _Collector:
    """Gathers the text of each <si>, phonetic hints left out."""

    def __init__(self, strings: SharedStrings, parser: expat.XMLParserType, max_characters: int) -> None:
        self._strings = strings
        self._parser = parser
        self._max_pieces = 2 + max_characters // 8_192
        self._max_characters = max_characters
        self._pieces: list[str] = []
        self._is_phonetic = False
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end

    def check(self) -> None:
        if len(self._pieces) > self._max_pieces and sum(map(len, self._pieces)) > self._max_characters:
            raise bomb()

    def _start(self, tag: str, _attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "si":
            self._pieces = []
        elif name == "rPh":
            self._is_phonetic = True
        elif name == "t" and not self._is_phonetic:
            self._parser.CharacterDataHandler = self._pieces.append

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        self._parser.CharacterDataHandler = None
        if name == "si":
            self._strings.append(decode_text("".join(self._pieces)))
        elif name == "rPh":
            self._is_phonetic = False


def load_shared_strings(archive: zipfile.ZipFile, name: str | None, max_characters: int) -> SharedStrings:
    """Read the table of shared texts; without one it is empty."""
    strings = SharedStrings()
    if name is not None:
        parser = new_parser()
        collector = _Collector(strings, parser, max_characters)
        with archive.open(name) as stream:
            for _chunk in feed(parser, stream):
                collector.check()
    strings.flush()
    return strings
