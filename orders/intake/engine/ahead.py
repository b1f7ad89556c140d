"""Reading ahead: a thread parses the next chunk while the database merges this one."""

import queue
import threading
from collections.abc import Iterator
from typing import TypeVar

Item = TypeVar("Item")
_END = object()
_POLL_SECONDS = 0.5


def read_ahead(items: Iterator[Item], *, depth: int = 1) -> Iterator[Item]:
    """Yield the items, taking the next ones in a thread of its own, which must not use the database."""
    ready: queue.Queue[object] = queue.Queue(maxsize=depth)
    stop = threading.Event()
    thread = threading.Thread(target=_fill, args=(items, ready, stop), daemon=True, name="read-ahead")
    thread.start()
    try:
        while (item := ready.get()) is not _END:
            if isinstance(item, BaseException):
                raise item
            yield item  # type: ignore[misc]
    finally:
        stop.set()
        thread.join()


def _fill(items: Iterator[Item], ready: "queue.Queue[object]", stop: threading.Event) -> None:
    try:
        for item in items:
            if not _put(ready, item, stop):
                return
        _put(ready, _END, stop)
    except BaseException as error:  # noqa: BLE001 -- raised again in the reader's thread
        _put(ready, error, stop)


def _put(ready: "queue.Queue[object]", item: object, stop: threading.Event) -> bool:
    """Tell whether the item was taken; False when the reader has gone."""
    while not stop.is_set():
        try:
            ready.put(item, timeout=_POLL_SECONDS)
        except queue.Full:
            continue
        return True
    return False
