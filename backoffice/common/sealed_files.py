"""Files with clear buyer data: sealed block by block while they are written, so that no clear text reaches a disk.

A file is blocks of `length (4 bytes) | sealed block`. Each block is bound to the file, its place, and whether it is
the last one, so that blocks cannot be exchanged, left out or cut off.
"""

import hashlib
import io
from collections.abc import Iterator
from typing import IO, Any

from backoffice.common.sealing import SealError, seal, unseal

BLOCK = 1 << 18
_LENGTH = 4


def _context(name: str, index: int, *, is_last: bool) -> str:
    return f"file:{name}:{index}:{'end' if is_last else 'more'}"


class SealingWriter(io.RawIOBase):
    """A stream onto another one that seals what is written; knows the size and hash of the clear bytes."""

    def __init__(self, target: IO[bytes], *, name: str) -> None:
        super().__init__()
        self.size = 0
        self._digest = hashlib.sha256()
        self._target, self._name, self._buffer, self._index = target, name, bytearray(), 0

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        clear = bytes(data)
        self.size += len(clear)
        self._digest.update(clear)
        self._buffer += clear
        while len(self._buffer) > BLOCK:
            self._seal(bytes(self._buffer[:BLOCK]), is_last=False)
            del self._buffer[:BLOCK]
        return len(clear)

    def finish(self) -> None:
        """Seal what is left as the last block; the other stream stays open."""
        self._seal(bytes(self._buffer), is_last=True)
        self._buffer.clear()

    def _seal(self, clear: bytes, *, is_last: bool) -> None:
        blob = seal(clear, context=_context(self._name, self._index, is_last=is_last))
        self._target.write(len(blob).to_bytes(_LENGTH, "big") + blob)
        self._index += 1


def opened(source: IO[bytes], *, name: str) -> Iterator[bytes]:
    """Yield the clear bytes of a sealed file.

    Raises:
        SealError: the file was changed or cut off, belongs elsewhere, or its key is gone.
    """
    index, blob = 0, _block(source)
    if not blob:
        raise SealError("The sealed file is empty.")
    while blob:
        following = _block(source)
        yield unseal(blob, context=_context(name, index, is_last=not following))
        index, blob = index + 1, following


def _block(source: IO[bytes]) -> bytes:
    length = source.read(_LENGTH)
    return source.read(int.from_bytes(length, "big")) if length else b""
