"""Words of a topic tried on the newest texts, before anything is saved."""

from collections.abc import Iterator
from heapq import nlargest
from typing import NamedTuple

from aftersales.topics.engine import Found, Rule, matcher_of, quote_of
from aftersales.topics.sources import SourceText, source_names, source_of
from aftersales.topics.statuses import Source
from backoffice.common.masking import mask_text
from backoffice.common.models import Store

TRIED_TEXTS = 200
SHOWN_HITS = 30


class Hit(NamedTuple):
    """A text in which the words are found, in three parts."""

    source: str
    before: str
    word: str
    after: str

    @property
    def source_label(self) -> str:
        return str(Source(self.source).label)


class TryOut(NamedTuple):
    tried: int
    hit_count: int
    hits: list[Hit]  # the newest of them


def try_words(store: Store, rule: Rule) -> TryOut:
    """Read the newest texts of all sources by one rule."""
    matcher = matcher_of((rule,))
    texts = _newest(store)
    found = [(source, text.text, places[0]) for source, text in texts if (places := matcher.find(text.text))]
    return TryOut(len(texts), len(found), [_hit(*one) for one in found[:SHOWN_HITS]])


def _newest(store: Store) -> list[tuple[str, SourceText]]:
    return nlargest(TRIED_TEXTS, _texts(store), key=lambda one: (one[1].said_at, one[1].id))


def _texts(store: Store) -> Iterator[tuple[str, SourceText]]:
    for name in source_names():
        source = source_of(name)
        for text in source.texts_for_topics(store, source.newest_ids(store, TRIED_TEXTS)):
            yield name, text


def _hit(source: str, text: str, place: Found) -> Hit:
    quote = quote_of(text, place)
    word = " ".join(text[place.start : place.end].split())
    before, word, after = mask_text(quote).partition(word)
    return Hit(source, before, word, after)
