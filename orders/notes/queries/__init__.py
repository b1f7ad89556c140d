"""Reads of notes; every one starts from a store, or from a note or order that was found in one."""

from orders.notes.queries.evidence import Evidence, evidence, files_of
from orders.notes.queries.finding import Found, Wanted, find_notes
from orders.notes.queries.inbox import (
    COUNT_CAP,
    TABS,
    NoteCursorError,
    NotePage,
    count_inbox,
    cursor_of,
    inbox_counts,
    inbox_order_ids,
    inbox_rows,
    note_inbox,
)
from orders.notes.queries.notes import lines_to_read, note_by_number, note_handlers, note_of
from orders.notes.queries.replies import list_faq, list_replies
from orders.notes.queries.rows import Row, ShownLine, lines_of_orders
from orders.notes.queries.topics import Quote, Topics, TypeTopic, WishTopic, topics
from orders.notes.queries.words import change_label, missing_words, pair_label, pair_value

__all__ = [
    "COUNT_CAP",
    "TABS",
    "Evidence",
    "Found",
    "NoteCursorError",
    "NotePage",
    "Quote",
    "Row",
    "ShownLine",
    "Topics",
    "TypeTopic",
    "Wanted",
    "WishTopic",
    "change_label",
    "count_inbox",
    "cursor_of",
    "evidence",
    "files_of",
    "find_notes",
    "inbox_counts",
    "inbox_order_ids",
    "inbox_rows",
    "lines_of_orders",
    "lines_to_read",
    "list_faq",
    "list_replies",
    "missing_words",
    "note_by_number",
    "note_handlers",
    "note_inbox",
    "note_of",
    "pair_label",
    "pair_value",
    "topics",
]
