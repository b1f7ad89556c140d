"""The topics of a store as the engine reads them."""

from typing import NamedTuple

from aftersales.topics.engine import Rule
from aftersales.topics.models import Topic
from backoffice.common.models import Store
from backoffice.common.statements import fetch

MOST_TOPICS = 200


def list_topics(store: Store) -> list[Topic]:
    return list(Topic.objects.for_store(store).order_by("-is_active", "position", "pk")[:MOST_TOPICS])


class TopicName(NamedTuple):
    pk: int
    code: str
    name: str


_NAMES = "SELECT id, code, name FROM topics_topic WHERE store_id = %s ORDER BY is_active DESC, position, id LIMIT %s"


def topic_names(store: Store) -> list[TopicName]:
    """Return what the topics are called, in the order of `list_topics`."""
    return [TopicName._make(row) for row in fetch(_NAMES, (store.pk, MOST_TOPICS))]


def topic_of(store: Store, pk: int) -> Topic:
    """Return a topic.

    Raises:
        Topic.DoesNotExist: the store has no such topic.
    """
    return Topic.objects.for_store(store).get(pk=pk)


def rule_of(topic: Topic) -> Rule:
    return Rule(topic.pk, tuple(topic.words), tuple(topic.not_words), topic.is_complaint)


def rules_of(store: Store) -> tuple[Rule, ...]:
    """Return the rules of the topics that are in use; one statement."""
    topics = Topic.objects.for_store(store).active().order_by("pk")
    rows = topics.values_list("pk", "words", "not_words", "is_complaint")[:MOST_TOPICS]
    return tuple(Rule(pk, tuple(words), tuple(not_words), is_complaint) for pk, words, not_words, is_complaint in rows)
