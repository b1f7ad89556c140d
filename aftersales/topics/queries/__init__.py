"""Reads of topics and of the texts that speak of them; every one starts from a store."""

from aftersales.topics.queries.mentions import (
    PAGE_SIZE,
    Mention,
    MentionPage,
    MentionRow,
    Wanted,
    mention_of,
    mention_page,
    newest_mentions,
    product_actions,
)
from aftersales.topics.queries.rules import TopicName, list_topics, rule_of, rules_of, topic_names, topic_of
from aftersales.topics.queries.trying import TRIED_TEXTS, Hit, TryOut, try_words

__all__ = [
    "PAGE_SIZE",
    "TRIED_TEXTS",
    "Hit",
    "Mention",
    "MentionPage",
    "MentionRow",
    "TopicName",
    "TryOut",
    "Wanted",
    "list_topics",
    "mention_of",
    "mention_page",
    "newest_mentions",
    "product_actions",
    "rule_of",
    "rules_of",
    "topic_names",
    "topic_of",
    "try_words",
]
