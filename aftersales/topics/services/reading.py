"""Finding topics in texts that are new or changed, a bounded batch at a time.

A text is marked by the database when it arrives or changes (TextDue), and again by whoever wants it read anew. Whoever
reads it deletes the mark first, in the same transaction: two at once read different texts, one that is killed leaves
its marks, and a text that changes meanwhile is marked again.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import QuerySet

from aftersales.topics.engine import Matcher, matcher_of, quote_of
from aftersales.topics.models import TextDue, TopicMention
from aftersales.topics.queries import rules_of
from aftersales.topics.sources import SourceText, source_of
from backoffice.common.clock import business_day
from backoffice.common.masking import mask_text
from backoffice.common.models import Store

BATCH = 1_000
_QUOTE = 200
_FACTS = ("title_id", "order_id", "day", "is_negative")
_WRITTEN = [*_FACTS, "quote"]


@transaction.atomic
def read_due_texts(*, store: Store, limit: int = BATCH) -> int:
    """Read so many marked texts of the store; return how many. Ten statements or fewer a source."""
    marks = _take_marks(store, limit)
    matcher = matcher_of(rules_of(store)) if marks else None
    for source, group in groupby(marks, key=lambda mark: mark.source):
        if matcher is not None:
            _read(store, source, [mark.source_id for mark in group], matcher)
    return len(marks)


def _take_marks(store: Store, limit: int) -> list[TextDue]:
    due = TextDue.objects.filter(store=store).select_for_update(skip_locked=True, of=("self",))
    marks = list(due.order_by("source", "source_id")[:limit])
    TextDue.objects.filter(pk__in=[mark.pk for mark in marks]).delete()
    return marks


def _read(store: Store, source: str, ids: Sequence[int], matcher: Matcher) -> None:
    """Make the mentions of these texts what the rules find; what people decided stays as they decided it."""
    mentions = TopicMention.objects.filter(source=source, source_id__in=ids)
    held = {_key(mention): mention for mention in mentions}
    texts = {text.id: text for text in source_of(source).texts_for_topics(store, ids)}
    found = {_key(mention): mention for text in texts.values() for mention in _mentions(store, source, text, matcher)}
    gone = [mention.pk for key, mention in held.items() if key not in found and not mention.verdict]
    if gone:
        mentions.filter(pk__in=gone).delete()
    _write(_changed(held, found, texts))


Key = tuple[int, int]  # of the text and of the topic; with the source it is a mention's own


def _key(mention: TopicMention) -> Key:
    return mention.source_id, mention.topic_id


class _Facts(NamedTuple):
    title_id: int | None
    order_id: int | None
    day: object
    is_negative: bool


def _facts(text: SourceText) -> _Facts:
    return _Facts(text.title_id, text.order_id, business_day(text.said_at), text.is_negative)


def _mentions(store: Store, source: str, text: SourceText, matcher: Matcher) -> Iterable[TopicMention]:
    for found in matcher.find(text.text):
        quote = mask_text(quote_of(text.text, found))[:_QUOTE]
        yield TopicMention(
            store=store,
            source=source,
            source_id=text.id,
            topic_id=found.topic_id,
            quote=quote,
            **_facts(text)._asdict(),
        )


def _changed(
    held: dict[Key, TopicMention], found: dict[Key, TopicMention], texts: dict[int, SourceText]
) -> list[TopicMention]:
    """Return the mentions to write: new ones, and those whose quote or facts are others now."""
    written = [mention for key, mention in found.items() if key not in held or not _is_same(held[key], mention)]
    for key, mention in held.items():
        if key not in found and mention.verdict and (text := texts.get(mention.source_id)):
            facts = _facts(text)
            if any(getattr(mention, name) != getattr(facts, name) for name in _FACTS):
                for name in _FACTS:
                    setattr(mention, name, getattr(facts, name))
                written.append(mention)
    return sorted(written, key=_key)


def _is_same(one: TopicMention, other: TopicMention) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in _WRITTEN)


def _write(mentions: Sequence[TopicMention]) -> None:
    for mention in mentions:
        mention.pk = None
    TopicMention.objects.bulk_create(
        mentions, update_conflicts=True, unique_fields=["source", "source_id", "topic"], update_fields=_WRITTEN
    )


_MARK = """
INSERT INTO topics_textdue (store_id, source, source_id)
SELECT %s, %s, source_id FROM unnest(%s::bigint[]) AS t (source_id) ORDER BY source_id
ON CONFLICT DO NOTHING
"""


def mark_texts(*, store: Store, source: str, ids: Sequence[int]) -> None:
    """Have these texts read again."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [store.pk, source, list(ids)])


def due_texts(store: Store) -> QuerySet[TextDue]:
    return TextDue.objects.filter(store=store)
