"""Where texts of buyers come from: each app that has some names a module in settings.TOPIC_SOURCES."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from typing import Protocol, cast

from django.conf import settings

from backoffice.common.models import Store


class SourceText(Protocol):
    """A text as topics are found in it; phone-like numbers are masked already."""

    @property
    def id(self) -> int: ...
    @property
    def text(self) -> str: ...
    @property
    def title_id(self) -> int | None: ...
    @property
    def order_id(self) -> int | None: ...
    @property
    def said_at(self) -> datetime: ...
    @property
    def is_negative(self) -> bool: ...


class TextSource(Protocol):
    """What the module of a source offers."""

    def texts_for_topics(self, store: Store, ids: Sequence[int], /) -> Iterable[SourceText]:
        """Return what these say; those that say nothing are left out."""

    def ids_after(self, store: Store, after: int, limit: int, /) -> list[int]:
        """Return the next ids, ascending."""

    def newest_ids(self, store: Store, limit: int, /) -> list[int]:
        """Return the ids of the newest ones."""

    def count_texts(self, store: Store, /) -> int:
        """Return how many there are."""

    def addresses(self, store: Store, ids: Sequence[int], /) -> Mapping[int, str]:
        """Return the page of each, where there is one."""


def source_of(name: str) -> TextSource:
    return cast("TextSource", import_module(settings.TOPIC_SOURCES[name]))


def source_names() -> list[str]:
    return list(settings.TOPIC_SOURCES)
