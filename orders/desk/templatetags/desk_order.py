"""Filters of the order page."""

from collections.abc import Mapping
from typing import Any

from django import template

from orders.desk import stored_words
from orders.notes.queries.words import note_words

register = template.Library()
register.filter("reason_words", stored_words.reason_words)
register.filter("note_words", note_words)


@register.filter
def get(mapping: Mapping[Any, Any], key: Any) -> Any:
    """Return the value of a key, or an empty text."""
    return mapping.get(key, "")
