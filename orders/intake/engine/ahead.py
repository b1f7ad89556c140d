"""Reading ahead: a forked process makes the next chunk ready while the database merges this one.

A thread would share the interpreter's lock with the merging, and a new interpreter would start anew for every file. The
child has a copy of everything but uses neither the database nor anything of it that other processes see.
"""

import gc
import os
import pickle
import signal
from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import IO, Any, TypeVar

Item = TypeVar("Item")
_END, _ITEM, _ERROR = range(3)


def read_ahead(items: Iterator[Item], *, is_small: bool) -> Generator[Item]:
    """Yield the items as another process makes them; those of a small source in this one."""
    if is_small:
        yield from items
        return
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _serve(items, writing)
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as stream:
            yield from _received(stream)
    finally:
        with suppress(ChildProcessError):  # someone waited for all children
            os.waitpid(child, 0)  # its next write fails when nobody reads any more


def _received(stream: IO[bytes]) -> Iterator[Any]:
    while True:
        try:
            kind, item = pickle.load(stream)  # noqa: S301 # nosec B301 # from our own child
        except (EOFError, pickle.UnpicklingError):
            raise ChildProcessError("The process that reads the file has ended before it was through.") from None
        if kind == _ERROR:
            raise item
        if kind == _END:
            return
        yield item


def _serve(items: Iterator[Any], writing: int) -> None:
    """Send every item, then the end or what went wrong; never returns."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        gc.freeze()
        gc.disable()  # rows make no cycles
        with os.fdopen(writing, "wb") as stream:
            try:
                for item in items:
                    _send(stream, _ITEM, item)
                _send(stream, _END, None)
            except BrokenPipeError:
                raise
            except Exception as error:  # noqa: BLE001 -- raised again in the parent
                _send(stream, _ERROR, error)
    finally:
        os._exit(0)


def _send(stream: IO[bytes], kind: int, item: object) -> None:
    pickle.dump((kind, item), stream, protocol=pickle.HIGHEST_PROTOCOL)
    stream.flush()
