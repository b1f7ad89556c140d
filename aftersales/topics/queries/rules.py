"""The topics of a store as the engine reads them."""

from aftersales.topics.engine import Rule
from aftersales.topics.models import Topic
from backoffice.common.models import Store

MOST_TOPICS = 200


def list_topics(store: Store) -> list[Topic]:
    return list(Topic.objects.for_store(store).order_by("-is_active", "position", "pk")[:MOST_TOPICS])


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
