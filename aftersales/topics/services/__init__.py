"""Acts on topics, on the texts that speak of them, and on what was done about a product."""

from aftersales.topics.services.actions import add_action, withdraw_action
from aftersales.topics.services.deciding import decide_mention
from aftersales.topics.services.drafting import draft_answer
from aftersales.topics.services.editing import checked_words, save_topic, seed_topics, words_of
from aftersales.topics.services.errors import TopicConflict, TopicError
from aftersales.topics.services.reading import BATCH, mark_texts, read_due_texts

__all__ = [
    "BATCH",
    "TopicConflict",
    "TopicError",
    "add_action",
    "checked_words",
    "decide_mention",
    "draft_answer",
    "mark_texts",
    "read_due_texts",
    "save_topic",
    "seed_topics",
    "withdraw_action",
    "words_of",
]
