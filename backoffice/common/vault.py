"""Uploaded files at rest: sealed block by block, so that neither memory nor a clear copy grows with them."""

import os
import struct
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.core.files import File
from django.core.files.storage import default_storage

from backoffice.common.sealing import SealError, current_prefix, seal, unseal

_BLOCK = 1 << 20
_LENGTH = struct.Struct(">I")


def store_sealed(stream: IO[bytes], *, folder: str) -> str:
    """Seal a stream into the storage; return the name under which it lies there."""
    return _store(iter(lambda: stream.read(_BLOCK), b""), folder)


def _store(blocks: Iterable[bytes], folder: str) -> str:
    name = f"{folder}/{uuid.uuid4().hex}.sealed"
    with tempfile.TemporaryFile() as sealed:
        index = 0
        for index, block in enumerate(blocks, start=1):
            _write(sealed, block, name, index - 1)
        _write(sealed, b"", name, index)  # the end, so that a cut file is noticed
        sealed.seek(0)
        return default_storage.save(name, File(sealed))


def _write(out: IO[bytes], block: bytes, name: str, index: int) -> None:
    sealed = seal(block, context=f"upload:{name}:{index}")
    out.write(_LENGTH.pack(len(sealed)) + sealed)


def read_sealed(name: str) -> bytes:
    """Return the whole content of a small file.

    Raises:
        SealError: the stored file is damaged, or its key is gone.
        FileNotFoundError: there is no such file.
    """
    with default_storage.open(name, "rb") as sealed:
        return b"".join(_blocks(sealed, name))


def is_current(name: str) -> bool:
    """Whether a stored file is sealed under the current key; told by how its first block begins."""
    prefix = current_prefix()
    with default_storage.open(name, "rb") as sealed:
        return sealed.read(_LENGTH.size + len(prefix))[_LENGTH.size :] == prefix


def store_resealed(name: str) -> str:
    """Store the content of a sealed file once more, under the current key; return the new name. The old one stays.

    Raises:
        SealError: the stored file is damaged, or its key is gone.
    """
    with default_storage.open(name, "rb") as sealed:
        return _store(_blocks(sealed, name), name.partition("/")[0])


@contextmanager
def clear_copy(name: str) -> Iterator[Path]:
    """Give a readable copy that only this user may read and that is gone afterwards.

    It has no name in any folder where the system allows it: a process that is killed leaves nothing behind.

    Raises:
        SealError: the stored file is damaged, or its key is gone.
    """
    handle, named = tempfile.mkstemp(prefix="import-")
    try:
        nameless = Path(f"/proc/{os.getpid()}/fd/{handle}")
        if nameless.exists():
            Path(named).unlink()
        with os.fdopen(handle, "wb") as out:
            with default_storage.open(name, "rb") as sealed:
                for block in _blocks(sealed, name):
                    out.write(block)
            out.flush()
            yield nameless if nameless.exists() else Path(named)
    finally:
        Path(named).unlink(missing_ok=True)


def _blocks(sealed: IO[bytes], name: str) -> Iterator[bytes]:
    index = 0
    while head := sealed.read(_LENGTH.size):
        block = unseal(sealed.read(_LENGTH.unpack(head)[0]), context=f"upload:{name}:{index}")
        if not block:
            return
        yield block
        index += 1
    raise SealError("The stored file has no end.")


def forget(name: str) -> None:
    default_storage.delete(name)
