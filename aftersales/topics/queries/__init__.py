"""Reads of topics and of the texts that speak of them; every one starts from a store."""

from aftersales.topics.queries.mentions import (
    PAGE_SIZE,
    Mention,
    MentionPage,
    Wanted,
    mention_page,
    newest_mentions,
    product_actions,
)
from aftersales.topics.queries.rules import list_topics, rule_of, rules_of, topic_of
from aftersales.topics.queries.trying import TRIED_TEXTS, Hit, TryOut, try_words

__all__ = [
    "PAGE_SIZE",
    "TRIED_TEXTS",
    "Hit",
    "Mention",
    "MentionPage",
    "TryOut",
    "Wanted",
    "list_topics",
    "mention_page",
    "newest_mentions",
    "product_actions",
    "rule_of",
    "rules_of",
    "topic_of",
    "try_words",
]
